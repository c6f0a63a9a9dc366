"""Runs of the evaluation: the last ones are kept.

A repository over one open session.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from konspekt.storage.judging.models import EvaluationRunRow

KEPT = 20


class EvaluationRuns:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, report: Mapping[str, Any]) -> int:
        """The run's id; the oldest beyond `KEPT` go."""
        row = EvaluationRunRow(report=dict(report))
        self._session.add(row)
        self._session.flush()
        last = select(EvaluationRunRow.id).order_by(EvaluationRunRow.id.desc()).limit(KEPT)
        self._session.execute(
            delete(EvaluationRunRow).where(EvaluationRunRow.id.not_in(list(self._session.scalars(last))))
        )
        return row.id

    def all(self) -> list[tuple[int, datetime, dict[str, Any]]]:
        """Id, end and report, the latest first."""
        rows = self._session.scalars(select(EvaluationRunRow).order_by(EvaluationRunRow.id.desc()))
        return [(row.id, row.created_at, row.report) for row in rows]
