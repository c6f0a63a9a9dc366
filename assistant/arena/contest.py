"""Two answers to one question, in an order that chance decides."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from konspekt.answering.answer import Done
from konspekt.answering.export import citation_fields
from konspekt.assistant.arena.strengths import Strength, strengths
from konspekt.storage.judging.matches import Match, Matches, Side, Vote

if TYPE_CHECKING:
    from konspekt.answering.answer import Answer
    from konspekt.answering.answerer import Answerer
    from konspekt.answering.texts import Language
    from konspekt.storage.database import Database

QUOTES = "quotes"  # what answers without a model are called
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Contender:
    """A way of answering. `name` None: that of the model that answers, with `at` where it is elsewhere."""

    name: str | None
    answerer: Answerer
    use_model: bool = True
    at: str = ""


class Alike(Exception):
    """Both said the same: there is nothing to choose between."""


class ModelSilent(Exception):
    """A model did not answer, and quotes would have stood in its place."""


class Arena:
    """Answers a question twice and keeps what was chosen. `chance`: a number of 0 ≤ x < 1."""

    def __init__(
        self, database: Database, contenders: Sequence[Contender], chance: Callable[[], float] = random.random
    ) -> None:
        self._database, self._contenders, self._chance = database, contenders, chance

    @property
    def open(self) -> bool:
        """Whether there are two to be compared."""
        return len(self._contenders) > 1

    async def contest(self, user_id: int, question: str, language: Language | None = None) -> Match:
        """Two answers, one after the other: on one machine they would slow each other down.

        Raises Alike, ModelSilent, konspekt.indexer.errors.NoIndexError, konspekt.storage.errors.StorageError.
        """
        chosen = self._drawn()
        left, right = [await _side(one, question, language) for one in chosen]
        if left.name == right.name or " ".join(left.text.split()) == " ".join(right.text.split()):
            raise Alike
        match_id = await asyncio.to_thread(self._keep, user_id, question, left, right)
        return Match(match_id, question, left, right, None)

    def _drawn(self) -> list[Contender]:
        """Two different ones, each of either side as often."""
        left = list(self._contenders)
        return [left.pop(int(self._chance() * len(left))) for _ in range(2)]

    def _keep(self, user_id: int, question: str, left: Side, right: Side) -> int:
        with self._database.session() as session:
            return Matches(session).add(user_id, question, left, right)

    def match(self, user_id: int, match_id: int) -> Match | None:
        """Blocks, as do the next two."""
        with self._database.read() as session:
            return Matches(session).of(user_id, match_id)

    def vote(self, user_id: int, match_id: int, vote: Vote) -> Literal["taken", "kept", "gone"]:
        with self._database.session() as session:
            return Matches(session).vote(user_id, match_id, vote)

    def table(self) -> list[Strength]:
        with self._database.read() as session:
            votes = Matches(session).votes()
        return strengths(votes)


async def _side(one: Contender, question: str, language: Language | None) -> Side:
    answer: Answer | None = None
    async with aclosing(one.answerer.stream(question, use_model=one.use_model, language=language)) as events:
        async for event in events:
            if isinstance(event, Done):
                answer = event.answer
    assert answer is not None, "a stream ends with an answer"
    if one.name is None and answer.notice and answer.extractive:
        raise ModelSilent
    name = one.name or " · ".join(part for part in (answer.model or "model", one.at) if part)
    return Side(name[:LONGEST_NAME], answer.text, tuple(citation_fields(citation) for citation in answer.citations))
