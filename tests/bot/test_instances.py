"""Two instances on one PostgreSQL behind one webhook: what readers see does not depend on who takes an update in."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import konspekt.bot.updates.albums
import konspekt.storage.instances.inbox
from konspekt.bot.parts.bot_parts import BotParts, FloodLimits
from konspekt.storage.database import Database
from tests.bot.harness import NO_LIMITS, Running, ScriptedAnswers, finished, running_bot
from tests.bot.instance_process import SECRET, just_leaving, shared_parts
from tests.conftest import ROOT
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.webhooks import Webhooks

pytestmark = pytest.mark.postgres
LEASE = 1.5
CHANNEL = -1001234567890


@pytest.fixture
def store(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    database.migrate()
    yield database
    database.close()


@asynccontextmanager
async def two_bots(
    api: FakeBotApi, store: Database, folder: Path, *, pace: float = 0.0, lease: float = 30.0, **changes: Any
) -> AsyncIterator[tuple[list[Running], Webhooks]]:
    """Each with connections of its own, as on two machines."""
    bots: list[Running] = []
    async with AsyncExitStack() as stack:
        for name in "ab":
            database = Database(store.url.render_as_string(hide_password=False))
            stack.callback(database.close)
            (folder / name).mkdir()
            answers = ScriptedAnswers(pace=pace)

            def more(parts: BotParts, _: Any, database: Database = database, home: Path = folder / name) -> BotParts:
                shared = shared_parts(parts.settings, database, home, parts.answers, lease)
                return replace(parts, inbox=shared.inbox, memory=shared.memory, meters=shared.meters, bell=shared.bell)

            hook = {"webhook_url": "https://bot.example/hook", "webhook_secret": SECRET}
            hook |= {"webhook_listen": "127.0.0.1:0", "journal": folder / name / "outbox.journal"}
            settings = {**hook, "renew_every": lease / 6, **changes}
            bots.append(await stack.enter_async_context(
                running_bot(api, database, answers=answers, more=more, **settings)))  # fmt: skip
        for run in bots:
            await run.until(lambda run=run: run.bot.webhook is not None)
        urls = [f"http://127.0.0.1:{run.bot.webhook.port}/hook" for run in bots if run.bot.webhook is not None]
        webhooks = Webhooks(lambda: urls, SECRET)
        stack.push_async_callback(webhooks.close)
        yield bots, webhooks


async def ask(api: FakeBotApi, webhooks: Webhooks, chats: range, questions: int) -> list[tuple[int, int]]:
    """Each chat asks one question after the other, all chats at once; (chat, message) of all, in order by chat."""

    async def one(chat: int) -> list[tuple[int, int]]:
        asked = []
        for number in range(questions):
            update = api.private_text(chat, f"Вопрос {number} из чата {chat}")
            await webhooks.deliver(update)
            asked.append((chat, update["message"]["message_id"]))
        return asked

    return [pair for pairs in await asyncio.gather(*map(one, chats)) for pair in pairs]


def replies(api: FakeBotApi) -> list[tuple[int, int]]:
    return [(message["chat"]["id"], message["reply_to"]) for message in api.sent()]


def of_chat(pairs: list[tuple[int, int]], chat: int) -> list[int]:
    return [message for where, message in pairs if where == chat]


async def test_two_bots_answer_everything_once_in_order_and_within_the_limits_of_their_token(
    api: FakeBotApi, store: Database, tmp_path: Path
) -> None:
    limits = FloodLimits(overall_per_second=10, chat_per_second=0, group_per_minute=0)
    api.flood.overall_second = 20  # a burst of ten and ten more; two bots on their own would send forty
    chats = range(1, 13)
    async with two_bots(api, store, tmp_path, pace=0.05, flood=limits) as (bots, webhooks):
        asked = await ask(api, webhooks, chats, 3)
        await bots[0].until(lambda: len(api.sent()) >= len(asked))
        await bots[0].until(lambda: api.injected <= finished(store))
        assert all(run.answers.asked for run in bots)
        assert webhooks.refused == 0
    assert [call for call in api.calls if not call.ok] == []
    for chat in chats:
        assert of_chat(replies(api), chat) == of_chat(asked, chat)


async def test_one_chat_is_one_talk_whichever_bot_hears_what(
    api: FakeBotApi, store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An album, a Stop, an edit and a post that Telegram delivers twice: all of it needs what one process remembers.

    Both are late with their signs of life all the time, as on a machine that has too much to do.
    """
    monkeypatch.setattr(konspekt.storage.instances.inbox, "CERTAIN", 0.0)
    monkeypatch.setattr(konspekt.bot.updates.albums, "PAUSE", 0.5)
    async with two_bots(api, store, tmp_path, pace=0.1, flood=NO_LIMITS) as (bots, webhooks):
        for caption in (None, "Что здесь?", None):
            await webhooks.deliver(api.photo(7, 7, caption, media_group_id="m"))
        question = api.private_text(8, "Долгий вопрос")
        for run in bots:
            run.answers.pieces = 100
        await webhooks.deliver(question)
        draft = await bots[0].until(lambda: [c for c in api.called("sendMessageDraft") if c.params["chat_id"] == "8"])
        stop = api.stop_draft(draft[0])
        await webhooks.deliver(stop)
        await bots[0].until(lambda: api.sent(8))
        for run in bots:
            run.answers.pieces = 2
        post = api.channel_post(CHANNEL, "Новый пост")
        await asyncio.gather(*(webhooks.everywhere(post) for _ in range(3)))
        await bots[0].until(lambda: len(api.sent(7)) == 1)
        edit = api.edited(question, "Другой вопрос")
        await webhooks.deliver(edit)
        await bots[0].until(lambda: "Другой" in api.texts(8)[-1])
        await bots[0].until(lambda: api.injected <= finished(store))
        posts = [text for run in bots for texts in run.indexing.posts for text in texts]
    assert len(api.sent(7)) == len(api.sent(8)) == len(posts) == 1


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


