"""Threads: 500, an emoji by its bytes."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.networks.threads import THREADS
from konspekt.conversion.posts.reading import post_from_text


def test_emoji_cost_their_bytes() -> None:
    assert len(convert(post_from_text("ы" * 496 + "🔥"), THREADS).parts) == 1
    assert len(convert(post_from_text("ы" * 497 + "🔥"), THREADS).parts) == 2


def test_a_link_longer_than_a_post_is_left_out_and_said() -> None:
    link = "https://example.com/" + "a" * 2000
    draft = convert(post_from_text(f"Смотри [тут]({link}) и дальше"), THREADS)
    assert draft.parts[0].text == "Смотри тут и дальше"
    assert [(item.kind, item.value) for item in draft.dropped] == [("link", link)]
    assert any("2020" in warning for warning in draft.warnings)
