"""A month of following in which the bot is killed thirty times: each due message comes exactly once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

import konspekt.bot.updates.work
import konspekt.bot.wire.delivery
from konspekt.app.in_bot.parts import StoredMemory
from konspekt.assistant.following.followings import reschedule
from konspekt.bot.parts.bot_parts import BotParts, BotSettings
from konspekt.bot.runner import Bot
from konspekt.bot.wire.journal import Journal
from konspekt.bot.wire.request import Wire
from konspekt.indexer.lexical import terms
from konspekt.storage.assisting.following import Follows
from konspekt.storage.assisting.models_following import FollowRow
from konspekt.storage.database import Database
from konspekt.storage.statistics import Statistics
from konspekt.storage.updates import Updates
from tests.bot.following import CHANNEL, MONDAY, FakeClock, Home
from tests.bot.harness import NO_LIMITS, ScriptedAnswers, ScriptedSearch, finished
from tests.fakes.bot_api import FakeBotApi

KILLS, DAYS, POSTS = 30, 30, 60
MONTH = timedelta(days=DAYS)
TOPICS = ("квантизация", "дистилляция", "погода")


class Killed(BaseException):
    """The process is gone: nothing handles it, and nothing comes after it."""


MOMENTS = {  # that a process may end at -> how many of them a step may let pass
    "before a transaction": 8,
    "before a commit": 8,
    "after a commit": 8,
    "before a message leaves": 1,
    "after a message was taken": 1,
}


@dataclass
class Fuse:
    """Kills at the `left`-th moment of a kind."""

    moment: str | None = None
    left: int = 0
    dead: bool = False
    where: list[str] = field(default_factory=list)

    def light(self, chance: random.Random) -> None:
        self.moment = chance.choice(list(MOMENTS))
        self.left = chance.randint(1, MOMENTS[self.moment])

    def burn(self, moment: str) -> None:
        if self.dead:
            raise Killed
        if moment != self.moment:
            return
        self.left -= 1
        if self.left <= 0:
            self.dead, self.moment = True, None
            self.where.append(moment)
            raise Killed


class Mortal(Database):
    """A database of a process that may be killed before a transaction, in it, before its commit and after it."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self.fuse = fuse

    @contextmanager
    def session(self) -> Iterator[Session]:
        self.fuse.burn("before a transaction")
        with super().session() as session:
            yield session
            self.fuse.burn("before a commit")
        self.fuse.burn("after a commit")


@dataclass(frozen=True)
class Reader:
    """What a reader follows, how, and their clock; `when` tells the hour in UTC and the day of a digest."""

    user_id: int
    offset: int
    follows: tuple[tuple[str, str], ...]  # (topic, mode)
    hour: int = 9


READERS = (
    Reader(1, 180, (("квантизация", "now"),)),
    Reader(2, 600, (("квантизация", "daily"), ("погода", "daily"))),
    Reader(3, 0, (("дистилляция", "weekly"),), hour=18),
    Reader(4, -300, (("квантизация", "now"), ("дистилляция", "now"), ("погода", "weekly"))),
    Reader(5, 345, (("погода", "daily"),), hour=21),
)


@dataclass(frozen=True)
class Post:
    number: int
    at: datetime
    topics: tuple[str, ...]
    live: bool

    @property
    def text(self) -> str:
        return f"Новость {self.number:04d}: " + ", ".join(self.topics or ("ничего",))


def local(moment: datetime, reader: Reader) -> datetime:
    return moment + timedelta(minutes=reader.offset)


def by_day(moment: datetime, reader: Reader) -> datetime:
    """Independently of the product: the moment, or 8:00 of the reader's next morning."""
    here = local(moment, reader)
    if 8 <= here.hour < 22:
        return moment
    morning = here.replace(hour=8, minute=0, second=0, microsecond=0)
    return (morning if here.hour < 8 else morning + timedelta(days=1)) - timedelta(minutes=reader.offset)


