"""Bluesky: 300 graphemes and 3,000 bytes; links and tags are facets that point at bytes of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from konspekt.conversion.by_rule.counting import graphemes, utf8_bytes
from konspekt.conversion.document import Blocks
from konspekt.conversion.network import (
    Limit,
    Network,
    Options,
)
from konspekt.conversion.parsing.inline import with_scheme
from konspekt.conversion.pictures.fitting import Photo
from konspekt.conversion.writing.plain import PlainStyle, quotes_of, write_plain
from konspekt.conversion.writing.written import TextSpan, Written

# app.bsky.richtext.facet and the `uri` format of atproto; a record with anything larger is refused as a whole.
_TAG_GRAPHEMES, _TAG_BYTES, _URI_BYTES = 64, 640, 8192
_URI = re.compile(r"\w+:(?://)?[^\s/][^\s]*")
_SHOWN = 40  # a bare link longer than this is shown shortened; its facet has the whole address


def shorten(link: str) -> str:
    """`https://host/a/very/long…`: the address as Bluesky's own editor shows it."""
    if len(link) <= _SHOWN:
        return link
    parts = urlsplit(with_scheme(link))
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
        feature = _feature(span)
        if feature is None:
            continue
        index = {"byteStart": offsets[span.start], "byteEnd": offsets[span.end]}
        found.append({"index": index, "features": [feature]})
    return found


def linked(text: str, facets: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """The characters of a part that lead somewhere: of links and of names."""
    places = {byte: place for place, byte in enumerate(_byte_offsets(text))}
    return [
        (places[facet["index"]["byteStart"]], places[facet["index"]["byteEnd"]])
        for facet in facets
        if any("uri" in feature for feature in facet["features"])
    ]


def _feature(span: TextSpan) -> dict[str, Any] | None:
    """What a span means there; None if nothing, or if it would not be taken."""
    if span.kind == "hashtag":
        tag = span.value.lstrip("#")
        fits = 0 < graphemes(tag) <= _TAG_GRAPHEMES and utf8_bytes(tag) <= _TAG_BYTES
        return {"$type": "app.bsky.richtext.facet#tag", "tag": tag} if fits else None
    if span.kind == "link":
        uri = re.sub(r"\s", lambda space: quote(space[0]), span.value)
    elif span.kind == "mention" and "@" not in span.value[1:]:
        uri = f"https://t.me/{span.value[1:]}"  # a Telegram name has no DID: the link leads to where the name is valid
    else:
        return None
    if not _URI.fullmatch(uri) or utf8_bytes(uri) > _URI_BYTES:
        return None
    return {"$type": "app.bsky.richtext.facet#link", "uri": uri}


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
    linked=linked,
    overflow="thread",
    numbered=True,
    formatting=("link",),
    links="facet on its words, byte offsets",
    hashtags="facet",
    mentions="facet to t.me",
    shows_spoilers=True,
    media_limit=4,
    photo=Photo(
        most_bytes=1_000_000,
        most_side=2000,
        source="atproto lexicon app.bsky.embed.images: maxSize",
        checked="2026-11-30",
    ),
    shows_code=False,
    picture=(1600, 900),
    manner=_MANNER,
    habit="medium",
    source="atproto lexicons app.bsky.feed.post and app.bsky.richtext.facet",
    checked="2026-11-21",
)

NETWORKS = (BLUESKY,)
