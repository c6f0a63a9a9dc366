"""VK: a wall post. Sources disagree on its limit; the larger one is what its own documentation gives."""

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


_MANNER = "a wall post: a first line that says what it is about, short paragraphs, no headings."

VK = Network(
    name="vk",
    title="VK",
    limits=(Limit(16_384, "UTF-16 units", utf16_units),),
    write=write,
    overflow="parts",
    formatting=(),
    links="in the text",
    hashtags="#tag",
    mentions="@name",
    handles=True,
    shows_spoilers=True,
    media_limit=10,
    photo=Photo(
        most_bytes=50_000_000,
        most_side=7000,
        source="dev.vk.com/en/api/upload/wall-photo: 50 MB, 14,000 pixels in all, 1:20",
        checked="2026-11-30",
    ),
    shows_code=False,
    picture=(1280, 1280),
    manner=_MANNER,
    source="nova.docs: 16,384 (Postiz: 2,048)",
    checked="2026-11-21",
)

NETWORKS = (VK,)
