"""Finding the turns that a message is about: by topic, by date, by what a follow-up leans on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.lexical import terms
from konspekt.memory.recalled import Reader
from konspekt.memory.search import Hit, Vector, alike, search_turns
from konspekt.memory.understanding.dates import When
from konspekt.memory.understanding.past import PastQuestion
from konspekt.storage.remembered.notes import Notes
from konspekt.storage.remembered.turns import StoredTurn, turns_of

MOST_LISTED = 10
BEST = 5
# Whether a turn is about a topic: benchmarks/memory measures both
COVERED = 0.5  # of the topic's words, or of its names
CLOSE = 0.88  # cosine of the topic with the turn's question
ALIKE = 0.92  # cosine of two questions: asked in other words, they are about one thing
TALK_PAUSE = timedelta(hours=6)


class Embedding(Protocol):
    def vector(self, text: str) -> Vector | None: ...
    @property
    def embedder(self) -> Embedder | None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """Answer ids, best first (or oldest first where no topic was asked for). `elsewhere`: not in the time asked for."""

    ids: tuple[int, ...] = ()
    total: int = 0
    any_turns: bool = True
    elsewhere: bool = False
    event_unknown: bool = False


class TurnFinder:
    def __init__(self, session: Session, reader: Reader, now: datetime, embedding: Embedding) -> None:
        self._session, self._reader, self._now, self._embedding = session, reader, now, embedding

    def about(self, past: PastQuestion) -> Found:
        """The turns that a question about the past is about; the nearest in time where it names no topic."""
        time, unknown = self._resolved(past.when)
        found = self._within(past, time)
        if not found.ids and time is not None and past.topic:
            found = replace(self._within(past, None), elsewhere=True)
        if not found.ids:
            found = replace(found, any_turns=bool(self._turns()), elsewhere=False)
        return replace(found, event_unknown=unknown)

    def leant_on(self, question: str) -> Found:
        """The turn whose topic a follow-up names; none where it names nothing that was talked about."""
        if not terms(question):
            return Found()
        turns = self._turns()
        hits = self._about(search_turns(question, turns, None, None))  # most name it: nothing need be embedded
        hits = hits or self._about(self._search(question, turns))
        return Found(tuple(hit.turn.answer_id for hit in hits[:1]), len(hits))

    # ---------------------------------------------------------------- inside

    def _turns(self, since: datetime | None = None, until: datetime | None = None) -> list[StoredTurn]:
        return turns_of(self._session, self._reader.owner, since, until, topic_id=self._reader.topic)

    def _within(self, past: PastQuestion, time: When | None) -> Found:
        since, until = (time.since, time.until) if time is not None else (None, None)
        turns = self._turns(since, until)
        if time is not None and time.last_talk:
            turns = _last_talk(turns, self._now)
        if past.topic:
            hits = self._about(self._search(past.topic, turns))
            return Found(tuple(hit.turn.answer_id for hit in hits[:BEST]), len(hits))
        latest = turns[-MOST_LISTED:]
        if past.kind != "asked":
            latest = latest[: -BEST - 1 : -1]  # the newest first
        return Found(tuple(turn.answer_id for turn in latest), len(turns))

    def _search(self, topic: str, turns: list[StoredTurn]) -> list[Hit]:
        embedder = self._embedding.embedder
        vector = self._embedding.vector(topic) if turns else None
        model = embedder.name if embedder is not None else None
        return search_turns(topic, turns, vector, model)

    @staticmethod
    def _about(hits: list[Hit]) -> list[Hit]:
        """Those that are about the topic at all: the nearest of what was never talked about is nothing.

        The same thing asked in other words is found by its likeness to what the topic itself found.
        """
        found = [hit for hit in hits if hit.covered >= COVERED or (hit.cosine or 0.0) >= CLOSE]
        chosen = {hit.turn.answer_id for hit in found}
        others = [hit for hit in hits if hit.turn.answer_id not in chosen]
        return [*found, *alike(found[:BEST], others, ALIKE)]

    def _resolved(self, time: When | None) -> tuple[When | None, bool]:
        """«до отпуска» as dates, from when the reader spoke of it last; whether that is not known."""
        if time is None or time.event is None:
            return time, False
        wanted = set(terms(time.event))
        spoken = [t.created_at for t in self._turns() if wanted & set(t.question_terms.split())]
        if self._reader.private:
            spoken += [
                n.valid_from for n in Notes(self._session).of(self._reader.user_id) if wanted & set(terms(n.text))
            ]
        if not spoken:
            return None, True
        moment = max(spoken)
        if time.side == "before":
            return replace(time, until=moment), False
        if time.side == "after":
            return replace(time, since=moment), False
        return replace(time, since=moment, until=moment + timedelta(days=14)), False


def _last_talk(turns: list[StoredTurn], now: datetime) -> list[StoredTurn]:
    """The talk before the one that goes on."""
    talks: list[list[StoredTurn]] = []
    for turn in turns:
        if talks and turn.created_at - talks[-1][-1].created_at <= TALK_PAUSE:
            talks[-1].append(turn)
        else:
            talks.append([turn])
    if talks and now - talks[-1][-1].created_at <= TALK_PAUSE and len(talks) > 1:
        talks.pop()
    return talks[-1] if talks else []
