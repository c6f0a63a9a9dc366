"""X: a post or a thread of 280 weighted characters, and the long post of a paid account."""

from __future__ import annotations

from dataclasses import replace

from conversion.counting import tweet_length
from conversion.network import Blocks, Limit, Network, Options
from conversion.writing.plain import social_style, write_plain
from conversion.writing.written import Written


def write(blocks: Blocks, options: Options) -> Written:
    return write_plain(blocks, social_style(options.lang))


_UNIT = "weighted characters: Latin, Cyrillic 1, others and emoji 2, any link 23"

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
    source="twitter-text config v3, github.com/twitter/twitter-text",
    checked="2026-11-21",
)

X_LONG = replace(
    X,
    name="x-long",
    title="X (long post, paid)",
    limits=(Limit(25_000, _UNIT, tweet_length),),
    source="X Premium: longer posts (publer.com/docs, X long-form posts; 4,000 at their start in 2023)",
)

NETWORKS = (X, X_LONG)
