"""Mastodon: 500, or what the instance says."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.networks.mastodon import MASTODON, for_instance
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
