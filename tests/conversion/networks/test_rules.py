"""What the data of every network promise, held on a network made small."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import MediaItem, Paragraph, Post, Run
from konspekt.conversion.network import Network
from konspekt.conversion.networks import all_networks, network

NAMES = list(all_networks())


def small(name: str) -> Network:
    """The network with room for 300 of its units."""
    whole = network(name)
    return replace(whole, limits=(replace(whole.limits[0], value=300),))


@pytest.mark.parametrize("name", NAMES)
def test_a_thread_is_numbered_and_nothing_else_is(name: str) -> None:
    post = Post((Paragraph((Run("Слово за словом, и так до самого конца поста. " * 40),)),))
    parts = convert(post, small(name)).parts
    assert len(parts) > 1
    numbered = [part.text.endswith(f"({place}/{len(parts)})") for place, part in enumerate(parts, 1)]
    assert set(numbered) == {network(name).overflow == "thread"}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_network_has_not_is_told(name: str) -> None:
    runs = (Run("скрыто", frozenset({"spoiler"})), Run(" "), Run("нет", frozenset({"strike"})), Run(" @some_one"))
    told = " ".join(convert(Post((Paragraph(runs),)), network(name)).warnings)
    without_spoilers = name not in ("telegram", "discord", "reddit", "markdown")
    assert ("spoilers" in told) == without_spoilers
    assert ("strike-through" in told) == ("strike" not in network(name).formatting)


@pytest.mark.parametrize("name", NAMES)
def test_no_more_media_than_it_takes(name: str) -> None:
    media = tuple(MediaItem("photo", f"{n}.jpg") for n in range(30))
    draft = convert(Post((Paragraph((Run("Текст"),)),), media=media), network(name))
    limit = network(name).media_limit
    assert len(draft.media) == (30 if limit is None else limit)
    assert len(draft.dropped) == 30 - len(draft.media)
    alone = convert(Post((Paragraph((Run("Текст"),)),)), network(name))
    assert any("without a picture" in warning for warning in alone.warnings) == (name == "instagram")
