"""No link of the model's own making reaches a reader."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.answering.words.link_scanner import find_links
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
        "evil.to",
        "evil.in",
        "www.evil.whatever",
        "ftp.evil.com",
        "evil.shop?ref=1",
        "evil.com.pl",
        "xn--evil-43d.com",
        "evil.xn--p1ai",
        "evil.онлайн",
        "зло-evil.москва/путь",
        "EVIL.ZIP",
        "＠evil_bot",
        "evil。com",
        "evil．com",
        "/evil",
        "/evil@some_bot",
        "a.b+c@evil.museum",
        "evil.com:8080",
        "evil.com#x",
        "sub.domain.evil.io",
        "ton://evil",
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
        "км/ч, и/или, 24/7, /usr/local/bin и путь ./data",
        "Тензор x.to(device), np.is_nan, arr[i](j) и f(x)",
        "Рис. 1.2, разд. 3.4.5; т.е. так",
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


@pytest.mark.parametrize(
    "piece",
    [
        "[a](",
        "[",
        "](",
        "![](",
        "<a",
        "a.",
        "a.b@",
        "http:/",
        "@a",
        "/a",
        "\n",
        "[a]:",
        "evil.com ",
        "(",
        "a-",
        "«",
        "..",
        "www.",
    ],
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Twice the text takes about twice as long, in processor time of this thread, whatever it is made of."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.thread_time()
        strip_links(text, KNOWN)
        return time.thread_time() - started

    seconds(2_000)
    small, large = max(min(seconds(30_000) for _ in range(3)), 1e-3), min(seconds(240_000) for _ in range(3))
    assert large / small < 8 * 4  # a square would make it 64


@given(
    st.lists(
        st.sampled_from(["evil.to", "[x](", ")", "<b>", "evil", ".", "com", "(", " ", "\n", "@", "/", "«", "»"]),
        max_size=25,
    )
)
def test_what_is_left_holds_no_link_that_its_removal_made(pieces: list[str]) -> None:
    left = strip_links("".join(pieces), frozenset())
    assert not [left[a:b] for a, b in find_links(left)]
