"""Who asked what, and what was answered: memory by (chat, topic, user), answers with all that was found, feedback.

A repository over one open session, so that a caller can make it part of a larger transaction:

    with database.session() as session:
        Conversations(session).record(...)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.dml import Delete, Update

from konspekt.storage.authoring.models_lessons import LessonRow
from konspekt.storage.models import (
    AnswerRow,
    ChatRow,
    DraftRow,
    FeedbackRow,
    MessageRow,
    UserRow,
    utc_now,
)
from konspekt.storage.remembered.own_data import forget_memory


@dataclass(frozen=True, slots=True)
class Line:
    """One remembered line of a conversation; `role` is `user` or `assistant`, `cited` documents that it showed."""

    role: str
    text: str
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much `/forget` erased."""

    messages: int
    answers: int
    feedback: int
    drafts: int
    notes: int = 0


class Conversations:
    def __init__(self, session: Session) -> None:
        self._session = session

    # ---------------------------------------------------------------- people and chats

    def seen(self, user_id: int, chat_id: int, chat_type: str, language: str | None = None) -> None:
        """Note that a user wrote in a chat. Two processes may note the same new user at the same time."""
        self._upsert(UserRow.id, {"id": user_id, "language": language, "last_seen_at": utc_now()})
        self._upsert(ChatRow.id, {"id": chat_id, "type": chat_type})

    def _upsert(self, key: InstrumentedAttribute[int], values: dict[str, Any]) -> None:
        changes = {name: value for name, value in values.items() if name != "id" and value is not None}
        module = sqlite if self._session.get_bind().dialect.name == "sqlite" else postgresql
        statement = module.insert(key.class_).values(**values)
        self._session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changes))

    # ---------------------------------------------------------------- memory

    def history(self, chat_id: int, user_id: int, turns: int, topic_id: int = 0) -> list[Line]:
        """The last `turns` questions with their answers, oldest first. Never another user's, never another chat's or
        another topic's."""
        if turns <= 0:
            return []
        rows = self._session.execute(
            select(MessageRow.role, MessageRow.text, AnswerRow.citations, AnswerRow.refused)
            .outerjoin(AnswerRow, MessageRow.answer_id == AnswerRow.id)
            .where(_read_as_memory(chat_id, user_id, topic_id))
            .order_by(MessageRow.id.desc())
            .limit(turns * 2)
        ).all()
        return [
            Line(role, text, _cited(citations) if role == "assistant" and not refused else ())
            for role, text, citations, refused in reversed(rows)
        ]

    def say(
        self, chat_id: int, user_id: int, role: str, text: str, answer_id: int | None = None, *, topic_id: int = 0
    ) -> int:
        """Add one line to a conversation; the new message's id."""
        row = MessageRow(chat_id=chat_id, user_id=user_id, role=role, text=text, answer_id=answer_id, forgotten=False)
        row.topic_id = topic_id
        self._session.add(row)
        self._session.flush()
        return row.id

    def supersede(self, answer_id: int) -> bool:
        """Another answer takes this one's place: its lines are not read as memory any more. False: they were not."""
        lines = update(MessageRow).where(MessageRow.answer_id == answer_id, MessageRow.forgotten.is_(False))
        return self._rows(lines.values(forgotten=True)) > 0

    def reset(self, chat_id: int, user_id: int, topic_id: int = 0) -> int:
        """Start afresh: what was said is not read as memory any more. Returns how many lines that was."""
        return self._rows(update(MessageRow).where(_read_as_memory(chat_id, user_id, topic_id)).values(forgotten=True))

    # ---------------------------------------------------------------- answers and feedback

    def record(
        self,
        *,
        chat_id: int | None,
        user_id: int | None,
        question: str,
        standalone_question: str,
        text: str,
        refused: bool,
        extractive: bool,
        model: str | None,
        citations: Sequence[dict[str, Any]],
        passages: Sequence[dict[str, Any]],
        timings: dict[str, Any],
        channel: str = "telegram",
        telegram_message_id: int | None = None,
        remember: bool = True,
        topic_id: int = 0,
    ) -> int:
        """Store an answer with everything that was found for it, and (`remember`) both lines as memory; its id."""
        row = AnswerRow(
            chat_id=chat_id,
            user_id=user_id,
            channel=channel,
            question=question,
            standalone_question=standalone_question,
            text=text,
            refused=refused,
            extractive=extractive,
            model=model,
            citations=list(citations),
            passages=list(passages),
            timings=dict(timings),
            telegram_message_id=telegram_message_id,
        )
        self._session.add(row)
        self._session.flush()
        if remember and chat_id is not None and user_id is not None:
            self.say(chat_id, user_id, "user", question, row.id, topic_id=topic_id)
            self.say(chat_id, user_id, "assistant", text, row.id, topic_id=topic_id)
        return row.id

    def answer(self, answer_id: int) -> AnswerRow | None:
        return self._session.get(AnswerRow, answer_id)

    def last_answers(self, chat_id: int, user_id: int, count: int) -> list[AnswerRow]:
        """The last answers of this user in this chat that are still read as memory, oldest first."""
        said = select(MessageRow.answer_id).where(
            MessageRow.chat_id == chat_id,
            MessageRow.user_id == user_id,
            MessageRow.role == "assistant",
            MessageRow.forgotten.is_(False),
        )
        latest = select(AnswerRow).where(AnswerRow.id.in_(said)).order_by(AnswerRow.id.desc()).limit(count)
        return list(reversed(self._session.scalars(latest).all()))

    def answer_sent_as(self, chat_id: int, telegram_message_id: int) -> AnswerRow | None:
        """The answer that a Telegram message carries."""
        said_there = select(AnswerRow).join(MessageRow, MessageRow.answer_id == AnswerRow.id)  # indexed by chat
        found = said_there.where(MessageRow.chat_id == chat_id, AnswerRow.telegram_message_id == telegram_message_id)
        return self._session.scalars(found.limit(1)).first()

    def sent_as(self, answer_id: int, telegram_message_id: int) -> None:
        """Note which Telegram message carries the answer."""
        self._rows(update(AnswerRow).where(AnswerRow.id == answer_id).values(telegram_message_id=telegram_message_id))

    def feedback(self, answer_id: int, user_id: int, value: int) -> bool:
        """One vote per user and answer; a second one replaces the first, 0 takes it back. False when the answer is
        gone."""
        if value not in {1, 0, -1}:
            raise ValueError(f"feedback is +1, 0 or -1, not {value}")
        if not self._session.scalar(select(exists().where(AnswerRow.id == answer_id))):
            return False
        if value == 0:
            votes = delete(FeedbackRow).where(FeedbackRow.answer_id == answer_id, FeedbackRow.user_id == user_id)
            self._rows(votes)
            return True
        self._session.merge(FeedbackRow(answer_id=answer_id, user_id=user_id, value=value, created_at=utc_now()))
        return True

    # ---------------------------------------------------------------- how it is read

    def reads_plain(self, user_id: int) -> bool:
        """Whether a reader asked for formulas and tables as plain text."""
        return bool(self._session.scalar(select(UserRow.reads_plain).where(UserRow.id == user_id)))

    def read_plain(self, user_id: int, plain: bool) -> None:
        self._rows(update(UserRow).where(UserRow.id == user_id).values(reads_plain=plain))

    def keep_forms(self, answer_id: int, forms: dict[str, Any]) -> None:
        self._rows(update(AnswerRow).where(AnswerRow.id == answer_id).values(forms=forms))

    # ---------------------------------------------------------------- forgetting

    def forget(self, user_id: int) -> Forgotten:
        """Erase everything about a user: notes, lines, answers, votes, drafts, and the user itself.

        A private chat has its user's id, so it goes too; a group stays, since others use it as well.
        """
        notes = forget_memory(self._session, user_id)
        feedback = self._rows(delete(FeedbackRow).where(FeedbackRow.user_id == user_id))
        messages = self._rows(delete(MessageRow).where(MessageRow.user_id == user_id))
        answers = self._rows(delete(AnswerRow).where(AnswerRow.user_id == user_id))
        drafts = self._rows(delete(DraftRow).where(DraftRow.user_id == user_id))
        self._session.execute(delete(LessonRow).where(LessonRow.user_id == user_id))
        self._rows(delete(ChatRow).where(ChatRow.id == user_id))
        self._rows(delete(UserRow).where(UserRow.id == user_id))
        return Forgotten(messages, answers, feedback, drafts, notes)

    def _rows(self, statement: Update | Delete) -> int:
        result = self._session.execute(statement, execution_options={"synchronize_session": False})
        self._session.expire_all()
        assert isinstance(result, CursorResult)
        return result.rowcount


def _read_as_memory(chat_id: int, user_id: int, topic_id: int) -> ColumnElement[bool]:
    return and_(
        MessageRow.chat_id == chat_id,
        MessageRow.topic_id == topic_id,
        MessageRow.user_id == user_id,
        MessageRow.forgotten.is_(False),
    )


def _cited(citations: Sequence[dict[str, Any]] | None) -> tuple[str, ...]:
    """Answers of early versions were stored without the documents' ids."""
    return tuple(str(one["document_id"]) for one in citations or () if "document_id" in one)
