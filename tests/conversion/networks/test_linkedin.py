"""LinkedIn: little text, escaped; bold letters only if asked."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.network import Options
from konspekt.conversion.networks.linkedin import LINKEDIN, unescape
from konspekt.conversion.posts.reading import post_from_text


def test_reserved_characters_are_escaped_and_read_back() -> None:
    text = "Скобки (a) [b] {c} <d> и *звезда* у snake_case | тильда ~ @ # \\"
    part = convert(post_from_text(text), LINKEDIN).parts[0]
    assert "\\(a\\) \\[b\\] \\{c\\}" in part.text
    assert unescape(part.text) == text


def test_hashtags_are_elements() -> None:
    part = convert(post_from_text("Пост #ликбез"), LINKEDIN).parts[0]
    assert part.text == "Пост {hashtag|\\#|ликбез}"
    assert unescape(part.text) == "Пост #ликбез"


def test_bold_letters_come_only_when_asked() -> None:
    post = post_from_text("**Bold** word")
    assert convert(post, LINKEDIN).parts[0].text == "Bold word"
    draft = convert(post, LINKEDIN, Options(bold_letters=True))
    assert draft.parts[0].text == "𝗕𝗼𝗹𝗱 word"
    assert any("screen readers" in warning for warning in draft.warnings)


def test_what_is_over_3000_goes_to_the_comments() -> None:
    draft = convert(post_from_text("Предложение о моделях. " * 200), LINKEDIN)
    assert len(draft.parts) == 2
    assert any("comments" in warning for warning in draft.warnings)
