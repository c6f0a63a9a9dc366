"""A crash at any step of the work, and a network that fails at any point: each question gets its answer once."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import konspekt.bot.wire.delivery
from konspekt.app.in_bot.parts import StoredMemory
from konspekt.bot.wire.journal import Journal
from konspekt.storage.database import Database
from konspekt.storage.errors import StorageError
from konspekt.storage.updates import Updates
from tests.bot.harness import ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.wire.delivery, "FIRST_PAUSE", 0.02)


@dataclass
class Snapshots:
    """What a killed process would leave: database and journal, copied after every write, with what was sent by then."""

    folder: Path
    api: FakeBotApi
    taken: list[tuple[str, Path, int]] = field(default_factory=list)

    def take(self, name: str) -> None:
        target = self.folder / f"crash-{len(self.taken)}"
        target.mkdir()
        with (
            closing(sqlite3.connect(self.folder / "bot.db")) as old,
            closing(sqlite3.connect(target / "bot.db")) as new,
        ):
            old.backup(new)
        shutil.copy(self.folder / "outbox.journal", target)
        self.taken.append((name, target, len(self.api.sent())))

    def around(self, monkeypatch: pytest.MonkeyPatch, owner: Any, method: str) -> None:
        real: Callable[..., Any] = getattr(owner, method)

        def recorded(*args: Any, **kwargs: Any) -> Any:
            result = real(*args, **kwargs)
            self.take(f"{owner.__name__}.{method}")
            return result

        monkeypatch.setattr(owner, method, recorded)


@pytest.mark.parametrize("length", [1, 3])
async def test_a_crash_after_any_write_leaves_every_message_sent_once(
    tmp_path: Path, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`length` messages make the answer. The microseconds between the journal and the sending are the only doubt."""
    text = "\n\n".join(["слово " * 500] * length)
    answers = ScriptedAnswers(script=lambda q, h: make_answer(q, text, cited=0))
    store = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    store.migrate()
    with FakeBotApi() as api, monkeypatch.context() as patched:
        snapshots = Snapshots(tmp_path, api)
        for owner, method in ((Updates, "take_in"), (Updates, "begin"), (StoredMemory, "remember"), (Journal, "left"),
                              (Updates, "save_effect"), (StoredMemory, "sent_as"), (Updates, "finish")):  # fmt: skip
            snapshots.around(patched, owner, method)
        async with running_bot(api, store, answers=answers, journal=tmp_path / "outbox.journal") as run:
            question = api.private_text(7, "Вопрос")
            await run.idle()
        assert len(api.sent(7)) == length
    store.close()
    for name, snapshot, sent_before in snapshots.taken:
        store = Database(f"sqlite:///{snapshot / 'bot.db'}")
        with FakeBotApi() as api:
            api.injected.add(question["update_id"])
            api.redeliver(question)  # Telegram repeats what was not confirmed
            async with running_bot(api, store, answers=answers, journal=snapshot / "outbox.journal") as run:
                await run.idle()
            sent = sent_before + len(api.sent(7))
        store.close()
        assert sent == (length - 1 if name == "Journal.left" else length), f"crashed after {name}"
    assert [name for name, _, _ in snapshots.taken].count("Journal.left") == length


