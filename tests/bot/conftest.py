from __future__ import annotations

from collections.abc import Iterator

import pytest

from konspekt.storage.database import Database
from tests.fakes.bot_api import FakeBotApi


@pytest.fixture
def api() -> Iterator[FakeBotApi]:
    with FakeBotApi() as server:
        yield server
        assert sorted(set(server.against_specification)) == []


@pytest.fixture
def older_api() -> Iterator[FakeBotApi]:
    """A server without drafts, reactions and command lists."""
    with FakeBotApi.older() as server:
        yield server
        assert sorted(set(server.against_specification)) == []


@pytest.fixture
def store(sqlite_database: Database) -> Database:
    return sqlite_database
