"""The history of drafts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from konspekt.storage.database import Database
from konspekt.storage.drafts import Drafts


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Drafts]:
    database = Database(f"sqlite:///{tmp_path / 'drafts.db'}")
    database.migrate()
    yield Drafts(database)
    database.close()


def _add(drafts: Drafts, user: int = 1, source: str = "h1", network: str = "x", lang: str = "ru") -> int:
    return drafts.add(
        user_id=user,
        document_id="channel/5",
        source_hash=source,
        network=network,
        language=lang,
        model="m",
        settings={"wishes": {"tone": "calm"}},
        content={"parts": [{"text": f"{source} {network}"}]},
    )


def test_the_latest_draft_is_of_the_same_text_network_language_and_author(drafts: Drafts) -> None:
    _add(drafts)
    newest = _add(drafts)
    for changed in ({"source": "h2"}, {"network": "vk"}, {"lang": "en"}, {"user": 2}):
        _add(drafts, **changed)  # type: ignore[arg-type]
    found = drafts.latest(user_id=1, document_id="channel/5", source_hash="h1", network="x", language="ru")
    assert found is not None
    assert found.id == newest
    assert found.settings == {"wishes": {"tone": "calm"}}
    assert drafts.latest(user_id=1, document_id="channel/6", source_hash="h1", network="x", language="ru") is None


def test_saved_drafts_are_listed_newest_first_and_by_author(drafts: Drafts) -> None:
    numbers = [_add(drafts) for _ in range(3)]
    other = _add(drafts, user=2)
    for number in (numbers[0], numbers[2], other):
        assert drafts.save(number)
    assert [draft.id for draft in drafts.saved(1)] == [numbers[2], numbers[0]]
    assert [draft.id for draft in drafts.saved(1, limit=1, offset=1)] == [numbers[0]]
    assert drafts.count_saved(1) == 2
    assert not drafts.save(999)


def test_an_edit_replaces_the_content(drafts: Drafts) -> None:
    number = _add(drafts)
    assert drafts.change(number, {"parts": [{"text": "new"}]})
    found = drafts.get(number)
    assert found is not None
    assert found.content["parts"][0]["text"] == "new"
    assert not drafts.change(999, {})
    assert drafts.get(999) is None