def slot_of(moment: datetime, reader: Reader, mode: str) -> datetime:
    """When a post that came at this moment is told of."""
    if mode == "now":
        return by_day(moment, reader)
    here = local(moment, reader)
    slot = here.replace(hour=reader.hour, minute=0, second=0, microsecond=0)
    while slot <= here or (mode == "weekly" and slot.weekday() != 0):
        slot += timedelta(days=1)
    return slot - timedelta(minutes=reader.offset)


def drawn_posts(chance: random.Random) -> list[Post]:
    minutes = sorted(chance.sample(range(10, DAYS * 24 * 60 - 10), POSTS))
    return [
        Post(
            100 + 10 * number,
            MONDAY + timedelta(minutes=minute),
            tuple(topic for topic in TOPICS if chance.random() < 0.4),
            live=chance.random() < 0.5,
        )
        for number, minute in enumerate(minutes)
    ]


class World:
    """The bot over a home, started anew whenever it was killed."""

    def __init__(self, folder: Path, url: str, api: FakeBotApi) -> None:
        self.folder, self.api, self.fuse, self.clock = folder, api, Fuse(), FakeClock()
        self.database = Mortal(url, self.fuse)
        self.home = Home(folder, Database(url), self.clock)
        self.bot: Bot | None = None
        self.task: asyncio.Task[None] | None = None
        self.told: list[tuple[datetime, int, str]] = []  # (when by the clock, reader, text)
        self.kills = 0

    async def start(self) -> None:
        updates = Updates(self.database, "test")
        settings = BotSettings(
            token=self.api.token,
            api_url=self.api.url,
            flood=NO_LIMITS,
            stop_seconds=1,
            journal=self.folder / "outbox.journal",
        )
        memory, library = StoredMemory(self.database, updates), Statistics(self.database)
        parts = BotParts(settings, ScriptedAnswers(), ScriptedSearch(), memory, updates, library, self.home.indexing)
        self.clock.sleepers.clear()
        self.bot = Bot(self.home.following(self.database)(parts, updates))
        self.task = asyncio.create_task(self.bot.run())
        await self.wait(lambda: self.bot is not None and (self.bot.ready.is_set() or self.fuse.dead))

    async def stop(self) -> None:
        assert self.bot is not None
        assert self.task is not None
        self.bot.stop()
        with suppress(Killed):
            await self.task

    async def wait(self, condition: Callable[[], Any]) -> None:
        while not condition():
            if self.task is not None and self.task.done() and not self.fuse.dead:
                self.task.result()
            await asyncio.sleep(0.003)

    async def settle(self) -> None:
        """Until all that is due now is done; a killed bot is started again, and goes on."""
        while True:
            await self.wait(lambda: self.fuse.dead or self._at_rest())
            if not self.fuse.dead:
                break
            await self.stop()
            self.kills += 1
            self.fuse.dead = False
            await self.start()
        known = len(self.told)
        self.told += [(self.clock.now(), m["chat"]["id"], m["text"]) for m in self.api.sent()[known:]]

    def _at_rest(self) -> bool:
        assert self.bot is not None
        return bool(
            self.clock.sleepers
            and not self.bot.services.news.is_set()
            and all(due > self.clock.now() for due, _ in self.clock.sleepers)
            and self._nothing_left()
        )

    def _nothing_left(self) -> bool:
        assert self.bot is not None
        return self.bot.workshop.pending == len(self.bot.workshop._later) and self.api.injected <= finished(
            self.home.database
        )


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fuse], None]:
    """A process can also end before a message leaves, and right after the server took it."""

    def watch(fuse: Fuse) -> None:
        left, do_request = Journal.left, Wire.do_request

        def leaving(self: Journal, update_id: int, step: str) -> None:
            fuse.burn("before a message leaves")
            left(self, update_id, step)

        async def requested(self: Wire, *args: Any, **kwargs: Any) -> Any:
            if fuse.dead:
                raise Killed
            result = await do_request(self, *args, **kwargs)
            if str(kwargs.get("url") or args[0]).endswith("/sendMessage"):
                fuse.burn("after a message was taken")
            return result

        monkeypatch.setattr(Journal, "left", leaving)
        monkeypatch.setattr(Wire, "do_request", requested)
        monkeypatch.setattr(konspekt.bot.updates.work, "TRY_AGAIN_AFTER", 0.02)
        monkeypatch.setattr(konspekt.bot.wire.delivery, "FIRST_PAUSE", 0.02)

    return watch


