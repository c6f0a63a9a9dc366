"""A crash at any step of the work, and a network that fails at any point: each question gets its answer once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import bot.delivery
from cli.bot_parts import StoredMemory
from storage.database import Database
from storage.updates import Updates
from tests.bot.harness import ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.delivery, "FIRST_PAUSE", 0.02)


@dataclass
class Snapshots:
    """The database as a killed process would leave it, taken after every write, with what was sent by then."""

    folder: Path
    api: FakeBotApi
    source: Path
    taken: list[tuple[str, Path, int]] = field(default_factory=list)

    def take(self, name: str) -> None:
        target = self.folder / f"crash-{len(self.taken)}.db"
        with sqlite3.connect(self.source) as old, sqlite3.connect(target) as new:
            old.backup(new)
        old.close()
        new.close()
        self.taken.append((name, target, len(self.api.sent())))

    def around(self, monkeypatch: pytest.MonkeyPatch, owner: Any, method: str) -> None:
        real: Callable[..., Any] = getattr(owner, method)

        def recorded(this: Any, *args: Any, **kwargs: Any) -> Any:
            result = real(this, *args, **kwargs)
            leaving = method == "save_effect" and any("sending" in step for step in args[1].values())
            self.take("about to send" if leaving else method)
            return result

        monkeypatch.setattr(owner, method, recorded)


@pytest.mark.parametrize("length", [1, 3])
async def test_a_crash_after_any_write_leaves_every_message_sent_once(
    tmp_path: Path, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`length` messages make the answer. The instant between writing "about to send" and sending is the only doubt."""
    text = "\n\n".join(["слово " * 500] * length)
    answers = ScriptedAnswers(script=lambda q, h: make_answer(q, text, cited=0))
    path = tmp_path / "bot.db"
    store = Database(f"sqlite:///{path}")
    store.migrate()
    with FakeBotApi() as api, monkeypatch.context() as patched:
        snapshots = Snapshots(tmp_path, api, path)
        for owner, method in ((Updates, "take_in"), (Updates, "begin"), (StoredMemory, "remember"),
                              (Updates, "save_effect"), (StoredMemory, "sent_as"), (Updates, "finish")):  # fmt: skip
            snapshots.around(patched, owner, method)
        async with running_bot(api, store, answers=answers) as run:
            question = api.private_text(7, "Вопрос")
            await run.idle()
        whole = api.texts(7)
    store.close()
    assert len(whole) == length
    doubtful = 0
    for name, snapshot, sent_before in snapshots.taken:
        store = Database(f"sqlite:///{snapshot}")
        with FakeBotApi() as api:
            api.injected.add(question["update_id"])
            api.redeliver(question)  # Telegram repeats what was not confirmed
            async with running_bot(api, store, answers=answers) as run:
                await run.idle()
            sent = sent_before + len(api.sent(7))
        store.close()
        if name == "about to send":
            doubtful += 1
            assert sent == length - 1, f"crashed after {name}"
        else:
            assert sent == length, f"crashed after {name}"
    assert doubtful == length


async def test_the_doubtful_instant_is_as_short_as_it_can_be(api: FakeBotApi, store: Database) -> None:
    """ "About to send" is written when the connection stands and only the body is left to go."""
    written: list[int] = []
    async with running_bot(api, store) as run:
        real = run.bot.parts.inbox.save_effect

        def noting(identifier: int, effect: dict[str, Any]) -> None:
            if any(isinstance(step, dict) and "sending" in step for step in effect.values()):
                written.append(len(api.called("sendMessage")))
            real(identifier, effect)

        run.bot.parts.inbox.save_effect = noting  # type: ignore[method-assign]
        api.too_many("sendMessage", 1, times=1)  # waiting for a flood limit comes before it is written
        api.private_text(7, "Вопрос")
        await run.idle()
    assert written == [0, 1]


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


async def test_an_unreachable_server_loses_nothing(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server goes away after the question came, and comes back."""
    monkeypatch.setattr(bot.delivery, "FIRST_PAUSE", 0.3)
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
