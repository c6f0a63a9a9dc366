"""Counters are exact: twitter-text's published cases, and each network's own rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from konspekt.conversion.by_rule.counting import (
    graphemes,
    is_valid_tweet,
    mastodon_length,
    threads_length,
    tweet_length,
    utf8_bytes,
    utf16_units,
)
from konspekt.conversion.by_rule.tweet_urls import find_tweet_urls

CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance"


def _cases(file: str, *groups: str) -> list[Any]:
    path = CONFORMANCE / file
    if not path.exists():
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason="the conformance data are not here"))]
    tests = yaml.safe_load(path.read_text("utf-8"))["tests"]
    return [pytest.param(case, id=f"{group}-{case['description']}"[:90]) for group in groups for case in tests[group]]


@pytest.mark.parametrize(
    "case",
    _cases(
        "twitter-text-validate.yml",
        "WeightedTweetsWithDiscountedEmojiCounterTest",
        "UnicodeDirectionalMarkerCounterTest",
    ),
)
def test_tweet_length_agrees_with_twitter_text_3(case: dict[str, Any]) -> None:
    assert tweet_length(case["text"]) == case["expected"]["weightedLength"]
    assert is_valid_tweet(case["text"]) == case["expected"]["valid"]


@pytest.mark.parametrize("case", _cases("twitter-text-validate.yml", "WeightedTweetsCounterTest"))
def test_tweet_length_without_emoji_parsing_agrees_with_twitter_text_2(case: dict[str, Any]) -> None:
    assert tweet_length(case["text"], emoji_parsing=False) == case["expected"]["weightedLength"]


@pytest.mark.parametrize(
    "case",
    _cases(
        "twitter-text-extract.yml",
        "urls",
        "urls_with_indices",
        "urls_with_directional_markers",
        "tco_urls_with_params",
    ),
)
def test_links_are_found_where_twitter_text_finds_them(case: dict[str, Any]) -> None:
    found = [(case["text"][start:end], [start, end]) for start, end in find_tweet_urls(case["text"])]
    for (url, place), expected in zip(found, case["expected"], strict=True):
        if isinstance(expected, str):
            assert url == expected
        else:
            assert (url, place) == (expected["url"], expected["indices"])


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("внимание", 8),
        ("模型", 4),
        ("https://example.com/" + "a" * 2000, 23),
        ("see example.com.", 4 + 23 + 1),
        ("model.py is a link to X, setup.cfg is not", 23 + len(" is a link to X, setup.cfg is not")),
        ("🇷🇺", 2),
        ("1️⃣", 2),
        ("👩🏿‍🚀", 2),
        ("©", 1),
        ("e\u0301", 1),
        ("\r\n", 1),
    ],
)
def test_tweet_length_by_hand(text: str, length: int) -> None:
    assert tweet_length(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [("abc", 3), ("👨‍👩‍👧‍👦", 1), ("🇷🇺🇺🇸", 2), ("e\u0301", 1), ("\r\n", 1), ("নি", 1)],
)
def test_graphemes_are_what_a_reader_counts(text: str, length: int) -> None:
    assert graphemes(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("https://example.com/" + "a" * 300, 23),
        ("example.com/path", 16),  # Mastodon takes only links with a scheme
        ("@user@mastodon.social hi", len("@user hi")),
        ("mail me@example.com", 19),
        ("👨‍👩‍👧‍👦", 1),
    ],
)
def test_mastodon_counts_links_and_mentions_its_own_way(text: str, length: int) -> None:
    assert mastodon_length(text) == length


def test_a_mastodon_instance_may_price_links_otherwise() -> None:
    assert mastodon_length("a https://example.com/long", url_length=30) == 32


@pytest.mark.parametrize(
    ("text", "length"),
    [("привет", 6), ("🔥", 4), ("👨‍👩‍👧‍👦", 25), ("a🔥b", 6), ("❤️", 6), ("©", 1), ("1️⃣", 7), ("模型", 2)],
)
def test_threads_counts_an_emoji_by_its_bytes(text: str, length: int) -> None:
    assert threads_length(text) == length


@given(st.text())
def test_bytes_and_units_agree_with_the_codecs(text: str) -> None:
    assert utf8_bytes(text) == len(text.encode("utf-8"))
    assert utf16_units(text) == len(text.encode("utf-16-le")) // 2


@given(st.text(), st.text())
def test_no_counter_is_ever_negative_or_longer_than_the_sum_of_parts_plus_a_link(left: str, right: str) -> None:
    for count in (tweet_length, graphemes, mastodon_length, threads_length):
        assert count(left) >= 0
        assert count(left + " " + right) <= count(left) + count(right) + 2
