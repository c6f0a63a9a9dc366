"""Bluesky: 300 graphemes and 3,000 bytes; links and tags are facets that point at bytes of the text."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from konspekt.conversion.by_rule.counting import graphemes, utf8_bytes
from konspekt.conversion.network import (
    Blocks,
    Limit,
    Network,
    Options,
)
from konspekt.conversion.writing.plain import PlainStyle, quotes_of, write_plain
from konspekt.conversion.writing.written import Written

_SHOWN = 40  # a bare link longer than this is shown shortened; its facet has the whole address


def shorten(link: str) -> str:
    """`https://host/a/very/long…`: the address as Bluesky's own editor shows it."""
    if len(link) <= _SHOWN:
        return link
    parts = urlsplit(link if "://" in link else f"https://{link}")
    shown = (parts.netloc + parts.path + (f"?{parts.query}" if parts.query else "")).rstrip("/")
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


def write(blocks: Blocks, options: Options) -> Written:
    style = PlainStyle(links="span", quotes=quotes_of(options.lang), spans=True, shorten=shorten)
    return write_plain(blocks, style)


def facets(written: Written) -> list[dict[str, Any]]:
    """`app.bsky.richtext.facet` values: byte offsets into the UTF-8 of the text, end exclusive."""
    found: list[dict[str, Any]] = []
    offsets = _byte_offsets(written.text)
    for span in written.spans:
        if span.kind == "link":
            feature = {"$type": "app.bsky.richtext.facet#link", "uri": span.value}
        elif span.kind == "hashtag":
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": span.value.lstrip("#")}
        elif span.kind == "mention" and "@" not in span.value[1:]:
            # A Telegram name has no DID: it leads to where the name is true.
            feature = {"$type": "app.bsky.richtext.facet#link", "uri": f"https://t.me/{span.value[1:]}"}
        else:
            continue
        index = {"byteStart": offsets[span.start], "byteEnd": offsets[span.end]}
        found.append({"index": index, "features": [feature]})
    return found


def _byte_offsets(text: str) -> list[int]:
    offsets = [0]
    for char in text:
        offsets.append(offsets[-1] + len(char.encode("utf-8", "surrogatepass")))
    return offsets


_MANNER = (
    "a thread for people who know the field, paragraphs of at most 280 characters. It opens with the result; dry "
    "humour is welcome, marketing is not."
)

BLUESKY = Network(
    name="bluesky",
    title="Bluesky",
    limits=(Limit(300, "graphemes", graphemes), Limit(3000, "UTF-8 bytes", utf8_bytes)),
    write=write,
    facets=facets,
    overflow="thread",
    numbered=True,
    formatting=("link",),
    links="facet on its words, byte offsets",
    hashtags="facet",
    mentions="facet to t.me",
    shows_spoilers=True,
    media_limit=4,
    manner=_MANNER,
    habit="medium",
    source="atproto lexicons app.bsky.feed.post and app.bsky.richtext.facet",
    checked="2026-11-21",
)

NETWORKS = (BLUESKY,)
