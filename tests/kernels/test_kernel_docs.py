"""docs/kernels.md says what the results say."""

from __future__ import annotations

from pathlib import Path

from benchmarks.kernel_tables import TABLES, inserted

PAGE = Path(__file__).parents[2] / "docs" / "kernels.md"


def test_its_tables_are_what_was_measured() -> None:
    page = PAGE.read_text("utf-8")
    assert inserted(page) == page, "run: python -m benchmarks.kernel_tables docs/kernels.md"
    assert all(table() in page for table in TABLES.values())