async def test_the_doubt_begins_when_only_the_sending_is_left(
    api: FakeBotApi, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not while a flood limit is waited for, not while the connection is made; and it ends with a refusal."""
    events: list[str] = []
    for method in ("left", "came_back"):
        real = getattr(Journal, method)
        monkeypatch.setattr(Journal, method, lambda *a, m=method, r=real: (events.append(m), r(*a)))
    write = asyncio.StreamWriter.write
    monkeypatch.setattr(
        asyncio.StreamWriter, "write", lambda self, data: (events.append(_what(data)), write(self, data))
    )
    api.too_many("sendMessage", 1, times=1)
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    interesting = [event for event in events if event != "other"]
    assert interesting == ["left", "message", "came_back", "left", "message"]
    assert all(events[place + 1] == "message" for place, event in enumerate(events) if event == "left")


def _what(data: bytes) -> str:
    return "message" if b"link_preview_options" in data and b"HTTP/1.1" not in data else "other"


def test_a_journal_forgets_what_is_known_and_survives_a_torn_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for number in range(4):
        journal.left(number, "answer-0")
    journal.came_back(1, "answer-0")
    journal.finished(2)
    journal.close()
    with (tmp_path / "j").open("a") as file:
        file.write("+9 ans")
    again = Journal(tmp_path / "j")
    assert [again.has_left(number, "answer-0") for number in range(4)] == [True, False, True, True]
    assert not again.has_left(9, "ans")
    again.keep_only({0})
    again.close()
    assert (tmp_path / "j").read_text() == "+0 answer-0\n"


def test_a_journal_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("konspekt.bot.wire.journal.LONGEST", 1000)
    journal = Journal(tmp_path / "j")
    journal.left(0, "answer-0")
    for number in range(1, 500):
        journal.left(number, "answer-0")
        journal.finished(number)
    journal.close()
    assert (tmp_path / "j").stat().st_size < 1100
    assert Journal(tmp_path / "j").has_left(0, "answer-0")


async def test_a_server_error_is_retried(api: FakeBotApi, store: Database) -> None:
    api.fail("sendMessage", 3, 502, "Bad Gateway")
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    assert len(api.sent(7)) == 1


async def test_a_flood_limit_is_waited_out(api: FakeBotApi, store: Database) -> None:
    api.too_many("sendMessage", retry_after=1, times=2)
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    calls = api.called("sendMessage")
    assert [call.ok for call in calls] == [False, False, True]
    assert all(later.at - earlier.at >= 1 for earlier, later in pairwise(calls))


async def test_formatting_that_the_server_refuses_is_sent_plain(api: FakeBotApi, store: Database) -> None:
    api.fail("sendMessage", 1, 400, "Bad Request: can't parse entities: Unsupported start tag")
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    (message,) = api.sent(7)
    assert message["html"].startswith("Ответ на «Вопрос» [1].")
    assert "<" not in message["html"].replace("<b>&", "")
    assert "reply_markup" in message


async def test_buttons_that_the_server_refuses_are_left_out(api: FakeBotApi, store: Database) -> None:
    api.fail("sendMessage", 2, 400, "Bad Request: BUTTON_DATA_INVALID")
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    assert "reply_markup" not in api.sent(7)[0]


@pytest.mark.parametrize("result", [True, {}, {"message_id": 5}, [], "ok", None])
async def test_an_odd_answer_to_a_message_that_was_taken_does_not_send_it_again(
    api: FakeBotApi, store: Database, result: Any
) -> None:
    api.odd_results["sendMessage"] = result
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    assert len(api.called("sendMessage")) == 1


async def test_errors_under_the_status_200_are_errors(api: FakeBotApi, store: Database) -> None:
    api.always_200 = True
    api.fail("sendMessage", 2, 500)
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    assert len(api.sent(7)) == 1


async def test_a_server_that_knows_three_methods_is_enough(store: Database) -> None:
    known = {"getMe", "getUpdates", "sendMessage"}
    lacks = frozenset(name.removeprefix("_do_") for name in dir(FakeBotApi) if name.startswith("_do_")) - known
    with FakeBotApi(lacks=lacks) as api:
        async with running_bot(api, store, answers=ScriptedAnswers(pace=0.4)) as run:
            api.private_text(7, "Вопрос")
            api.private_text(42, "/reindex")
            api.private_text(42, "/help")
            await run.idle()
        assert [len(api.sent(7)), len(api.sent(42))] == [1, 3]


async def test_a_server_that_describes_the_bot_sparingly_is_enough(api: FakeBotApi, store: Database) -> None:
    api.odd_results["getMe"] = {"id": 1234567}
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    assert len(api.sent(7)) == 1


async def test_a_database_that_fails_for_a_while_loses_no_question(
    api: FakeBotApi, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, a locked file: Telegram hears of no confirmation, and sends the question again."""
    real, failures = Updates.take_in, iter(range(2))

    def failing(self: Updates, batch: Any) -> Any:
        if next(failures, None) is not None:
            raise StorageError("the disk is full")
        return real(self, batch)

    monkeypatch.setattr(Updates, "take_in", failing)
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    assert len(api.sent(7)) == 1


async def test_an_unreachable_server_loses_nothing(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server goes away after the question came, and comes back."""
    monkeypatch.setattr(konspekt.bot.wire.delivery, "FIRST_PAUSE", 0.3)
    with FakeBotApi() as api:
        port = api.port
        async with running_bot(api, store, answers=ScriptedAnswers(pace=0.3)) as run:
            api.private_text(7, "Вопрос")
            await run.until(lambda: run.answers.asked)
            api.stop()
            api.start(port)
            await run.idle()
        assert len(api.sent(7)) == 1


async def test_an_update_that_fails_again_and_again_is_given_up(api: FakeBotApi, store: Database) -> None:
    """One that takes the process down with it must not do so for ever."""
    updates = Updates(store, "test")
    chat = {"id": 7, "type": "private", "first_name": "x"}
    raw = {"update_id": 5, "message": api.message(chat, {"id": 7, "is_bot": False, "first_name": "x"}, text="Яд")}
    updates.take_in([raw])
    for _ in range(4):
        updates.begin(5)
    api.injected.add(5)
    async with running_bot(api, store) as run:
        await run.idle()
    assert run.answers.asked == []
    assert len(api.sent(7)) == 1


@pytest.mark.parametrize("step", ["begin", "save_effect", "finish", "postpone"])
async def test_a_database_that_fails_for_a_moment_costs_no_answer_and_doubles_none(
    api: FakeBotApi, store: Database, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A server that is started anew, a line that breaks: the work is taken up again, where it had come to."""
    monkeypatch.setattr("konspekt.bot.updates.work.TRY_AGAIN_AFTER", 0.1)
    real, failures = getattr(Updates, step), [2]

    def failing(self: Updates, *args: Any) -> Any:
        if failures[0]:
            failures[0] -= 1
            raise StorageError("the server is being started")
        return real(self, *args)

    monkeypatch.setattr(Updates, step, failing)
    if step == "postpone":
        api.fail("sendMessage", times=1, code=500)
        monkeypatch.setattr("konspekt.bot.wire.delivery.ATTEMPTS", 1)
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    assert len(api.sent(7)) == 1
