"""No link of the model's own making reaches a reader."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.answering.words.links import known_links, strip_links

KNOWN = known_links(["Код: https://github.com/real/repo, пишите @real_author", "https://t.me/channel/5", None])


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.com/x?y=1#z",
        "HTTP://EVIL.COM",
        "http:/evil.com",
        "www.evil.com",
        "evil.com",
        "evil.рф",
        "evil.whatever/path",
        "t.me/evil",
        "t.me/channel/6",
        "tg://resolve?domain=evil",
        "javascript:alert(1)",
        "mailto:a@evil.com",
        "someone@evil.com",
        "@evil_bot",
        "127.0.0.1:8080/x",
        "https://github.com/real/repository",
        "https://user@github.com/real/repo",
    ],
)
@pytest.mark.parametrize("around", ["см. {} там", "({})", "«{}»", "{}", "[{}]", "конец: {}.", "[жми]({})", "<{}>"])
def test_an_unknown_link_goes_in_whatever_dress(link: str, around: str) -> None:
    cleaned = strip_links(around.format(link), KNOWN)
    assert "evil" not in cleaned.lower()
    assert "127.0.0.1" not in cleaned
    assert "channel/6" not in cleaned
    assert "repository" not in cleaned
    assert "user@" not in cleaned


@pytest.mark.parametrize(
    "link",
    ["https://github.com/real/repo", "github.com/real/repo", "http://www.github.com/real/repo/", "t.me/channel/5"],
)
def test_a_link_of_the_sources_stays(link: str) -> None:
    assert link in strip_links(f"Код лежит тут: {link}.", KNOWN)
    assert "@real_author" in strip_links("Автор @real_author.", KNOWN)


def test_a_labelled_link_keeps_its_label() -> None:
    assert strip_links("Вот [код](https://evil.com/a) тут.", KNOWN) == "Вот код тут."
    assert strip_links("Вот [код](https://github.com/real/repo).", KNOWN) == "Вот код (https://github.com/real/repo)."


@pytest.mark.parametrize(
    "text",
    [
        "Вызовите torch.compile и model.to из файла main.py, см. README.md.",
        "Версия 2.0.1, т.е. в 1.5 раза быстрее и т.д.",
        "if x < 5 and y > 3: print(x)",
        "Это и/или то.",
        "12:30:45 и 16:9",
    ],
)
def test_what_is_no_link_stays_as_it_is(text: str) -> None:
    assert strip_links(text, KNOWN) == text


@given(st.text(st.sampled_from("ab.:/@-[]()<>вг \n1"), max_size=40))
def test_nothing_with_a_scheme_survives_and_a_second_pass_changes_nothing(text: str) -> None:
    once = strip_links(f"{text} https://x.evil.com/{text}", frozenset())
    assert not re.search(r"[a-z]{2,}://\S", once)
    assert "evil.com" not in once
    assert strip_links(once, frozenset()).split() == once.split()
