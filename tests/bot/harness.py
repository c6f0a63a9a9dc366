"""A real bot in the test's own loop: the real client over real HTTP, a real database; only the answers are scripted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from konspekt.answering.answer import (
    Answer,
    AnswerEvent,
    Citation,
    Done,
    Partial,
    Status,
    Timings,
    Turn,
)
from konspekt.answering.personal import NOTHING_PERSONAL, Personal
from konspekt.answering.quality.alike import nearly_same
from konspekt.answering.stopping import is_set, unless
from konspekt.app.in_bot.cases import StoredCases
from konspekt.app.in_bot.parts import StoredMemory
from konspekt.app.in_bot.places import StoredPlaces
from konspekt.bot.parts.bot_parts import BotParts, BotSettings, FloodLimits
from konspekt.bot.parts.library import ReindexStep, TryLater
from konspekt.bot.runner import Bot
from konspekt.indexer.passages import Passage
from konspekt.memory.control import MemoryControl
from konspekt.memory.recollection import Recollection
from konspekt.storage.database import Database
from konspekt.storage.models import UpdateRow
from konspekt.storage.statistics import Statistics
from konspekt.storage.updates import Updates
from tests.fakes.bot_api import FakeBotApi

NO_LIMITS = FloodLimits(overall_per_second=0, chat_per_second=0, group_per_minute=0)
ADMIN = 42


def passage(number: int) -> Passage:
    return Passage(
        rank=number,
        score=1.0 / number,
        document_id=f"channel/{number}",
        chunk_id=number,
        title=f"Пост {number} <b>&",
        url=f"https://t.me/channel/{number}",
        published_at=datetime(2025, 1, number, tzinfo=UTC),
        source="Канал",
        text=f"Текст поста {number} про модели & данные.",
        language="ru",
        token_count=10,
    )


def make_answer(question: str, text: str, *, cited: int = 2, found: int = 5, **changes: Any) -> Answer:
    passages = tuple(passage(n) for n in range(1, found + 1))
    citations = tuple(Citation(p.rank, p.document_id, p.title, p.url, p.published_at, p.text) for p in passages[:cited])
    answer = Answer(
        question=question,
        standalone_question=question,
        text=text,
        language="ru",
        refused=False,
        extractive=False,
        citations=citations,
        passages=passages,
        model="scripted",
        timings=Timings(1.0, 2.0, 30.0),
    )
    return replace(answer, **changes)


@dataclass
class ScriptedAnswers:
    """Says `Ответ на «…»` unless a script says otherwise. `pace` seconds pass between two pieces; once it is stopped,
    what was said by then is the answer."""

    pace: float = 0.0
    pieces: int = 2
    script: Callable[[str, Sequence[Turn]], Answer | Exception] | None = None
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)
    personal: list[Personal] = field(default_factory=list)
    running: int = 0
    most_at_once: int = 0

    async def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        language: str | None = None,
        personal: Personal = NOTHING_PERSONAL,
        stop: asyncio.Event | None = None,
    ) -> AsyncGenerator[AnswerEvent]:
        self.asked.append((question, tuple(history)))
        self.personal.append(personal)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            yield Status("searching")
            answer = (
                self.script(question, history) if self.script else make_answer(question, f"Ответ на «{question}» [1].")
            )
            if isinstance(answer, Exception):
                raise answer
            for number in range(1, self.pieces + 1):
                await unless(stop, asyncio.sleep(self.pace))
                if is_set(stop):
                    answer = replace(answer, text=answer.text[: len(answer.text) * (number - 1) // self.pieces])
                    break
                yield Partial(answer.text[: len(answer.text) * number // self.pieces])
            yield Done(answer)
        finally:
            self.running -= 1


class ScriptedSearch:
    def __init__(self) -> None:
        self.queries: list[str] = []

    def search(self, query: str, k: int = 8) -> list[Passage]:
        self.queries.append(query)
        return [] if query == "пусто" else [passage(n) for n in range(1, min(k, 3) + 1)]


@dataclass
class RecordedIndexing:
    posts: list[list[dict[str, Any]]] = field(default_factory=list)
    steps: int = 3
    pause: float = 0.0
    problem: Exception | None = None

    def reindex(self, on_progress: Callable[[ReindexStep], None], should_stop: Callable[[], bool]) -> str:
        for done in range(1, self.steps + 1):
            on_progress(ReindexStep("reading", "Канал", done, self.steps))
            time.sleep(self.pause)
            if should_stop():
                raise TryLater("stopped")
        if self.problem is not None:
            raise self.problem
        return "Канал: +3"

    def index_posts(self, messages: Sequence[dict[str, Any]]) -> int:
        self.posts.append(list(messages))
        return 1


@dataclass
class Running:
    bot: Bot
    api: FakeBotApi
    answers: ScriptedAnswers
    search: ScriptedSearch
    indexing: RecordedIndexing
    database: Database
    task: asyncio.Task[None]

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Waits, without holding up the bot's loop, until something holds; hands back its value."""
        return await asyncio.to_thread(self.api.wait_for, condition)

    async def idle(self) -> None:
        """Until everything that was put in is fetched, worked off and finished."""
        await self.until(lambda: self.api.injected <= finished(self.database))


def finished(database: Database) -> set[int]:
    with database.read() as session:
        return set(session.scalars(select(UpdateRow.id).where(UpdateRow.status != "pending")))


@asynccontextmanager
async def running_bot(
    api: FakeBotApi,
    database: Database,
    *,
    answers: ScriptedAnswers | None = None,
    indexing: Any = None,
    recollection: Recollection | None = None,
    more: Callable[[BotParts, Updates], BotParts] = lambda parts, updates: parts,
    **changes: Any,
) -> AsyncIterator[Running]:
    answers, search, indexing = answers or ScriptedAnswers(), ScriptedSearch(), indexing or RecordedIndexing()
    settings = BotSettings(
        token=api.token,
        api_url=api.url,
        admins=frozenset({ADMIN}),
        flood=NO_LIMITS,
        questions_per_minute=0,
        stop_seconds=10,
    )
    settings = replace(settings, **changes)
    updates = Updates(database, "test")
    parts = BotParts(
        settings,
        answers,
        search,
        StoredMemory(database, updates),
        updates,
        Statistics(database, nearly_same),
        indexing,
        cases=StoredCases(database, search),
        places=StoredPlaces(database),
        recollection=recollection,
        memory_control=None if recollection is None else MemoryControl(database, recollection),
    )
    bot = Bot(more(parts, updates))
    task = asyncio.create_task(bot.run())
    ready = asyncio.create_task(bot.ready.wait())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        ready.cancel()
        task.result()
    try:
        yield Running(bot, api, answers, search, indexing, database, task)
    finally:
        bot.stop()
        await task
