"""What counts as unanswered: refused, voted down, asked again within ten minutes by the same reader."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from konspekt.answering.quality.alike import nearly_same
from konspekt.storage.asked.unanswered import unanswered
from konspekt.storage.conversations import Conversations
from konspekt.storage.database import Database
from konspekt.storage.models import AnswerRow, utc_now
from konspekt.storage.statistics import Statistics
from tests.storage.test_conversations import ANNA, BORIS, GROUP, record

DAY = timedelta(days=1)


def asked(database: Database, question: str, *, minutes_ago: float, user: int = ANNA, chat: int | None = None,
          down: bool = False, **changes: Any) -> int:  # fmt: skip
    with database.session() as session:
        talk = Conversations(session)
        answer_id = record(talk, chat or user, user, question, **changes)
        if down:
            talk.feedback(answer_id, user, -1)
        moment = utc_now() - timedelta(minutes=minutes_ago)
        session.execute(update(AnswerRow).where(AnswerRow.id == answer_id).values(created_at=moment))
    return answer_id


def reasons(database: Database) -> dict[int, set[str]]:
    with database.read() as session:
        return {key: set(why) for key, why in unanswered(session, utc_now() - DAY, nearly_same).items()}


def test_refused_voted_down_and_asked_again_are_told_apart(database: Database) -> None:
    good = asked(database, "что такое DDIM", minutes_ago=60)
    refused = asked(database, "как варить борщ", minutes_ago=50, refused=True)
    disliked = asked(database, "что такое LoRA", minutes_ago=40, down=True)
    first = asked(database, "какой сэмплер выбрать", minutes_ago=9)
    last = asked(database, "какой сэмплер выбрать для sdxl", minutes_ago=3)
    assert reasons(database) == {refused: {"refused"}, disliked: {"down"}, first: {"again"}}
    assert good not in reasons(database)
    assert last not in reasons(database)


@pytest.mark.parametrize(
    ("minutes", "second", "user", "chat"),
    [
        (11, "какой сэмплер выбрать", ANNA, None),
        (5, "какой сэмплер выбрать", BORIS, None),
        (5, "какой сэмплер выбрать", ANNA, GROUP),
        (5, "сколько шагов у этого сэмплера", ANNA, None),
        (5, "а почему?", ANNA, None),
    ],
    ids=["later", "another reader", "in another chat", "another question", "a follow-up"],
)
def test_what_is_not_asking_again(database: Database, minutes: float, second: str, user: int, chat: int | None) -> None:
    asked(database, "какой сэмплер выбрать", minutes_ago=30)
    asked(database, second, minutes_ago=30 - minutes, user=user, chat=chat)
    assert reasons(database) == {}


def test_a_question_asked_three_times_failed_twice(database: Database) -> None:
    ids = [asked(database, "когда защита проектов", minutes_ago=minutes) for minutes in (20, 12, 4)]
    assert reasons(database) == {ids[0]: {"again"}, ids[1]: {"again"}}


def test_the_overview_counts_each_unanswered_question_once_and_names_nobody(database: Database) -> None:
    asked(database, "Какой сэмплер выбрать?", minutes_ago=90, refused=True, down=True)
    asked(database, "какой сэмплер лучше выбрать", minutes_ago=80, user=BORIS, down=True)
    asked(database, "что такое DDIM", minutes_ago=70)
    asked(database, "рецепт борща", minutes_ago=60, refused=True)
    overview = Statistics(database, nearly_same).overview(7)
    assert (overview.questions, overview.failed, overview.asked_again) == (4, 3, 0)
    assert [(one.question, one.count) for one in overview.unanswered] == [
        ("Какой сэмплер выбрать?", 2),
        ("рецепт борща", 1),
    ]
    assert str(ANNA) not in repr(overview.unanswered)
