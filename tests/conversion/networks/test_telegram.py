"""Telegram: entities in UTF-16, the same message back."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Post
from konspekt.conversion.networks.telegram import TELEGRAM
from konspekt.conversion.parsing.telegram import blocks_from_telegram
from konspekt.indexer.documents import Entity


def _there_and_back(text: str, entities: list[Entity]) -> tuple[str, list[tuple[str, int, int]]]:
    part = convert(Post(blocks_from_telegram(text, entities)), TELEGRAM).parts[0]
    return part.text, [(facet["type"], facet["offset"], facet["length"]) for facet in part.facets]


def test_entities_after_emoji_count_utf16_units() -> None:
    text = "🔥 жирно и код"
    given = [Entity("bold", 3, 5), Entity("code", 11, 3)]
    assert _there_and_back(text, given) == (text, [("bold", 3, 5), ("code", 11, 3)])


def test_nested_entities_and_custom_emoji_come_back() -> None:
    text = "важно очень 🔥 ссылка"
    given = [
        Entity("bold", 0, 11),
        Entity("italic", 6, 5),
        Entity("custom_emoji", 12, 2, custom_emoji_id="536"),
        Entity("text_link", 15, 6, url="https://a.com/"),
    ]
    _, found = _there_and_back(text, given)
    assert ("custom_emoji", 12, 2) in found
    assert ("italic", 6, 5) in found
    assert ("text_link", 15, 6) in found
    assert sum(length for kind, _, length in found if kind == "bold") == 11


def test_code_and_quotes_are_blocks() -> None:
    text = "Смотри:\nimport torch\nцитата"
    given = [Entity("pre", 8, 12, language="python"), Entity("blockquote", 21, 6)]
    written, found = _there_and_back(text, given)
    assert written == text
    assert found == [("pre", 8, 12), ("blockquote", 21, 6)]


def test_the_limit_is_4096_units() -> None:
    post = Post(blocks_from_telegram("🔥" * 2048, []))
    assert [part.length for part in convert(post, TELEGRAM).parts] == [4096]
    assert len(convert(Post(blocks_from_telegram("🔥" * 2049, [])), TELEGRAM).parts) == 2
