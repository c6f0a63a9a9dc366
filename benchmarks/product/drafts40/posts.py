"""The forty posts: ten written for this measure, sixteen of the sample, fourteen of channels outside the repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from benchmarks.common.paths import ROOT
from konspekt.conversion.document import Post
from konspekt.conversion.posts.reading import post_from_text, read_file

HERE = Path(__file__).parent
SAMPLE = ROOT / "sample" / "channel" / "result.json"
FROM_RUSSIAN = ("x", "threads", "bluesky", "linkedin", "instagram", "medium")
FROM_ENGLISH = ("vk", "habr")


@dataclass(frozen=True, slots=True)
class Given:
    """A post to be drafted. `name` is `written/3`, `sample/40` or `seeds/CHANNEL/PLACE`."""

    name: str
    kind: str  # news, how-to, joke, code, numbers, announcement, personal, formula
    post: Post

    @property
    def networks(self) -> tuple[str, ...]:
        return FROM_RUSSIAN if self.post.lang == "ru" else FROM_ENGLISH

    @property
    def other(self) -> str:
        """The language that it is translated into."""
        return "en" if self.post.lang == "ru" else "ru"

    @property
    def open(self) -> bool:
        """Whether its drafts may be kept in the repository."""
        return not self.name.startswith("seeds/")


def given(seeds: Path | None) -> Iterator[Given]:
    """The posts, short runs first: written, sample, then the channels where their folder is there."""
    for line in (HERE / "posts.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield Given(row["post"], row["kind"], post_from_text(row["text"], name=row["post"], lang=row["lang"]))
    for line in (HERE / "named.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        origin, *rest = row["post"].split("/")
        if origin == "sample":
            (post,) = (one for one in read_file(SAMPLE, rest[0]) if isinstance(one, Post))
        elif seeds is None or not seeds.is_dir():
            continue
        else:
            post = _dump(seeds / f"{rest[0]}.txt")[int(rest[1])]
        yield Given(row["post"], row["kind"], post)


@lru_cache(maxsize=8)
def _dump(path: Path) -> list[Post]:
    return [one for one in read_file(path) if isinstance(one, Post)]
