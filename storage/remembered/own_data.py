"""Everything that is stored of one person, and its erasure."""

# ruff: noqa: E501 - one line for each kind of data

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from konspekt.storage.assisting.models_following import FollowerRow, FollowRow
from konspekt.storage.assisting.models_learning import QuizPollRow
from konspekt.storage.authoring.models_lessons import LessonRow
from konspekt.storage.judging.models import ArenaMatchRow
from konspekt.storage.models import AnswerRow, Base, DraftRow, FeedbackRow, MessageRow, UserRow
from konspekt.storage.remembered.models import AuthorWordRow, MemorySwitchRow, NoteRow, ReadRow, TurnRow

LEAST_QUOTED = 8  # characters of a question that is looked for in others' rows: shorter ones are anybody's
_TURN = ("id", "chat_id", "channel", "created_at", "question", "text", "refused", "citations")
_NOTE = ("kind", "text", "valid_from", "valid_to")


def own_data(session: Session, user_id: int) -> dict[str, Any]:
    """What `/export` hands out: plain data, times in ISO 8601."""

    def rows(table: type[Base], names: Sequence[str], where: Any, order: Any) -> list[dict[str, Any]]:
        found = session.scalars(select(table).where(where).order_by(order))
        return [{name: _plain(getattr(row, name)) for name in names} for row in found]

    user = session.get(UserRow, user_id)
    switch = session.get(MemorySwitchRow, user_id)
    return {
        "user": None if user is None else {
            "id": user.id, "language": user.language, "first_seen_at": _plain(user.first_seen_at),
            "last_seen_at": _plain(user.last_seen_at),
        },
        "memory": {"off": bool(switch and switch.off)},
        "notes": rows(NoteRow, _NOTE, NoteRow.user_id == user_id, NoteRow.id),
        "talks": rows(AnswerRow, _TURN, AnswerRow.user_id == user_id, AnswerRow.id),
        "posts_shown": rows(ReadRow, ("document_id", "last_at"), ReadRow.owner == user_id, ReadRow.last_at),
        "votes": rows(FeedbackRow, ("answer_id", "value", "created_at"), FeedbackRow.user_id == user_id, FeedbackRow.answer_id),
        "drafts": rows(DraftRow, ("network", "language", "content", "created_at"), DraftRow.user_id == user_id, DraftRow.id),
        "glossary": rows(LessonRow, ("kind", "language", "network", "said", "instead", "learnt_at"), LessonRow.user_id == user_id, LessonRow.id),
        "clock": rows(FollowerRow, ("offset_minutes", "hour"), FollowerRow.user_id == user_id, FollowerRow.user_id),
        "followed": rows(FollowRow, ("topic", "mode", "created_at"), FollowRow.user_id == user_id, FollowRow.id),
        "quizzes": rows(QuizPollRow, ("topic", "content", "asked_at", "answered_at", "right"), QuizPollRow.user_id == user_id, QuizPollRow.id),
        "arena": rows(ArenaMatchRow, ("question", "left", "right", "vote", "created_at"), ArenaMatchRow.user_id == user_id, ArenaMatchRow.id),
        "corrections": rows(AuthorWordRow, ("question", "text", "created_at"), AuthorWordRow.author_id == user_id, AuthorWordRow.id),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def forget_memory(session: Session, user_id: int) -> int:
    """Erases notes, reads and switches of a user and takes their words out of others' rows; how many notes that was.

    Turns go with their answers. Called before the answers are deleted: they tell which words are the user's.
    """
    _take_out_of_others(session, user_id)
    notes = len(session.scalars(delete(NoteRow).where(NoteRow.user_id == user_id).returning(NoteRow.id)).all())
    session.execute(delete(ReadRow).where(ReadRow.owner == user_id))
    session.execute(delete(MemorySwitchRow).where(MemorySwitchRow.user_id == user_id))
    session.execute(delete(ArenaMatchRow).where(ArenaMatchRow.user_id == user_id))
    # The author's word stays, for the other readers; the question that it was given to does not.
    theirs = AuthorWordRow.asked_by == user_id
    session.execute(update(AuthorWordRow).where(theirs).values(question=AuthorWordRow.text, asked_by=None))
    own = (AuthorWordRow.author_id == user_id) & AuthorWordRow.asked_by.is_(None)
    session.execute(update(AuthorWordRow).where(own).values(author_id=0))
    return notes


def _take_out_of_others(session: Session, user_id: int) -> None:
    """In a group, a reply to the answer that somebody else got is read with that one's question, and stored with it."""
    mine: Any = session.execute(
        select(AnswerRow.chat_id, AnswerRow.question, AnswerRow.standalone_question).where(
            AnswerRow.user_id == user_id, AnswerRow.chat_id.is_not(None), AnswerRow.chat_id != user_id
        )
    ).all()
    said: dict[int, set[str]] = {}
    for chat_id, *texts in mine:
        said.setdefault(chat_id, set()).update(text for text in texts if len(text) >= LEAST_QUOTED)
    for chat_id, words in said.items():
        others = (AnswerRow.chat_id == chat_id) & or_(AnswerRow.user_id != user_id, AnswerRow.user_id.is_(None))
        for row in session.scalars(select(AnswerRow).where(others)):
            fields = {name: _without(getattr(row, name), words) for name in ("question", "standalone_question", "text")}
            if any(getattr(row, name) != text for name, text in fields.items()):
                row.question, row.standalone_question, row.text = (fields[name] for name in fields)
                session.execute(
                    update(TurnRow)
                    .where(TurnRow.answer_id == row.id)
                    .values(question_terms="", answer_terms="", vector=None, model=None)
                )
        lines = (MessageRow.chat_id == chat_id) & (MessageRow.user_id != user_id)
        for line in session.scalars(select(MessageRow).where(lines)):
            line.text = _without(line.text, words)


def _without(text: str, words: set[str]) -> str:
    for said in sorted(words, key=len, reverse=True):
        text = text.replace(said, "…")
    return text


def forget_older(session: Session, before: datetime, count: int = 1000) -> int:
    """Erases turns, answers, lines, reads and closed notes from before then, `count` answers at most; how many answers."""
    old = select(AnswerRow.id).where(AnswerRow.created_at < before).limit(count)
    ids = list(session.scalars(old))
    if ids:
        session.execute(delete(MessageRow).where(MessageRow.answer_id.in_(ids)))
        session.execute(delete(AnswerRow).where(AnswerRow.id.in_(ids)))
    session.execute(delete(MessageRow).where(MessageRow.created_at < before))
    session.execute(delete(ReadRow).where(ReadRow.last_at < before))
    session.execute(delete(ArenaMatchRow).where(ArenaMatchRow.created_at < before))
    session.execute(delete(NoteRow).where(NoteRow.valid_to < before))
    return len(ids)


def move_to(session: Session, answer_id: int, at: datetime) -> None:
    """Gives an answer and its lines another time: histories are played faster than they happen."""
    session.execute(update(AnswerRow).where(AnswerRow.id == answer_id).values(created_at=at))
    session.execute(update(MessageRow).where(MessageRow.answer_id == answer_id).values(created_at=at))
