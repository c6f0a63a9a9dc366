"""VK: plain text in one piece."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.networks.vk import VK
from konspekt.conversion.posts.reading import post_from_text


def test_formatting_becomes_plain_words_and_lists_keep_their_bullets() -> None:
    post = post_from_text("## Итог\n\n**Жирно** и *курсив*\n\n- раз\n- два\n\n> сказано")
    assert convert(post, VK).parts[0].text == "Итог\n\nЖирно и курсив\n\n• раз\n• два\n\n«сказано»"


def test_the_limit_is_met_to_the_character() -> None:
    limit = 16_384
    assert [part.length for part in convert(post_from_text("ы" * limit), VK).parts] == [limit]
    assert len(convert(post_from_text("ы" * (limit + 1)), VK).parts) == 2
