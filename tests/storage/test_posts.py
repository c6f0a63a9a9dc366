"""Indexed posts by their address, their id, and the day they appeared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from konspekt.indexer.document_rows import document_row
from konspekt.indexer.documents import Document
from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow, SourceRow
from konspekt.storage.posts import post_by_address, post_by_id, post_ids


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Two channels whose names differ in one sign, and a lecture."""
    found = Database(f"sqlite:///{tmp_path / 'konspekt.db'}")
    found.migrate()
    with found.session() as session:
        for name in ("quiet_bay", "quietXbay"):
            session.add(SourceRow(id=name, kind="telegram", title=name, location=f"/exports/{name}"))
            session.flush()
            for number, day in ((1, 20), (2, 10), (12, 30)):
                add(session, name, number, day, "post")
        add(session, "quiet_bay", 99, 25, "course")
    yield found
    found.close()


def add(session: object, source: str, number: int, day: int, kind: str) -> None:
    document = Document(
        id=f"{source}/{number}",
        source_id=source,
        kind=kind,  # type: ignore[arg-type]
        title="",
        text=f"Пост {number}",
        url=f"https://t.me/{source}/{number}",
        published_at=datetime(2025, 1, day, tzinfo=UTC),
    )
    session.add(DocumentRow(**document_row(document, document.content_hash)))  # type: ignore[attr-defined]


@pytest.mark.parametrize("channel", ["quiet_bay", "Quiet_Bay", "QUIET_BAY"])
def test_an_address_does_not_know_upper_and_lower_case(database: Database, channel: str) -> None:
    found = post_by_address(database, channel, 2)
    assert found is not None
    assert (found.document.id, found.location) == ("quiet_bay/2", "/exports/quiet_bay")


@pytest.mark.parametrize("number", [3, 21, 120])
def test_a_number_is_whole(database: Database, number: int) -> None:
    assert post_by_address(database, "quiet_bay", number) is None


@pytest.mark.parametrize("channel", ["quiet%bay", "quie", "bay", "QUIET-bay"])
def test_signs_of_a_name_are_themselves(database: Database, channel: str) -> None:
    assert post_by_address(database, channel, 2) is None


def test_an_id_is_exact(database: Database) -> None:
    found = post_by_id(database, "quietXbay/12")
    assert found is not None
    assert found.document.url == "https://t.me/quietXbay/12"
    assert post_by_id(database, "quietXbay/1%") is None


def test_posts_come_oldest_first_and_nothing_else_does(database: Database) -> None:
    assert post_ids(database, None, "quiet_bay") == ["quiet_bay/2", "quiet_bay/1", "quiet_bay/12"]
    assert len(post_ids(database, None)) == 6


def test_a_day_counts_itself(database: Database) -> None:
    since = datetime(2025, 1, 20, tzinfo=UTC)
    assert post_ids(database, since, "quiet_bay") == ["quiet_bay/1", "quiet_bay/12"]
