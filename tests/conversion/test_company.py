"""No part of a thread is a lone link, tag or label where a neighbour can take it in."""

from __future__ import annotations

import re

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import post_from_text

SENTENCE = "Авторы обучили модель на открытых данных и показали, что она не уступает закрытым. "


def texts(text: str, name: str = "x") -> list[str]:
    return [re.sub(r"\n\n\(\d+/\d+\)\Z", "", part.text) for part in convert(post_from_text(text), network(name)).parts]


def test_a_link_at_the_end_does_not_stand_alone() -> None:
    for count in range(3, 12):
        parts = texts(SENTENCE * count + "\n\nhttps://example.org/paper")
        assert parts[-1] != "https://example.org/paper", count
        assert "https://example.org/paper" in parts[-1]


def test_nor_do_tags_nor_both() -> None:
    for count in range(3, 12):
        for tail in ("#диффузия #сэмплеры", "https://example.org/x\n\n#диффузия"):
            last = texts(SENTENCE * count + "\n\n" + tail, "bluesky")[-1]
            assert len(re.sub(r"https?://\S+|#\w+", "", last).split()) >= 3, (count, tail)


def test_nothing_is_lost_or_said_twice() -> None:
    text = SENTENCE * 9 + "\n\nhttps://example.org/paper\n\n#диффузия"
    joined = " ".join(texts(text)).split()
    assert joined == text.split()
