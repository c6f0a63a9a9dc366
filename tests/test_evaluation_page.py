"""docs/evaluation.md shows what benchmarks/results hold, and nothing that was written by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from benchmarks.answers import tables
from benchmarks.common.paths import RESULTS

HELD: dict[str, Any] = {"date": "2026-01-02T03:04:05+00:00", "hardware": {"cpu": "CPU X", "cores": 2}}
VALUE = {"mean": 0.5, "low": 0.4, "high": 0.6125, "n": 7}


def test_the_page_shows_the_results() -> None:
    page = tables.PAGE.read_text("utf-8")
    said = "docs/evaluation.md differs from benchmarks/results: python -m benchmarks.answers.tables --write"
    assert tables.rewritten(page, tables.read_results(RESULTS)) == page, said


def test_every_table_has_its_place_on_the_page() -> None:
    places = re.findall(r"<!-- table ([\w-]+) -->", tables.PAGE.read_text("utf-8"))
    assert sorted(places) == sorted(tables.TABLES)


def test_only_what_stands_between_the_marks_is_rewritten_and_twice_is_once() -> None:
    page = "до\n<!-- table corrections -->\nстарое\n<!-- end -->\nпосле\n<!-- table talks -->\n<!-- end -->\n"
    result = HELD | {"newer_wins": VALUE, "newer_shown": VALUE, "no_correction_right": VALUE}
    result |= {"newer_wins_by_way": {"upd": VALUE}}
    results = {"corrections": result}.get
    once = tables.rewritten(page, results)
    assert once.startswith("до\n<!-- table corrections -->\n| posts and their corrections |")
    assert "старое" not in once
    assert "| the newer wins: upd | 0.500 (0.40–0.61) | 7 |" in once
    assert "Measured on 2026-01-02, CPU X, 2 cores.\n<!-- end -->\nпосле\n" in once
    assert "Not measured yet: `python -m benchmarks.answers.talks`." in once
    assert tables.rewritten(once, results) == once


@pytest.mark.parametrize("name", sorted(tables.TABLES))
def test_a_result_that_is_not_there_is_said(name: str) -> None:
    assert "Not measured yet" in tables.TABLES[name](lambda _: None)


def test_a_share_of_counted_questions_gets_the_interval_of_its_questions() -> None:
    rows = [
        {"questions_of": "sample", "mode": "fused", "split": split, "questions": 40, "mrr": 0.9,
         "recall_in_budget": 0.8,
         "recall": {"1": 0.75, "3": 0.8, "5": 0.9, "10": 1.0}}
        for split in ("tune", "heldout", "all")
    ]  # fmt: skip
    table = tables.search({"retrieval": HELD | {"rows": rows}}.get)
    lines = [line for line in table.splitlines() if line.startswith("| sample")]
    assert [line.split(" | ")[1] for line in lines] == ["tune", "heldout"], "the sum of a file is left out"
    match = re.search(r"0\.750 \((0\.\d\d)–(0\.\d\d)\)", lines[0])
    assert match is not None
    assert 0.55 < float(match[1]) < 0.68
    assert 0.82 < float(match[2]) < 0.95
