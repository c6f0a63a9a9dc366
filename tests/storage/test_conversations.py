"""Memory is one user's in one chat; /reset and /forget take all of it and nothing of anybody else's."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from konspekt.storage.conversations import Conversations, Forgotten
from konspekt.storage.database import Database
from konspekt.storage.models import (
    AnswerRow,
    Base,
    ChatRow,
    DraftRow,
    FeedbackRow,
    MessageRow,
    UserRow,
)

ANNA, BORIS, GROUP = 11, 22, -1001234567890


def record(talk: Conversations, chat_id: int | None, user_id: int | None, question: str, **changes: Any) -> int:
    fields: dict[str, Any] = {
        "chat_id": chat_id,
        "user_id": user_id,
        "question": question,
        "standalone_question": question,
        "text": f"ответ на {question}",
        "refused": False,
        "extractive": False,
        "model": "m",
        "citations": [{"n": 1, "url": "https://t.me/c/1"}],
        "passages": [{"document_id": "c/1", "text": "весь пассаж"}],
        "timings": {"total_ms": 5.0},
    }
    return talk.record(**{**fields, **changes})


def lines(database: Database, chat_id: int, user_id: int, turns: int = 6) -> list[str]:
    with database.session() as session:
        return [line.text for line in Conversations(session).history(chat_id, user_id, turns)]


def count(database: Database, row: type[Base]) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(row)) or 0


def test_memory_is_the_last_turns_oldest_first(database: Database) -> None:
    with database.session() as session:
        for question in ("раз", "два", "три"):
            record(Conversations(session), ANNA, ANNA, question)
    assert lines(database, ANNA, ANNA, turns=2) == ["два", "ответ на два", "три", "ответ на три"]
    assert lines(database, ANNA, ANNA, turns=0) == []


@pytest.mark.parametrize(
    ("citations", "refused", "cited"),
    [
        ([{"n": 1, "document_id": "c/7"}, {"n": 2, "document_id": "c/3"}], False, ("c/7", "c/3")),
        ([{"n": 1, "document_id": "c/7"}], True, ()),  # only the nearest by name
        ([{"n": 1, "url": "https://t.me/c/1"}], False, ()),  # stored by an early version
        ([], False, ()),
    ],
)
def test_an_answer_is_remembered_with_the_documents_that_it_cited(
    database: Database, citations: list[dict[str, Any]], refused: bool, cited: tuple[str, ...]
) -> None:
    with database.session() as session:
        record(Conversations(session), ANNA, ANNA, "раз", citations=citations, refused=refused)
        Conversations(session).say(ANNA, ANNA, "user", "спасибо")
    with database.session() as session:
        found = Conversations(session).history(ANNA, ANNA, 6)
    assert [line.cited for line in found] == [(), cited, ()]


def test_nobody_reads_anothers_memory_nor_that_of_another_chat(database: Database) -> None:
    with database.session() as session:
        talk = Conversations(session)
        record(talk, GROUP, ANNA, "анна в группе")
        record(talk, GROUP, BORIS, "борис в группе")
        record(talk, ANNA, ANNA, "анна наедине")
    assert lines(database, GROUP, ANNA)[0] == "анна в группе"
    assert len(lines(database, GROUP, ANNA)) == 2
    assert lines(database, GROUP, BORIS)[0] == "борис в группе"
    assert lines(database, ANNA, ANNA)[0] == "анна наедине"
    assert lines(database, ANNA, BORIS) == []


def test_reset_ends_the_memory_but_keeps_the_answers(database: Database) -> None:
    with database.session() as session:
        record(Conversations(session), GROUP, ANNA, "старое")
        record(Conversations(session), GROUP, BORIS, "чужое")
    with database.session() as session:
        assert Conversations(session).reset(GROUP, ANNA) == 2
    with database.session() as session:
        assert Conversations(session).reset(GROUP, ANNA) == 0
        record(Conversations(session), GROUP, ANNA, "новое")
    assert lines(database, GROUP, ANNA) == ["новое", "ответ на новое"]
    assert len(lines(database, GROUP, BORIS)) == 2
    assert count(database, AnswerRow) == 3


def test_an_inline_answer_is_stored_and_remembered_by_no_chat(database: Database) -> None:
    with database.session() as session:
        answer_id = record(Conversations(session), None, ANNA, "inline", channel="inline")
    with database.session() as session:
        row = Conversations(session).answer(answer_id)
        assert row is not None
        assert row.channel == "inline"
        assert row.passages == [{"document_id": "c/1", "text": "весь пассаж"}]
    assert count(database, MessageRow) == 0


def test_a_second_vote_replaces_the_first(database: Database) -> None:
    with database.session() as session:
        answer_id = record(Conversations(session), GROUP, ANNA, "вопрос")
        Conversations(session).sent_as(answer_id, 77)
    for value in (1, -1):
        with database.session() as session:
            assert Conversations(session).feedback(answer_id, BORIS, value)
    with database.session() as session:
        assert session.scalars(select(FeedbackRow.value)).all() == [-1]
        assert session.scalars(select(AnswerRow.telegram_message_id)).all() == [77]
        assert not Conversations(session).feedback(answer_id + 1, BORIS, 1)
        with pytest.raises(ValueError, match="not 5"):
            Conversations(session).feedback(answer_id, BORIS, 5)


def test_forget_erases_all_of_one_user_and_counts_it(database: Database) -> None:
    with database.session() as session:
        talk = Conversations(session)
        talk.seen(ANNA, ANNA, "private", "ru")
        talk.seen(ANNA, GROUP, "supergroup", "ru")
        talk.seen(BORIS, GROUP, "supergroup", "en")
        annas = record(talk, GROUP, ANNA, "анна")
        record(talk, ANNA, ANNA, "наедине")
        boris = record(talk, GROUP, BORIS, "борис")
        talk.feedback(boris, ANNA, 1)
        talk.feedback(annas, BORIS, 1)
        talk.feedback(boris, BORIS, 1)
        session.add(
            DraftRow(user_id=ANNA, document_id="c/1", source_hash="h", network="x", language="en", content={"a": 1})
        )
    with database.session() as session:
        assert Conversations(session).forget(ANNA) == Forgotten(messages=4, answers=2, feedback=1, drafts=1)
    with database.session() as session:
        assert Conversations(session).forget(ANNA) == Forgotten(0, 0, 0, 0)
        for row in (MessageRow, AnswerRow, FeedbackRow, DraftRow):
            assert ANNA not in session.scalars(select(row.user_id)).all()
        assert session.scalars(select(UserRow.id)).all() == [BORIS]
        assert session.scalars(select(ChatRow.id)).all() == [GROUP]
    assert lines(database, GROUP, BORIS) == ["борис", "ответ на борис"]


def test_seeing_a_user_again_updates_what_is_known(database: Database) -> None:
    for language in (None, "ru", None):
        with database.session() as session:
            Conversations(session).seen(ANNA, GROUP, "supergroup", language)
    with database.session() as session:
        user = session.scalars(select(UserRow)).one()
        assert user.language == "ru"
        assert user.last_seen_at >= user.first_seen_at
