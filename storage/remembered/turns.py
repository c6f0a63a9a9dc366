"""Turns in the database: found by their owner first, scored above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from konspekt.storage.models import AnswerRow, MessageRow, utc_now
from konspekt.storage.remembered.models import ReadRow, TurnRow

MOST_TURNS = 5000  # of one owner that are looked at, the newest; nobody asks more in a year


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """What the search of memory needs of a turn. `vector`: float16 [dimension] of `model`, None until embedded."""

    answer_id: int
    created_at: datetime
    question_terms: str
    answer_terms: str
    model: str | None
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class SaidTurn:
    """A turn as it was said. `citations` are the sources shown, as `answers.citations` has them."""

    answer_id: int
    user_id: int | None
    created_at: datetime
    question: str
    standalone_question: str
    text: str
    refused: bool
    citations: tuple[Mapping[str, Any], ...]

    @property
    def cited(self) -> tuple[str, ...]:
        """Ids of the documents shown; a refusal names the nearest ones, and shows nothing of them."""
        shown = () if self.refused else self.citations
        return tuple(str(citation["document_id"]) for citation in shown if "document_id" in citation)


def put_turn(
    session: Session,
    answer_id: int,
    owner: int,
    terms: tuple[str, str],
    at: datetime | None = None,
    *,
    topic_id: int = 0,
) -> None:
    """`terms` of the question and of the answer, separated by spaces."""
    row = TurnRow(answer_id=answer_id, owner=owner, topic_id=topic_id, question_terms=terms[0], answer_terms=terms[1])
    row.created_at = at or utc_now()
    session.add(row)


def turns_of(
    session: Session,
    owner: int,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    before: int | None = None,
    topic_id: int | None = None,
) -> list[StoredTurn]:
    """The owner's turns in that time, oldest first. `before`: only those with a smaller answer id. `topic_id`: only
    those of that topic.

    Nothing of another owner is even read: who may see a turn is decided here, before anything is scored.
    """
    columns = (TurnRow.answer_id, TurnRow.created_at, TurnRow.question_terms, TurnRow.answer_terms)
    statement = select(*columns, TurnRow.model, TurnRow.vector).where(TurnRow.owner == owner)
    if since is not None:
        statement = statement.where(TurnRow.created_at >= since)
    if until is not None:
        statement = statement.where(TurnRow.created_at < until)
    if topic_id is not None:
        statement = statement.where(TurnRow.topic_id == topic_id)
    if before is not None:
        statement = statement.where(TurnRow.answer_id < before)
    rows = session.execute(statement.order_by(TurnRow.created_at.desc(), TurnRow.answer_id.desc()).limit(MOST_TURNS))
    return [StoredTurn(*row) for row in rows][::-1]


def said_in(session: Session, answer_ids: Sequence[int], owner: int) -> dict[int, SaidTurn]:
    """Answer id -> the turn as it was said; of this owner alone, whatever ids are asked for."""
    rows = session.scalars(select(AnswerRow).where(AnswerRow.id.in_(answer_ids), AnswerRow.chat_id == owner))
    return {
        row.id: SaidTurn(
            row.id,
            row.user_id,
            row.created_at,
            row.question,
            row.standalone_question,
            row.text,
            row.refused,
            tuple(row.citations),
        )
        for row in rows
    }


def last_said(session: Session, owner: int, user_id: int, topic_id: int = 0) -> datetime | None:
    """When this user last said something in this topic of this chat."""
    theirs = (MessageRow.chat_id == owner) & (MessageRow.user_id == user_id) & (MessageRow.topic_id == topic_id)
    return session.scalar(select(MessageRow.created_at).where(theirs).order_by(MessageRow.id.desc()).limit(1))


def last_visit(session: Session, owner: int, pause: timedelta, now: datetime) -> datetime | None:
    """When the talk before this one ended; None where this is the first."""
    moments = session.scalars(
        select(TurnRow.created_at).where(TurnRow.owner == owner).order_by(TurnRow.created_at.desc()).limit(200)
    )
    later = now
    for moment in moments:
        if later - moment > pause:
            return moment
        later = moment
    return None


def count_turns(session: Session, owner: int) -> tuple[int, datetime | None]:
    """How many, and since when."""
    row = session.execute(
        select(func.count(TurnRow.answer_id), func.min(TurnRow.created_at)).where(TurnRow.owner == owner)
    ).one()
    return row[0], row[1]


def drop_turn(session: Session, answer_id: int) -> None:
    """It is not found by memory any more; its answer stays."""
    session.execute(delete(TurnRow).where(TurnRow.answer_id == answer_id))


# ---------------------------------------------------------------- vectors, made after the answer


def waiting_turns(session: Session, model: str, count: int) -> list[tuple[int, str]]:
    """(answer id, standalone question) of turns without a vector of this model."""
    columns = select(TurnRow.answer_id, AnswerRow.standalone_question).join(
        AnswerRow, AnswerRow.id == TurnRow.answer_id
    )
    found: list[tuple[int, str]] = []
    for missing in (TurnRow.model.is_(None), TurnRow.model < model, TurnRow.model > model):  # each a range of the index
        rows = session.execute(columns.where(missing).limit(count - len(found)))
        found += [(row[0], row[1]) for row in rows]
        if len(found) >= count:
            break
    return found


def put_turn_vectors(session: Session, model: str, vectors: Mapping[int, bytes]) -> None:
    for answer_id, vector in vectors.items():
        row = TurnRow.answer_id == answer_id
        session.execute(update(TurnRow).where(row).values(model=model, vector=vector))


# ---------------------------------------------------------------- what was read


def put_reads(session: Session, owner: int, document_ids: Iterable[str], at: datetime | None = None) -> None:
    wanted = sorted(set(document_ids))
    if not wanted:
        return
    module = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = module.insert(ReadRow)
    statement = statement.on_conflict_do_update(
        index_elements=[ReadRow.owner, ReadRow.document_id], set_={"last_at": statement.excluded.last_at}
    )
    moment = at or utc_now()
    session.execute(statement, [{"owner": owner, "document_id": one, "last_at": moment} for one in wanted])


def reads_of(session: Session, owner: int) -> dict[str, datetime]:
    """Document id -> when it was last shown in this chat."""
    rows = session.execute(select(ReadRow.document_id, ReadRow.last_at).where(ReadRow.owner == owner))
    return {row[0]: row[1] for row in rows}
