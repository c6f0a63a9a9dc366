"""Instagram: a caption, pictures demanded, five hashtags, links that cannot be clicked."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import MediaItem
from konspekt.conversion.networks.instagram import INSTAGRAM
from konspekt.conversion.posts.reading import post_from_text


def test_a_post_without_a_picture_is_warned_of() -> None:
    assert any("picture" in warning for warning in convert(post_from_text("Текст"), INSTAGRAM).warnings)


def test_the_sixth_hashtag_is_a_word() -> None:
    draft = convert(post_from_text("#one #two #three #four #five #six"), INSTAGRAM)
    assert draft.parts[0].text == "#one #two #three #four #five six"


def test_ten_media_are_taken_and_the_others_reported() -> None:
    media = tuple(MediaItem("photo", f"{n}.jpg") for n in range(12))
    draft = convert(replace(post_from_text("Альбом"), media=media), INSTAGRAM)
    assert len(draft.media) == 10
    assert [item.value for item in draft.dropped] == ["10.jpg", "11.jpg"]


def test_what_the_caption_does_not_hold_goes_on_cards() -> None:
    draft = convert(post_from_text("Предложение о моделях. " * 150), INSTAGRAM)
    assert len(draft.parts) == 2
    assert any("cards" in warning for warning in draft.warnings)


def test_dead_links_are_said() -> None:
    draft = convert(post_from_text("Код: https://github.com/a/b"), INSTAGRAM)
    assert "https://github.com/a/b" in draft.parts[0].text
    assert any("cannot be clicked" in warning for warning in draft.warnings)
