"""What must hold for every post and every network, on generated posts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.by_rule.counting import graphemes, utf8_bytes
from konspekt.conversion.document import Post, all_runs
from konspekt.conversion.networks import all_networks
from konspekt.conversion.networks.linkedin import unescape
from tests.conversion.strategies import plain_words, posts, quick

# Networks that write in ways of their own; the others share a writer with one of these.
DIFFERENT = ("x", "threads", "bluesky", "linkedin", "reddit", "discord", "telegram", "devto")
PLAIN = ("x", "mastodon", "linkedin", "vk", "telegram", "bluesky")
QUICK = quick(25)
NUMBER = re.compile(r"\n\n\(\d+/\d+\)\Z")


@pytest.mark.parametrize("name", sorted(all_networks()))
@QUICK
@given(post=posts)
def test_no_part_is_over_its_limit_and_none_is_empty(name: str, post: Post) -> None:
    network = all_networks()[name]
    draft = convert(post, network)
    assert draft.parts
    for part in draft.parts:
        assert network.fits(part.text)
        assert part.length == network.length(part.text) <= part.limit
        assert part.text.strip()


@pytest.mark.parametrize("name", PLAIN)
@QUICK
@given(post=posts)
def test_parts_joined_give_back_the_text(name: str, post: Post) -> None:
    """Letter for letter, but for white space, numbers of parts, and the quotation marks and addresses added."""
    network = all_networks()[name]
    draft = convert(post, network)
    whole = network.write(post.blocks, _options(post)).text
    texts = [NUMBER.sub("", part.text) for part in draft.parts]
    joined = "".join("".join(texts).split())
    if network.readable:
        joined, whole = "".join(unescape("".join(texts)).split()), unescape(whole)
    if draft.dropped:
        return
    position = 0
    # a part that is itself in «…» gets no second pair, so those around the whole quote may stand elsewhere
    for char in "".join(whole.split()).translate({ord("«"): None, ord("»"): None}):
        found = joined.find(char, position)
        assert found >= 0, (char, whole)
        position = found + 1


@pytest.mark.parametrize("name", DIFFERENT)
@QUICK
@given(post=posts)
def test_no_link_is_lost_or_cut(name: str, post: Post) -> None:
    """Each address stands whole in one part, in its facets, or is reported as dropped with a warning."""
    network = all_networks()[name]
    draft = convert(post, network)
    dropped = {item.value for item in draft.dropped}
    show = network.readable or (lambda text: text)
    haystacks = [show(part.text) + repr(part.facets) for part in draft.parts]
    for run in all_runs(post.blocks):
        if run.url in dropped:
            assert draft.warnings
        elif run.url:
            assert any(run.url in text or run.url.replace("&", "&amp;") in text for text in haystacks), run.url


@QUICK
@given(post=posts)
def test_bluesky_facets_point_at_whole_words_in_bytes(post: Post) -> None:
    draft = convert(post, all_networks()["bluesky"])
    for part in draft.parts:
        data = part.text.encode("utf-8")
        assert graphemes(part.text) <= 300
        assert utf8_bytes(part.text) <= 3000
        last = 0
        for facet in part.facets:
            start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
            assert last <= start < end <= len(data)
            shown = data[start:end].decode("utf-8")  # raises if it cuts a character
            feature = facet["features"][0]
            if feature["$type"].endswith("#tag"):
                assert shown == f"#{feature['tag']}"
            last = end


@QUICK
@given(post=posts)
def test_telegram_entities_lie_inside_the_text_and_on_its_words(post: Post) -> None:
    draft = convert(post, all_networks()["telegram"])
    for part in draft.parts:
        data = part.text.encode("utf-16-le")
        for entity in part.facets:
            start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
            assert 0 <= start < end <= len(data)
            data[start:end].decode("utf-16-le")
            if entity["type"] in ("mention", "hashtag"):
                assert data[start:end].decode("utf-16-le")[0] in "@#"


@QUICK
@given(post=posts)
def test_every_word_that_fits_a_part_is_whole_in_one(post: Post) -> None:
    network = all_networks()["x"]
    draft = convert(post, network)
    text = " ".join(part.text for part in draft.parts)
    for word in plain_words(post):
        if network.length(word) < 240 and not word.startswith("https"):
            assert word in text


def _options(post: Post):  # type: ignore[no-untyped-def]
    from konspekt.conversion.network import Options

    return Options(lang=post.lang)
