"""What the tests of indexing share."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.storage.database import Database
from tests.indexer.house import House


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)