class Instance:
    """A process that is never left behind."""

    def __init__(self, api: FakeBotApi, store: Database, home: Path, pace: float) -> None:
        home.mkdir()
        self.home, self.port = home, free_port()
        url = store.url.render_as_string(hide_password=False)
        arguments = (api.url, api.token, url, str(home), str(self.port), str(pace), str(LEASE))
        self._command = (sys.executable, "-m", "tests.bot.instance_process", *arguments)
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.port}"

    def start(self) -> None:
        env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        with (self.home / "log").open("ab") as log:
            self.running = subprocess.Popen(self._command, env=env, cwd=self.home, stderr=log)

    def stop(self, number: signal.Signals) -> int:
        if self.running is None:
            return 0
        self.running.send_signal(number)
        status = self.running.wait(timeout=60)
        self.running = None
        return status


@pytest.fixture
def instances(api: FakeBotApi, store: Database, tmp_path: Path) -> Iterator[list[Instance]]:
    both = [Instance(api, store, tmp_path / name, pace=0.4) for name in "ab"]
    for one in both:
        one.start()
    yield both
    for one in both:
        one.stop(signal.SIGKILL)


async def test_what_a_killed_instance_was_writing_is_finished_by_the_other_as_one_answer(
    api: FakeBotApi, store: Database, instances: list[Instance]
) -> None:
    """It stays away. Only a message that was just leaving, of which its journal alone knows, may come twice."""
    dying, living = instances

    def until(condition: Any) -> Any:
        return asyncio.to_thread(api.wait_for, condition, patience=300)

    await until(lambda: len(api.called("setWebhook")) == 2)
    webhooks = Webhooks(lambda: [one.url for one in instances if one.running is not None], SECRET)
    chats = range(1, 9)
    asked = await ask(api, webhooks, chats, 2)
    await until(lambda: len(api.sent()) >= 4)
    dying.stop(signal.SIGKILL)
    doubtful = just_leaving(store, dying.home / "outbox.journal")
    asked += (later := await ask(api, webhooks, chats, 1))
    assert len(later) == len(chats)
    await until(lambda: set(asked) <= set(replies(api)))
    assert living.stop(signal.SIGTERM) == 0
    await webhooks.close()
    too_many = Counter(replies(api)) - Counter(asked)
    assert too_many.total() <= len(doubtful)
    for chat in chats:
        assert list(dict.fromkeys(of_chat(replies(api), chat))) == sorted(of_chat(asked, chat))
