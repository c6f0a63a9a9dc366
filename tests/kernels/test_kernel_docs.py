"""docs/kernels.md and docs/quantisation.md say what the results say."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kernels.kernel_tables import PAGES, inserted

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_its_tables_are_what_was_measured(name: str) -> None:
    page = (DOCS / name).read_text("utf-8")
    assert inserted(page, PAGES[name]) == page, f"run: python -m benchmarks.kernels.kernel_tables docs/{name}"
    assert all(table() in page for table in PAGES[name].values())
