"""Formatted text, its HTML and its parts, for any text at all: Telegram's own strict reading is the judge."""

from __future__ import annotations

import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from konspekt.bot.text.rich_text import (
    Run,
    Style,
    is_web_url,
    plain,
    printable,
    to_html,
    utf16_length,
)
from konspekt.bot.text.splitting import MESSAGE_LIMIT, html_parts, split
from tests.fakes.telegram_text import parse_html
from tests.fakes.telegram_text import utf16_length as telegram_length

FAMILY = "👨‍👩‍👧‍👦"
STYLES = st.sampled_from(
    [Style("b"), Style("i"), Style("s"), Style("code"), Style("a", 'https://t.me/c/1?a="b"&c=<d>'), Style("tg-spoiler")]
)
PIECES = st.sampled_from(
    [FAMILY, "🔥", "é", "Слово ", "word ", "\n", "\n\n", ". ", "<b>", "&amp;", "</a>", "\x00", "🇷🇺"]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=40).map("".join))
RUNS = st.lists(st.builds(Run, TEXTS, st.lists(STYLES, max_size=3, unique=True).map(tuple)), max_size=12)


def squeezed(text: str) -> str:
    return "".join(
        char for char in text if not char.isspace() and (ord(char) >= 32) and not 0xD800 <= ord(char) <= 0xDFFF
    )


@given(RUNS)
def test_html_of_any_runs_is_well_formed_and_shows_their_text(runs: list[Run]) -> None:
    assert squeezed(parse_html(to_html(runs))) == squeezed(plain(runs))


@settings(max_examples=300)
@given(RUNS, st.integers(120, 400))
@example([Run(FAMILY * 30)], 130)
@example([Run("a" + "\u0301" * 500)], 130)
@example([Run("x" * 1000, (Style("a", "https://example.org/" + "y" * 60),))], 130)
def test_parts_fit_are_well_formed_and_lose_nothing(runs: list[Run], limit: int) -> None:
    parts = [to_html(part) for part in split(runs, limit)]
    for html in parts:
        assert telegram_length(html) <= limit
        assert parse_html(html).strip()
    assert squeezed("".join(parse_html(html) for html in parts)) == squeezed(plain(runs))


@given(
    st.lists(st.sampled_from([FAMILY, "🇷🇺", "🔥", "é", "a", "ё"]), min_size=1, max_size=200).map("".join),
    st.integers(40, 90),
)
def test_no_character_made_of_several_code_points_is_cut(text: str, limit: int) -> None:
    parts = [plain(part) for part in split([Run(text)], limit)]
    whole = regex.findall(r"\X", text)
    assert [cluster for part in parts for cluster in regex.findall(r"\X", part)] == whole


@given(RUNS, st.integers(120, 300))
def test_every_character_keeps_its_styles(runs: list[Run], limit: int) -> None:
    def styled(all_runs: list[Run]) -> list[tuple[str, tuple[Style, ...]]]:
        return [(char, run.styles) for run in all_runs for char in run.text if printable(char).strip()]

    assert styled([run for part in split(runs, limit) for run in part]) == styled(runs)


def test_a_long_text_is_cut_between_paragraphs() -> None:
    paragraphs = [f"{number} " + "слово " * 120 for number in range(20)]
    parts = [plain(part) for part in split([Run("\n\n".join(paragraphs))])]
    assert len(parts) > 1
    assert all(part.split(" ")[0].isdigit() and part.endswith("слово") for part in parts)


def test_a_text_of_exactly_the_limit_stays_one_message() -> None:
    assert html_parts([Run("🔥" * (MESSAGE_LIMIT // 2))]) == ["🔥" * (MESSAGE_LIMIT // 2)]
    assert len(html_parts([Run("🔥" * (MESSAGE_LIMIT // 2) + "!")])) == 2


@given(st.text())
def test_length_is_counted_as_telegram_counts_it(text: str) -> None:
    assert utf16_length(text) == telegram_length(text)


def test_only_web_addresses_may_become_links() -> None:
    assert is_web_url("https://t.me/channel/1")
    for bad in (
        None,
        "",
        "javascript:alert(1)",
        "tg://user?id=1",
        "https://",
        "https://a b",
        "//x",
        "https://x/" + "y" * 2000,
    ):
        assert not is_web_url(bad)
