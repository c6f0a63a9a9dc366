"""Facebook: 63,206 characters of plain text."""

from __future__ import annotations

from konspekt.conversion.by_rule.counting import utf16_units
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
    "a post for acquaintances from the field: what happened comes first, terms are kept, sentences are short, no "
    "headings."
)

FACEBOOK = Network(
    name="facebook",
    title="Facebook",
    limits=(Limit(63_206, "UTF-16 units", utf16_units),),
    write=write,
    overflow="parts",
    formatting=(),
    links="in the text",
    hashtags="#tag",
    mentions="@name, as text",
    handles=True,
    shows_spoilers=True,
    media_limit=10,
    photo=Photo(
        most_bytes=10_000_000,
        most_side=2048,
        source="ayrshare.com/docs/media-guidelines/facebook_pages",
        checked="2026-11-30",
    ),
    shows_code=False,
    picture=(1200, 1200),
    manner=_MANNER,
    source="Postiz, provider settings",
    checked="2026-11-21",
)

NETWORKS = (FACEBOOK,)
