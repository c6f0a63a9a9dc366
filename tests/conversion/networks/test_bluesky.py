"""Bluesky: 300 graphemes and 3,000 bytes, facets by byte."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.by_rule.counting import utf8_bytes
from konspekt.conversion.networks.bluesky import BLUESKY, shorten
from konspekt.conversion.posts.reading import post_from_text


def test_facets_point_at_the_words_in_bytes() -> None:
    part = convert(post_from_text("Привет 👋 [статья](https://arxiv.org/abs/1) #ликбез @durov"), BLUESKY).parts[0]
    data = part.text.encode()
    shown = [
        (data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(), facet["features"][0])
        for facet in part.facets
    ]
    assert shown == [
        ("статья", {"$type": "app.bsky.richtext.facet#link", "uri": "https://arxiv.org/abs/1"}),
        ("#ликбез", {"$type": "app.bsky.richtext.facet#tag", "tag": "ликбез"}),
        ("@durov", {"$type": "app.bsky.richtext.facet#link", "uri": "https://t.me/durov"}),
    ]


def test_a_long_address_is_shown_short_and_linked_whole() -> None:
    link = "https://example.com/" + "a" * 2000
    part = convert(post_from_text(f"Смотри {link}"), BLUESKY).parts[0]
    assert part.text == f"Смотри {shorten(link)}"
    assert len(shorten(link)) == 40
    assert part.facets[0]["features"][0]["uri"] == link


def test_the_limit_of_bytes_holds_too() -> None:
    family = "👨‍👩‍👧‍👦"
    parts = convert(post_from_text(" ".join([family] * 140)), BLUESKY).parts
    assert len(parts) > 1  # 279 graphemes, but 3,639 bytes
    assert all(utf8_bytes(part.text) <= 3000 for part in parts)
