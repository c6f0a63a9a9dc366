"""X: a post or a thread of 280 weighted characters, and the long post of a paid account."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.by_rule.counting import tweet_length
from konspekt.conversion.document import Blocks
from konspekt.conversion.network import (
    Limit,
    Network,
    Options,
)
from konspekt.conversion.pictures.fitting import Photo
from konspekt.conversion.writing.plain import social_style, write_plain
from konspekt.conversion.writing.written import Written


def write(blocks: Blocks, options: Options) -> Written:
    return write_plain(blocks, social_style(options.lang))


_UNIT = "weighted characters: Latin, Cyrillic 1, others and emoji 2, any link 23"

_MANNER = (
    "a thread, a blank line between posts of at most 250 characters. The first post is a hook: the post's own most "
    "surprising result or claim, said plainly, no greeting, no question. Then one idea a post, in the order that "
    "makes sense; code and links where they belong; it ends where your post ends."
)

X = Network(
    name="x",
    title="X",
    limits=(Limit(280, _UNIT, tweet_length),),
    write=write,
    overflow="thread",
    numbered=True,
    formatting=(),
    links="in the text, 23 each",
    hashtags="#tag",
    mentions="@name",
    handles=True,
    shows_spoilers=True,
    media_limit=4,
    photo=Photo(
        most_bytes=5_000_000,
        most_side=8192,
        source="docs.x.com/x-api/media/quickstart/best-practices; pixels: docs.getlate.dev",
        checked="2026-11-30",
    ),
    tags_kept=2,
    shows_code=False,
    picture=(1600, 900),
    manner=_MANNER,
    habit="medium",
    source="twitter-text config v3, github.com/twitter/twitter-text",
    checked="2026-11-21",
)

_LONG_MANNER = (
    "one long post: its first two lines are a hook, the post's own most surprising result or claim, said plainly; "
    "then short paragraphs with everything that the post says."
)

X_LONG = replace(
    X,
    name="x-long",
    title="X (long post, paid)",
    limits=(Limit(25_000, _UNIT, tweet_length),),
    manner=_LONG_MANNER,
    source="X Premium: longer posts (publer.com/docs, X long-form posts; 4,000 at their start in 2023)",
)

NETWORKS = (X, X_LONG)
