"""Views and reactions: read from exports and pages, no change of a post, and only ever a tie-break in search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from konspekt.indexer.document_rows import document_from_json, document_to_json
from konspekt.indexer.documents import Counts, Document
from konspekt.indexer.searching.ranking import Candidate, popular_first
from konspekt.indexer.sources.telegram.albums import post_document
from konspekt.indexer.sources.telegram.counts import exported_reactions, short_number
from konspekt.indexer.sources.telegram.message import message_parts
from konspekt.indexer.sources.telegram.web_page import read_page


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.2K", 1200), ("987", 987), ("3M", 3_000_000), ("❤ 45", 45), ("🔥1,5K", 1500), ("", None), ("много", None)],
)
def test_short_numbers(text: str, number: int | None) -> None:
    assert short_number(text) == number


@pytest.mark.parametrize(
    ("reactions", "total"),
    [
        ([{"type": "emoji", "emoji": "❤", "count": 3}, {"type": "paid", "count": 4}], 7),
        ([], 0),
        (None, None),
        ("many", None),
        ([{"count": "3"}, 5, {"count": True}], 0),
    ],
)
def test_reactions_of_an_export(reactions: object, total: int | None) -> None:
    assert exported_reactions(reactions) == total


def test_a_post_of_an_export_carries_them_and_is_the_same_post_without() -> None:
    message: dict[str, Any] = {"id": 5, "type": "message", "date_unixtime": "1700000000", "text": "Пост про LoRA."}
    counted = message | {"reactions": [{"type": "emoji", "count": 3}]}
    one, other = (_document(message_parts(each)) for each in (message, counted))
    assert (one.counts, other.counts) == (None, Counts(None, 3))
    assert one.content_hash == other.content_hash
    assert document_from_json(document_to_json(other)) == replace(other, counts=None)


def _document(parts: Any) -> Document:
    document = post_document([parts], source_id="telegram:1", username="channel")
    assert document is not None
    return document


def test_a_page_of_the_channel_tells_views_and_reactions() -> None:
    post = (
        '<div class="tgme_widget_message js-widget_message" data-post="channel/7">'
        '<div class="tgme_widget_message_text js-message_text">Пост про LoRA.</div>'
        '<div class="tgme_widget_message_reactions"><span class="tgme_reaction"><i>❤</i>1.1K</span>'
        '<span class="tgme_reaction"><i>🔥</i>20</span></div>'
        '<span class="tgme_widget_message_views">12.4K</span></div>'
    )
    (parts,) = read_page(f"<html><body>{post}</body></html>").parts
    assert parts.counts == Counts(12_400, 1_120)


@dataclass
class _Row:
    id: Any


def _candidate(name: str, score: float) -> Candidate:
    return Candidate(_Row(1), _Row(name), score, None, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scores", "order"),
    [
        ([("a", 1.0), ("b", 0.5), ("c", 0.5)], "acb"),
        ([("a", 0.5), ("b", 0.5), ("c", 0.5)], "cab"),
        ([("b", 0.500001), ("c", 0.49999)], "bc"),
        ([("b", 2.0), ("c", 1.0)], "bc"),
        ([("c", 0.5), ("b", 0.5)], "cb"),
        ([("x", 0.5), ("y", 0.5)], "xy"),
    ],
)
def test_popularity_decides_only_between_equals(scores: list[tuple[str, float]], order: str) -> None:
    known = {"a": (3, 10), "b": (0, 50), "c": (9, 0)}
    found = popular_first([_candidate(*one) for one in scores], lambda ids: known)
    assert "".join(one.document.id for one in found) == order
