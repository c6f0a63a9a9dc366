"""Answers that failed, one after another, and what is kept of them."""

from __future__ import annotations

from konspekt.storage.asked.cases import Cases, KeptCase
from konspekt.storage.conversations import Conversations
from konspekt.storage.database import Database
from tests.storage.test_conversations import ANNA
from tests.storage.test_unanswered import asked

QUOTE = [{"n": 1, "document_id": "c/1", "url": "https://t.me/c/1", "quote": "50 шагов\nDDIM", "title": "t"}]


def test_the_latest_comes_first_and_a_skipped_one_comes_last(database: Database) -> None:
    ids = [asked(database, f"вопрос номер {n}", minutes_ago=60 - n, refused=True) for n in range(3)]
    cases = Cases(database)
    first = cases.next()
    assert first is not None
    assert (first.answer_id, first.left, first.reasons) == (ids[2], 3, {"refused"})
    following = cases.next(before=ids[2])
    assert following is not None
    assert following.answer_id == ids[1]
    after_the_last = cases.next(before=ids[0])
    assert after_the_last is not None
    assert after_the_last.answer_id == ids[2]


def test_a_judged_case_does_not_come_again_and_the_last_word_counts(database: Database) -> None:
    answer = asked(database, "сколько шагов ставить", minutes_ago=5, down=True)
    cases = Cases(database)
    assert cases.decide(answer, "dropped")
    assert cases.next() is None
    assert cases.kept() == []
    assert cases.decide(answer, "post", document_id="c/9", url="https://t.me/c/9", accept=["50 шагов"])
    assert cases.decide(answer, "post", document_id="c/9", url="https://t.me/c/9", accept=["50 шагов"])
    assert cases.kept() == [KeptCase("сколько шагов ставить", ("50 шагов",), "c/9", "https://t.me/c/9")]


def test_an_answer_that_was_right_keeps_its_quotes_and_a_right_refusal_keeps_none(database: Database) -> None:
    answered = asked(database, "сколько шагов ставить", minutes_ago=9, down=True, citations=QUOTE)
    refused = asked(database, "как варить борщ", minutes_ago=5, refused=True)
    cases = Cases(database)
    assert cases.decide(answered, "right")
    assert cases.decide(refused, "right")
    assert cases.kept() == [
        KeptCase("сколько шагов ставить", ("50 шагов DDIM",), "c/1", "https://t.me/c/1"),
        KeptCase("как варить борщ", (), None, None),
    ]


def test_forgetting_a_reader_takes_the_cases_of_their_questions(database: Database) -> None:
    answer = asked(database, "моя личная история", minutes_ago=5, refused=True)
    cases = Cases(database)
    cases.decide(answer, "absent")
    with database.session() as session:
        Conversations(session).forget(ANNA)
    assert cases.kept() == []
    assert not cases.decide(answer, "absent")


def test_the_same_question_of_two_readers_is_one_question(database: Database) -> None:
    one = asked(database, "Где записи лекций?", minutes_ago=9, refused=True)
    two = asked(database, "где записи лекций?", minutes_ago=5, refused=True, user=77)
    cases = Cases(database)
    cases.decide(one, "absent")
    cases.decide(two, "post", document_id="c/4", accept=["на следующий день"])
    assert [case.document_id for case in cases.kept()] == ["c/4"]
