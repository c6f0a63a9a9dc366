"""Threads: 500 characters, an emoji costs its bytes."""

from __future__ import annotations

from konspekt.conversion.by_rule.counting import threads_length
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
    photo=Photo(
        most_bytes=8_000_000,
        most_side=14_400,
        most_width=1440,
        narrowest=0.1,
        widest=10.0,
        source="developers.facebook.com/docs/threads; ayrshare.com/docs/media-guidelines/threads",
        checked="2026-11-30",
    ),
    tags_kept=1,
    shows_code=False,
    picture=(1080, 1350),
    manner=_MANNER,
    habit="medium",
    source="developers.facebook.com/docs/threads (2026-04)",
    checked="2026-11-21",
)

NETWORKS = (THREADS,)
