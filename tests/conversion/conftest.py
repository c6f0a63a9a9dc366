from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.openai_server import FakeOpenAIServer


@pytest.fixture
def server() -> Iterator[FakeOpenAIServer]:
    with FakeOpenAIServer() as running:
        yield running


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """`KONSPEKT_UPDATE_GOLDEN=1 pytest tests/conversion/test_golden.py` writes the golden drafts anew."""
    import os

    return os.environ.get("KONSPEKT_UPDATE_GOLDEN") == "1"
