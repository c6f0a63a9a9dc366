"""Twelve posts of the sample channel on every network, as they were reviewed by eye.

`KONSPEKT_UPDATE_GOLDEN=1 pytest tests/conversion/test_golden.py` writes them anew; then read the difference.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import pytest

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Post
from konspekt.conversion.networks import all_networks
from konspekt.conversion.posts.reading import read_file

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
# code, links and a list, inline marks, an album's list, spoiler and custom emoji, English, three pictures, a forward,
# a quote with a link, a mention, strike-through, a quote with marks
POSTS = ("6", "11", "12", "37", "70", "74", "76", "79", "88", "98", "94", "102")


@lru_cache(maxsize=1)
def _posts() -> dict[str, Post]:
    found = read_file(ROOT / "sample" / "channel" / "result.json")
    return {post.id.rsplit("/", 1)[-1]: post for post in found if isinstance(post, Post)}


def drafts_of(post: Post) -> str:
    """Every draft of a post in a form that a person can review."""
    pieces: list[str] = []
    for network in all_networks().values():
        draft = convert(post, network)
        head = [f"######## {network.name} · {draft.lang}"]
        head += [f"title: {draft.title}"] if draft.title else []
        head += [f"media: {', '.join(item.name or item.kind for item in draft.media)}"] if draft.media else []
        head += [f"warning: {warning}" for warning in draft.warnings]
        head += [f"dropped: {item.kind} {item.value}" for item in draft.dropped]
        pieces.append("\n".join(head))
        for number, part in enumerate(draft.parts, 1):
            pieces.append(f"---- {number}/{len(draft.parts)} · {part.length}/{part.limit}\n{part.text}")
            if part.facets:
                pieces.append("\n".join(json.dumps(facet, ensure_ascii=False) for facet in part.facets))
    return "\n".join(pieces) + "\n"


@pytest.mark.parametrize("name", POSTS)
def test_drafts_of_the_sample_channel_are_as_reviewed(name: str, update_golden: bool) -> None:
    path = GOLDEN / f"{name}.txt"
    written = drafts_of(_posts()[name])
    if update_golden:
        path.write_text(written, "utf-8")
    assert written == path.read_text("utf-8")
