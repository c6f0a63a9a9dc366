"""Messages that are due: each becomes a job in the bot's inbox, in the transaction that takes it off the schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from konspekt.assistant.following.clock import Clock
from konspekt.assistant.following.followings import offset_of
from konspekt.assistant.following.schedule import Mode, after_night, is_night, next_digest
from konspekt.storage.assisting.following import Follows
from konspekt.storage.assisting.models_following import FollowerRow
from konspekt.storage.database import Database
from konspekt.storage.updates import StoredUpdate, Updates

AT_ONCE = 50  # readers whose messages are made in one transaction


@dataclass(frozen=True, slots=True)
class Due:
    """A message to be sent. `id` is never given out twice."""

    id: int
    user_id: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    text: str
    url: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Section:
    """What was found for one follow and stands in no section before."""

    follow_id: int
    topic: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """`at_night`: it is night where the reader is; it is sent in the morning."""

    language: str
    mode: Mode
    sections: tuple[Section, ...]
    at_night: bool


class Letters:
    """Calls block."""

    def __init__(self, database: Database, updates: Updates, clock: Clock) -> None:
        self._database, self._updates, self._clock = database, updates, clock

    def claim(self, job_of: Callable[[Due], dict[str, Any]]) -> list[StoredUpdate]:
        """Makes jobs of what is due now. A digest that was missed, however often, is one; an empty one is none."""
        jobs = []
        with self._database.session() as session:
            follows, now = Follows(session), self._clock.now()
            for user_id, mode in follows.due(now, AT_ONCE):
                reader = follows.follower(user_id)
                if reader is None or reader.blocked:
                    follows.nothing_due(user_id)
                    continue
                if is_night(now, offset_of(reader)):  # the bot was down when it was day
                    follows.put_due(user_id, mode, after_night(now, offset_of(reader)))
                    continue
                documents = follows.untold(user_id, mode)
                if documents:
                    due = Due(follows.new_message(user_id, mode, documents, now), user_id, _mode(mode))
                    jobs.append(self._updates.store_along(session, job_of(due)))
                follows.put_due(user_id, mode, _next(reader, _mode(mode), now))
        return jobs

    def letter(self, message_id: int) -> Letter | None:
        """What a message says; None where nothing of it is left to say, or nobody to say it to."""
        with self._database.read() as session:
            follows = Follows(session)
            message = follows.message(message_id)
            reader = follows.follower(message.user_id) if message is not None else None
            if message is None or reader is None or reader.blocked:
                return None
            sections: dict[int, tuple[str, list[Item]]] = {}
            seen: set[str] = set()
            for follow, document in follows.told_by(message_id):
                if document.id in seen:
                    continue
                seen.add(document.id)
                item = Item(document.title, document.text, document.url, document.published_at)
                sections.setdefault(follow.id, (follow.topic, []))[1].append(item)
            if not sections:
                return None
            parts = tuple(Section(number, topic, tuple(items)) for number, (topic, items) in sections.items())
            night = is_night(self._clock.now(), offset_of(reader))
            return Letter(reader.language, _mode(message.mode), parts, night)


def _next(reader: FollowerRow, mode: Mode, now: datetime) -> datetime | None:
    """What is to be told at once has no next time: the next post brings it."""
    return None if mode == "now" else next_digest(mode, now, reader.hour, offset_of(reader))


def _mode(text: str) -> Mode:
    return text  # type: ignore[return-value]