def follow_all(database: Database, home: Home) -> None:
    with database.session() as session:
        follows = Follows(session)
        for reader in READERS:
            row = follows.put_follower(reader.user_id, "ru", reader.hour)
            row.offset_minutes = reader.offset
            for topic, mode in reader.follows:
                follows.add(
                    FollowRow(
                        user_id=reader.user_id, topic=topic, terms=terms(topic), mode=mode, created_at=home.clock.now()
                    )
                )


@pytest.mark.slow
async def test_each_due_message_comes_once_through_thirty_kills(
    tmp_path: Path, database_url: str, watched: Callable[[Fuse], None]
) -> None:
    chance = random.Random(1)
    posts = drawn_posts(chance)
    markers: dict[tuple[int, int], tuple[datetime, str]] = {}  # (reader, post) -> its message
    for reader in READERS:
        for post in posts:
            modes = [mode for topic, mode in reader.follows if topic in post.topics]
            if modes:  # told once, by whichever is first
                slot, mode = min((slot_of(post.at, reader, mode), mode) for mode in modes)
                markers[reader.user_id, post.number] = (slot, mode)
    slots = {message[0] for message in markers.values()}
    end = MONDAY + MONTH
    quiet = {slot_of(MONDAY + timedelta(days=day), reader, "daily") for reader in READERS for day in range(DAYS)}
    times = sorted({*(post.at for post in posts), *(slot for slot in slots if slot <= end), *quiet, end})
    busy = slots | {post.at for post in posts}
    with FakeBotApi() as api:
        world = World(tmp_path, database_url, api)
        world.home.database.migrate()
        follow_all(world.home.database, world.home)
        watched(world.fuse)
        await world.start()
        await world.settle()
        with world.home.database.session() as session:  # as if each had asked
            for reader in READERS:
                row = Follows(session).follower(reader.user_id)
                assert row is not None
                reschedule(Follows(session), row, MONDAY)
        by_time = {post.at: post for post in posts}
        for place, time in enumerate(times):
            left = len([later for later in times[place:] if later in busy])
            wanted = time in busy and world.kills < KILLS and world.fuse.moment is None
            if wanted and chance.random() < 1.5 * (KILLS - world.kills) / max(1, left):
                world.fuse.light(chance)
            post = by_time.get(time)
            world.clock.time = time
            if post is not None:
                fields = {"date": int(time.timestamp())}
                chat = {"id": CHANNEL, "type": "channel", "title": "Канал", "username": "kanal"}
                body = {"message_id": post.number, "chat": chat, "text": post.text, **fields}
                if post.live:
                    api.inject("channel_post", body)
                    if chance.random() < 0.5:
                        api.inject("edited_channel_post", {**body, "text": post.text + "!", "edit_date": 1})
                else:
                    world.home.indexing.index_posts([body])
                    if chance.random() < 0.5:
                        world.home.indexing.index_posts([{**body, "text": post.text + "!"}])
            world.clock.set(time)
            await world.settle()
        world.fuse.moment = None
        await world.stop()
        world.home.database.close()
    assert world.kills == KILLS, world.fuse.where
    assert set(world.fuse.where) == set(MOMENTS), Counter(world.fuse.where)
    due = {key: message for key, message in markers.items() if message[0] <= end}
    for (user, number), (slot, _) in due.items():
        came = [when for when, reader, text in world.told if reader == user and f"Новость {number:04d}" in text]
        assert came == [slot], (user, number)
    assert len(world.told) == len({(user, *message) for (user, _), message in due.items()})
    clocks = {reader.user_id: reader for reader in READERS}
    assert all(8 <= local(when, clocks[user]).hour < 22 for when, user, _ in world.told)
    assert len(world.told) > 50
