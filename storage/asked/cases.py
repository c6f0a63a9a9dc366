"""Answers that failed, one by one, and what an admin said about each: the source of an author's own questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from konspekt.storage.asked.rows import CaseRow
from konspekt.storage.asked.unanswered import Alike, Reason, same_words, unanswered
from konspekt.storage.database import Database
from konspekt.storage.models import AnswerRow, utc_now

PERIOD = timedelta(days=90)  # older failures are of an older bot

# The answer was right after all; the right post is another; the material does not say it; not worth keeping.
Verdict = Literal["right", "post", "absent", "dropped"]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A failed answer that nobody has judged yet. `left`: how many there are, this one counted. No name, no user id."""

    answer_id: int
    question: str  # as it stands alone
    answer: str
    refused: bool
    reasons: frozenset[Reason]
    asked_at: datetime
    found: tuple[dict[str, Any], ...]  # passages as stored with the answer, best first
    cited: frozenset[str]  # document ids
    left: int


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A judged answer that makes a question: `accept` and `document_id` empty where a refusal is right."""

    question: str
    accept: tuple[str, ...]
    document_id: str | None
    url: str | None
    answer_id: int = field(default=0, compare=False)


class Cases:
    """`alike` tells when a question was asked again, see `konspekt.storage.asked.unanswered`."""

    def __init__(self, database: Database, alike: Alike = same_words) -> None:
        self._database, self._alike = database, alike

    def next(self, before: int | None = None) -> OpenCase | None:
        """The latest open case, or the latest before an answer that was skipped; then from the latest on again."""
        with self._database.read() as session:
            reasons = self._open(session)
            if not reasons:
                return None
            older = [answer_id for answer_id in reasons if before is None or answer_id < before]
            answer_id = max(older or reasons)
            row = session.get_one(AnswerRow, answer_id)
            return OpenCase(
                answer_id,
                row.standalone_question or row.question,
                row.text,
                row.refused,
                reasons[answer_id],
                row.created_at,
                tuple(row.passages),
                frozenset(str(citation["document_id"]) for citation in row.citations if "document_id" in citation),
                len(reasons),
            )

    def _open(self, session: Session) -> dict[int, frozenset[Reason]]:
        failed = unanswered(session, utc_now() - PERIOD, self._alike)
        judged = set(session.scalars(select(CaseRow.answer_id)))
        return {answer_id: why for answer_id, why in failed.items() if answer_id not in judged}

    def decide(
        self,
        answer_id: int,
        verdict: Verdict,
        *,
        document_id: str | None = None,
        url: str | None = None,
        accept: Sequence[str] = (),
    ) -> bool:
        """Stores what was said; said again, the last word counts. False when the answer is gone."""
        if verdict not in get_args(Verdict):
            raise ValueError(f"not a verdict: {verdict}")
        with self._database.session() as session:
            row = session.get(AnswerRow, answer_id)
            if row is None:
                return False
            if verdict == "right" and row.refused:
                verdict = "absent"  # a refusal that was right
            if verdict == "right":
                accept = [quote for quote in _quotes(row.citations) if quote]
                first = row.citations[0] if row.citations else {}
                document_id, url = first.get("document_id"), first.get("url")
            session.merge(
                CaseRow(
                    answer_id=answer_id,
                    verdict=verdict,
                    document_id=document_id,
                    url=url,
                    accept=list(accept),
                    decided_at=utc_now(),
                )
            )
            return True

    def kept(self) -> list[KeptCase]:
        """Everything that makes a question, oldest first; the same question judged twice counts as judged last."""
        with self._database.read() as session:
            rows = session.execute(
                select(CaseRow, AnswerRow.standalone_question, AnswerRow.question)
                .join(AnswerRow, AnswerRow.id == CaseRow.answer_id)
                .where(CaseRow.verdict != "dropped")
                .order_by(CaseRow.decided_at, CaseRow.answer_id)
            ).all()
            found = {
                " ".join((standalone or question).lower().split()): KeptCase(
                    standalone or question, tuple(case.accept), case.document_id, case.url, case.answer_id
                )
                for case, standalone, question in rows
                if case.verdict == "absent" or case.document_id or case.accept
            }
        return list(found.values())


def _quotes(citations: Sequence[dict[str, Any]]) -> list[str]:
    return [" ".join(str(citation.get("quote", "")).split()) for citation in citations]
