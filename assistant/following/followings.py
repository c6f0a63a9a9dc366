"""What a reader follows: to begin, to end, how often to be told, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import numpy as np

from konspekt.assistant.following.clock import Clock
from konspekt.assistant.following.schedule import DIGEST_HOUR, DIGEST_HOURS, MODES, Mode, after_night, next_digest
from konspekt.assistant.following.topics import LONGEST_TOPIC, tidy
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.errors import IndexerError
from konspekt.indexer.lexical import terms
from konspekt.indexer.query.understanding import Understood
from konspekt.storage.assisting.following import Follows
from konspekt.storage.assisting.models_following import FollowerRow, FollowRow
from konspekt.storage.database import Database

MOST_FOLLOWS = 20  # per reader
DEFAULT_OFFSET = {"ru": 180}  # minutes, until the reader says: Moscow for Russian, UTC for others
FARTHEST = 14 * 60  # no place's clock is further from UTC


class Understands(Protocol):
    """Reads a topic as search does: `konspekt.indexer.searching.search.Searcher`."""

    def understand(self, query: str) -> Understood: ...


@dataclass(frozen=True, slots=True)
class Follow:
    id: int
    topic: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class Reader:
    """`offset_minutes` None: they have not told what time it is where they are."""

    offset_minutes: int | None
    hour: int
    follows: tuple[Follow, ...]


@dataclass(frozen=True, slots=True)
class Begun:
    """`known`: it was followed before. `full`: there are too many. `empty`: the topic has no words to look for."""

    outcome: Literal["new", "known", "full", "empty"]
    follow: Follow | None = None
    ask_time: bool = False  # the first one of a reader whose clock is not known


def offset_of(row: FollowerRow) -> int:
    """Minutes of the reader's clock ahead of UTC, or a likely guess."""
    return row.offset_minutes if row.offset_minutes is not None else DEFAULT_OFFSET.get(row.language, 0)


class Followings:
    """Calls block."""

    def __init__(self, database: Database, searcher: Understands, embedder: Embedder, clock: Clock) -> None:
        self._database, self._searcher, self._embedder, self._clock = database, searcher, embedder, clock

    def begin(self, user_id: int, language: str, topic: str) -> Begun:
        """Follows a topic at once. The same words in another order or form are the same topic."""
        topic = tidy(topic)[:LONGEST_TOPIC]
        wanted = self._terms(topic)
        if not wanted:
            return Begun("empty")
        vector = np.asarray(self._embedder.embed_queries([topic])[0], "<f4").tobytes()
        with self._database.session() as session:
            follows = Follows(session)
            reader = follows.put_follower(user_id, language, DIGEST_HOUR)
            theirs = follows.of_reader(user_id)
            for row in theirs:
                if set(row.terms) == set(wanted):
                    return Begun("known", _follow(row))
            if len(theirs) >= MOST_FOLLOWS:
                return Begun("full")
            row = FollowRow(
                user_id=user_id,
                topic=topic,
                terms=wanted,
                vector=vector,
                model=self._embedder.name,
                mode="now",
                created_at=self._clock.now(),
            )
            follows.add(row)
            reschedule(follows, reader, self._clock.now())
            return Begun("new", _follow(row), ask_time=reader.offset_minutes is None and not theirs)

    def reader(self, user_id: int) -> Reader | None:
        with self._database.read() as session:
            row = Follows(session).follower(user_id)
            if row is None:
                return None
            follows = tuple(map(_follow, Follows(session).of_reader(user_id)))
            return Reader(row.offset_minutes, row.hour, follows)

    def end(self, user_id: int, follow_id: int) -> Follow | None:
        """None where the reader has no such follow (any more)."""
        with self._database.session() as session:
            follows = Follows(session)
            row, reader = follows.get(user_id, follow_id), follows.follower(user_id)
            if row is None or reader is None:
                return None
            ended = _follow(row)
            follows.end(row)
            reschedule(follows, reader, self._clock.now())
            return ended

    def end_topic(self, user_id: int, topic: str) -> Follow | None:
        """Ends the follow of this topic, however it is worded."""
        wanted = set(self._terms(tidy(topic)))
        reader = self.reader(user_id)
        with self._database.read() as session:
            found = [row.id for row in Follows(session).of_reader(user_id) if set(row.terms) == wanted]
        return self.end(user_id, found[0]) if reader and found else None

    def set_mode(self, user_id: int, follow_id: int, mode: str) -> Follow | None:
        with self._database.session() as session:
            follows = Follows(session)
            row, reader = follows.get(user_id, follow_id), follows.follower(user_id)
            if row is None or reader is None or mode not in MODES:
                return None
            row.mode = mode
            session.flush()
            reschedule(follows, reader, self._clock.now())
            return _follow(row)

    def set_clock(self, user_id: int, *, hour: int | None = None, offset_minutes: int | None = None) -> bool:
        """The hour of digests, or what time it is where the reader is. False for values that cannot be."""
        if (hour is not None and hour not in DIGEST_HOURS) or abs(offset_minutes or 0) > FARTHEST:
            return False
        with self._database.session() as session:
            follows = Follows(session)
            reader = follows.follower(user_id)
            if reader is None:
                return False
            reader.hour = reader.hour if hour is None else hour
            reader.offset_minutes = reader.offset_minutes if offset_minutes is None else offset_minutes
            session.flush()
            reschedule(follows, reader, self._clock.now())
            return True

    def set_blocked(self, user_id: int, blocked: bool) -> None:
        """A reader who stopped the bot is sent nothing until they start it again."""
        with self._database.session() as session:
            follows = Follows(session)
            reader = follows.follower(user_id)
            if reader is None or reader.blocked == blocked:
                return
            reader.blocked = blocked
            session.flush()
            reschedule(follows, reader, self._clock.now())

    def now(self) -> datetime:
        return self._clock.now()

    def _terms(self, topic: str) -> list[str]:
        """As search reads it: keyboard, alphabet and slips put right. Where nothing is indexed, as it stands."""
        try:
            read = self._searcher.understand(topic).text
        except IndexerError:
            read = topic
        return list(dict.fromkeys(terms(read)))


def reschedule(follows: Follows, reader: FollowerRow, now: datetime) -> None:
    """Sets when a reader's messages are due after anything about them changed. What is overdue stays so."""
    if reader.blocked:
        follows.nothing_due(reader.user_id)
        return
    wanted = {row.mode for row in follows.of_reader(reader.user_id)}
    for mode in MODES:
        due = follows.due_of(reader.user_id, mode)
        if mode not in wanted:
            follows.put_due(reader.user_id, mode, None)
        elif due is None or due > now:
            follows.put_due(reader.user_id, mode, _due(follows, reader, mode, now))


def _due(follows: Follows, reader: FollowerRow, mode: Mode, now: datetime) -> datetime | None:
    if mode != "now":
        return next_digest(mode, now, reader.hour, offset_of(reader))
    return after_night(now, offset_of(reader)) if follows.untold(reader.user_id, mode) else None


def _follow(row: FollowRow) -> Follow:
    mode: Mode = row.mode  # type: ignore[assignment]
    return Follow(row.id, row.topic, mode)
