from __future__ import annotations

import pytest


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """`KONSPEKT_UPDATE_GOLDEN=1 pytest tests/conversion/test_golden.py` writes the golden drafts anew."""
    import os

    return os.environ.get("KONSPEKT_UPDATE_GOLDEN") == "1"
