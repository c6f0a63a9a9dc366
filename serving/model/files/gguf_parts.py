"""A model in several GGUF files: `name-00001-of-00003.gguf` and its siblings, as llama.cpp's gguf-split writes them.

The first holds the metadata; each holds some tensors, and says which of how many parts it is (`split.no`,
`split.count`, and in `split.tensors.count` how many tensors there are in all).
"""

from __future__ import annotations

import re
from pathlib import Path

_PART = re.compile(r"^(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf$")
MOST_PARTS = 512


def parts_of(path: Path) -> list[Path]:
    """The files that belong together, in order; any other file alone. Whether they exist is not asked."""
    return [path.with_name(name) for name in part_names(path.name)]


def part_names(name: str) -> list[str]:
    """`parts_of` for a bare name, which may have folders before it."""
    found = _PART.match(name)
    if (
        found is None
        or not 1 < int(found["count"]) <= MOST_PARTS
        or not 1 <= int(found["number"]) <= int(found["count"])
    ):
        return [name]
    count = int(found["count"])
    return [f"{found['stem']}-{number:05d}-of-{found['count']}.gguf" for number in range(1, count + 1)]
