"""Mastodon: 500, or what the instance says."""

from __future__ import annotations

import pytest

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.errors import FetchRefused, WrongUsage
from konspekt.conversion.networks.mastodon import MASTODON, for_instance, rules_address
from konspekt.conversion.posts.reading import post_from_text


def test_a_link_counts_23() -> None:
    part = convert(post_from_text("ы" * 470 + " https://example.com/" + "a" * 400), MASTODON).parts[0]
    assert part.length == 470 + 1 + 23


def test_the_instance_sets_the_limits() -> None:
    instance = {
        "configuration": {
            "statuses": {"max_characters": 1000, "characters_reserved_per_url": 30, "max_media_attachments": 8}
        }
    }
    own = for_instance(instance)
    part = convert(post_from_text("ы" * 960 + " https://example.com/x"), own).parts[0]
    assert (part.length, part.limit) == (991, 1000)
    assert own.media_limit == 8
    assert MASTODON.limit == 500


def test_an_instance_that_says_nothing_has_the_defaults() -> None:
    assert for_instance({}).limit == 500


@pytest.mark.parametrize(
    ("instance", "host"),
    [
        ("mastodon.social", "mastodon.social"),
        ("https://mastodon.social/", "mastodon.social"),
        ("HTTP://mastodon.social/@me", "mastodon.social"),
        ("@me@mastodon.social", "mastodon.social"),
        ("me@mastodon.social", "mastodon.social"),
        ("мастодон.рф", "мастодон.рф"),
        ("localhost:3000", "localhost:3000"),
        (" mastodon.social ", "mastodon.social"),
    ],
)
def test_an_instance_is_named_as_people_name_it(instance: str, host: str) -> None:
    assert rules_address(instance) == f"https://{host}/api/v2/instance"


@pytest.mark.parametrize("instance", ["", " ", "@", "a b", "https://", "[::1", "a\\b", "x?y", "host:port", "\n"])
def test_what_names_no_instance_is_told(instance: str) -> None:
    with pytest.raises(WrongUsage):
        rules_address(instance)


@pytest.mark.parametrize(
    "statuses",
    [
        {"max_characters": "many"},
        {"max_characters": -1},
        {"max_characters": 0},
        {"max_characters": 5},
        {"max_characters": True},
        {"max_characters": 10**30},
        {"characters_reserved_per_url": [23]},
        {"characters_reserved_per_url": 600},
        {"max_media_attachments": 1.5},
    ],
)
def test_rules_that_are_none_are_told(statuses: dict[str, object]) -> None:
    with pytest.raises(FetchRefused):
        for_instance({"configuration": {"statuses": statuses}})


@pytest.mark.parametrize(
    "answer", [{"configuration": None}, {"configuration": {"statuses": None}}, {"max_toot_chars": None}]
)
def test_what_an_instance_leaves_out_is_the_default(answer: dict[str, object]) -> None:
    assert for_instance(answer).limit == 500


@pytest.mark.parametrize("answer", [{"configuration": []}, {"configuration": {"statuses": "x"}}])
def test_an_answer_of_another_shape_is_told(answer: dict[str, object]) -> None:
    with pytest.raises(FetchRefused):
        for_instance(answer)


def test_an_older_instance_says_its_limit_in_another_place() -> None:
    assert for_instance({"max_toot_chars": 700}).limit == 700
