"""Which question a reader is asked next, what their answer was, and how they are doing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from konspekt.assistant.following.clock import Clock
from konspekt.assistant.learning.bank import Bank, Material
from konspekt.assistant.learning.cards import is_well_known, reviewed
from konspekt.assistant.learning.facts import Fact
from konspekt.assistant.learning.questions import Question, question_of
from konspekt.storage.assisting.learning import Learned
from konspekt.storage.assisting.models_learning import QuizPollRow
from konspekt.storage.database import Database

PROGRESS_DAYS = 30
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to be sent as a poll. `row` is its number here; Telegram's comes when it was sent."""

    row: int
    question: Question


@dataclass(frozen=True, slots=True)
class NotAsked:
    """`nothing`: the material (on this topic) has no questions. `later`: all were asked; one comes again at `due`."""

    reason: Literal["nothing", "later"]
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it was taken: whether right, what was right, and the sentence that bears it out."""

    row: int
    right: bool
    answer: str
    sentence: str
    title: str
    url: str | None
    language: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """(date, right, wrong) for each of the last days, and how many questions are known how well."""

    days: tuple[tuple[datetime, int, int], ...]
    cards: int
    well_known: int
    due: int
    questions: int  # that the material has

    @property
    def answers(self) -> int:
        return sum(right + wrong for _, right, wrong in self.days)


class Quizzes:
    """Calls block; the first one after a change of the index mines the material, which may take long."""

    def __init__(self, database: Database, bank: Bank, clock: Clock) -> None:
        self._database, self._bank, self._clock = database, bank, clock

    def now(self) -> datetime:
        return self._clock.now()

    def prepare(self) -> None:
        """Mines the material where the index is new."""
        self._bank.material()

    def ask(self, user_id: int, language: str, topic: str | None = None) -> Asked | NotAsked:
        """The question that is due longest, else a new one. What was asked within a day and waits for its answer is
        not asked again."""
        material, now = self._bank.material(), self._clock.now()
        with self._database.session() as session:
            learned = Learned(session)
            facts = {key: fact for key, fact in material.by_key.items() if fact in set(material.about(topic))}
            cards = [card for card in learned.cards(user_id) if card.question in facts]
            waiting = learned.open_questions(user_id, now - DAY)
            known = {card.question for card in cards}
            due = [card.question for card in cards if card.due <= now and card.question not in waiting]
            new = sorted(facts.keys() - known - waiting, key=lambda key: _shuffled(user_id, key))
            for key in [*due, *new]:
                question = _question(facts[key], material, seed=user_id + len(cards))
                if question is not None:
                    row = QuizPollRow(
                        user_id=user_id,
                        question=key,
                        topic=topic,
                        language=language,
                        content=_content(question),
                        asked_at=now,
                    )
                    return Asked(learned.add_poll(row), question)
            later = min((card.due for card in cards), default=None)
            return NotAsked("later", later) if later is not None or waiting & facts.keys() else NotAsked("nothing")

    def example(self, chance: int, topic: str | None = None) -> Question | None:
        """A question for a group, where nobody's answers are kept."""
        material = self._bank.material()
        for fact in sorted(material.about(topic), key=lambda fact: _shuffled(chance, fact.ask)):
            question = _question(fact, material, seed=chance)
            if question is not None:
                return question
        return None

    def sent(self, user_id: int, row_id: int, poll_id: str) -> None:
        """The number that Telegram tells the answer by."""
        with self._database.session() as session:
            row = Learned(session).poll(user_id, row_id)
            if row is not None:
                row.poll_id = poll_id

    def answer(self, user_id: int, poll_id: str, option: int) -> Answered | None:
        """Takes a reader's answer, once: a second telling of it changes nothing. None for a poll that is not theirs."""
        now = self._clock.now()
        with self._database.session() as session:
            learned = Learned(session)
            row = learned.answered_poll(user_id, poll_id)
            if row is None:
                return None
            card = learned.card(user_id, row.question)
            if row.answered_at is None:
                row.poll_id, row.answered_at = poll_id, now
                row.right = option == row.content["correct"]
                after, due = reviewed(card.card if card is not None else None, row.right, now)
                learned.put_card(user_id, row.question, after, due)
            else:
                due = card.due if card is not None else now
            said = row.content
            return Answered(
                row.id, bool(row.right), said["right"], said["sentence"], said["title"], said["url"], row.language, due
            )

    def topic_of(self, user_id: int, row_id: int) -> str | None:
        """What a quiz was about, for its next question."""
        with self._database.read() as session:
            row = Learned(session).poll(user_id, row_id)
            return row.topic if row is not None else None

    def progress(self, user_id: int) -> Progress:
        now = self._clock.now()
        first = (now - (PROGRESS_DAYS - 1) * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        with self._database.read() as session:
            learned = Learned(session)
            answers, cards = learned.answers(user_id, first), learned.cards(user_id)
            _, due = learned.counts(user_id, now)
        days = [first + number * DAY for number in range(PROGRESS_DAYS)]
        return Progress(
            tuple((day, _count(answers, day, right=True), _count(answers, day, right=False)) for day in days),
            len(cards),
            sum(is_well_known(card.card) for card in cards),
            due,
            len(self._bank.material().facts),
        )


def _question(fact: Fact, material: Material, seed: int) -> Question | None:
    return question_of(fact, material.facts, material.sentences, seed)


def _content(question: Question) -> dict[str, Any]:
    source = question.fact.source
    return {
        "kind": question.kind,
        "ask": question.ask,
        "options": list(question.options),
        "correct": question.correct,
        "right": question.fact.right,
        "sentence": source.text,
        "title": source.title,
        "url": source.url,
    }


def _count(answers: Sequence[tuple[datetime, bool]], day: datetime, *, right: bool) -> int:
    return sum(was_right == right and when.date() == day.date() for when, was_right in answers)


def _shuffled(seed: int, key: str) -> str:
    """An order of its own for each reader, the same each time."""
    return hashlib.sha256(f"{seed} {key}".encode()).hexdigest()
