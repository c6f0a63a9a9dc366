from __future__ import annotations

from collections.abc import Iterator

import pytest

from konspekt.serving.model.model import Model
from tests.serving.served import Served


@pytest.fixture(scope="module")
def served(tiny: Model) -> Iterator[Served]:
    """A server that has answered everything, and kept nothing, when a module's tests are through."""
    it = Served(tiny)
    yield it
    it.settle()
    it.close()
