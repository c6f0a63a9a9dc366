"""Instagram: a caption of 2,200 characters under at least one picture; links are dead; what is left goes on cards."""

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
    "a short caption under a picture: a first line that works alone, then two to four short sentences. No links, no "
    "code, no headings."
)

INSTAGRAM = Network(
    name="instagram",
    title="Instagram",
    limits=(Limit(2200, "UTF-16 units", utf16_units),),
    write=write,
    overflow="cards",
    formatting=(),
    links="not clickable",
    hashtags="5 at most",
    mentions="@name",
    shows_code=False,
    handles=True,
    shows_spoilers=True,
    media_limit=10,
    slides=(1080, 1350),
    media_required=True,
    photo=Photo(
        most_bytes=8_000_000,
        most_side=1440,
        narrowest=4 / 5,
        widest=1.91,
        source="ayrshare.com/docs/media-guidelines/instagram",
        checked="2026-11-30",
    ),
    hashtag_limit=5,
    manner=_MANNER,
    habit="short",
    source="Ayrshare docs, 2026: 5 hashtags (older sources: 30)",
    checked="2026-11-21",
)

NETWORKS = (INSTAGRAM,)
