"""Dates as people and programs write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from konspekt.indexer.moments import moment


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", "2024-01-01T00:00:00", "2024-12-31T23:59:59.999999"),
        ("2024-02", "2024-02-01T00:00:00", "2024-02-29T23:59:59.999999"),
        ("2024-12", "2024-12-01T00:00:00", "2024-12-31T23:59:59.999999"),
        (" 2024-05-17 ", "2024-05-17T00:00:00", "2024-05-17T23:59:59.999999"),
        ("9999", "9999-01-01T00:00:00", "9999-12-31T23:59:59.999999"),
        ("9999-12", "9999-12-01T00:00:00", "9999-12-31T23:59:59.999999"),
        ("2024-05-17T10:00", "2024-05-17T10:00:00", "2024-05-17T10:00:00"),
        ("2024-05-17T10:00+03:00", "2024-05-17T07:00:00", "2024-05-17T07:00:00"),
    ],
)
def test_a_date_is_its_first_or_its_last_moment(text: str, first: str, last: str) -> None:
    assert moment(text) == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert moment(text, end_of_day=True) == datetime.fromisoformat(last).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2024-13", "2024-00", "2024-05-32", "1-2-3-4", "0", "2024-05-17T25:00"]
)
@pytest.mark.parametrize("end_of_day", [False, True])
def test_what_is_no_date_is_refused(text: str, end_of_day: bool) -> None:
    with pytest.raises(ValueError):
        moment(text, end_of_day=end_of_day)
