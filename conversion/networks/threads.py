"""Threads: 500 characters, an emoji costs its bytes."""

from __future__ import annotations

from konspekt.conversion.by_rule.counting import threads_length
from konspekt.conversion.document import Blocks
from konspekt.conversion.network import (
    Limit,
    Network,
    Options,
)
from konspekt.conversion.writing.plain import social_style, write_plain
from konspekt.conversion.writing.written import Written


def write(blocks: Blocks, options: Options) -> Written:
    return write_plain(blocks, social_style(options.lang))


_MANNER = (
    "a thread in a conversational voice, paragraphs of at most 450 characters. The first one is the thing that made "
    "you write the post."
)

THREADS = Network(
    name="threads",
    title="Threads",
    limits=(Limit(500, "characters; an emoji counts its UTF-8 bytes", threads_length),),
    write=write,
    overflow="thread",
    numbered=True,
    formatting=(),
    links="in the text",
    hashtags="one #topic a post is a link",
    mentions="@name",
    handles=True,
    shows_spoilers=True,
    media_limit=20,
    tags_kept=1,
    shows_code=False,
    picture=(1080, 1350),
    manner=_MANNER,
    habit="medium",
    source="developers.facebook.com/docs/threads (2026-04)",
    checked="2026-11-21",
)

NETWORKS = (THREADS,)
