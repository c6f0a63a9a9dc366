"""A crash at any step of writing drafts: each is written once, and each of its messages is sent once."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import konspekt.bot.wire.delivery
from konspekt.bot.wire.journal import Journal
from konspekt.storage.database import Database
from konspekt.storage.drafts import Drafts
from konspekt.storage.updates import Updates
from tests.bot.converting import LINK, OTHER_ADMIN, ScriptedWriter, converting, drafted, press, shown
from tests.bot.harness import ADMIN, finished
from tests.fakes.bot_api import FakeBotApi

CHANNEL = -1001


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.wire.delivery, "FIRST_PAUSE", 0.02)


@dataclass
class Snapshots:
    """What a killed process would leave: database and journal after a write, and what was sent by then."""

    folder: Path
    api: FakeBotApi
    taken: list[tuple[str, Path, list[str]]] = field(default_factory=list)
    on: bool = False

    def watch(self, patched: pytest.MonkeyPatch) -> None:
        for owner, method in ((Updates, "take_in"), (Updates, "begin"), (Updates, "save_effect"), (Drafts, "add"),
                              (Journal, "left"), (Updates, "finish")):  # fmt: skip
            real = getattr(owner, method)

            def recorded(*args: Any, real: Any = real, name: str = f"{owner.__name__}.{method}", **kwargs: Any) -> Any:
                result = real(*args, **kwargs)
                self.take(name)
                return result

            patched.setattr(owner, method, recorded)

    def take(self, name: str) -> None:
        if not self.on:
            return
        target = self.folder / f"crash-{len(self.taken)}"
        target.mkdir()
        sent = draft_messages(self.api)  # first: the loop may go on meanwhile, and only the journal knows of that
        with (
            closing(sqlite3.connect(self.folder / "bot.db")) as old,
            closing(sqlite3.connect(target / "bot.db")) as new,
        ):
            old.backup(new)
        shutil.copy(self.folder / "outbox.journal", target)
        self.taken.append((name, target, sent))


def draft_messages(api: FakeBotApi) -> list[str]:
    """What was sent of drafts, without what is only edited."""
    texts = [str(message.get("text") or message.get("caption")) for message in api.sent()]
    return [text for text in texts if "Готово" not in text and "Пишу" not in text and "Выберите" not in text]


def opened(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'bot.db'}")


async def _run_to_the_end(snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch, way: str) -> tuple[list[str], int]:
    """Drafts of one post, with a snapshot after each write; what was sent, and how many drafts there are."""
    folder, api = snapshots.folder, snapshots.api
    store = opened(folder)
    store.migrate()
    auto = "x,linkedin" if way == "auto" else ""
    async with converting(api, store, monkeypatch, auto=auto, journal=folder / "outbox.journal") as run:
        if way == "auto":
            snapshots.on = True
            posted = api.channel_post(CHANNEL, "Новый пост канала про модели")
            await run.until(lambda: -posted["update_id"] in finished(store))
        else:
            api.private_text(ADMIN, f"/convert {LINK}")
            await run.idle()
            for label in ("LinkedIn", "Telegram"):
                await press(run, label)
            snapshots.on = True
            await press(run, "Написать")
            await run.until(lambda: any(number < 0 for number in finished(store)))
        await run.idle()
    snapshots.on = False
    with store.read() as session:
        count = len(session.connection().exec_driver_sql("SELECT id FROM drafts").fetchall())
    store.close()
    return draft_messages(api), count


@pytest.mark.parametrize("way", ["buttons", "auto"])
async def test_a_crash_after_any_write_leaves_every_draft_written_and_sent_once(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The microseconds between the journal and the sending are the only doubt."""
    with FakeBotApi() as api, monkeypatch.context() as patched:
        snapshots = Snapshots(tmp_path, api)
        snapshots.watch(patched)
        wanted, drafts = await _run_to_the_end(snapshots, patched, way)
    assert len(wanted) > 5
    assert drafts == (4 if way == "auto" else 3)
    job_known = False
    for name, folder, sent_before in snapshots.taken:
        store = opened(folder)
        with store.read() as session:
            rows = session.connection().exec_driver_sql("SELECT id FROM updates WHERE id < 0").fetchall()
        job_known = job_known or bool(rows)
        if not rows:  # what was chosen is not known after a restart before: it is said, and pressed again
            store.close()
            continue
        journal = folder / "outbox.journal"
        doubtful = len({line for line in journal.read_text().splitlines() if line.startswith("+-")}) - len(sent_before)
        with FakeBotApi() as api:
            api.message_ids_from(10_000)  # the messages of before the crash are not there to be edited
            auto = "x,linkedin" if way == "auto" else ""
            async with converting(api, store, monkeypatch, auto=auto, journal=journal) as run:
                await run.until(lambda number=rows[0][0], store=store: number in finished(store))
            sent = [*sent_before, *draft_messages(api)]
        with store.read() as session:
            count = len(session.connection().exec_driver_sql("SELECT id FROM drafts").fetchall())
        store.close()
        assert count == drafts, f"crashed after {name}"
        assert 0 <= doubtful <= 1
        assert name != "Journal.left" or doubtful
        assert not Counter(sent) - Counter(wanted), f"crashed after {name}"  # nothing twice
        assert len(sent) == len(wanted) - doubtful, f"crashed after {name}"
    assert job_known
    assert [name for name, _, _ in snapshots.taken].count("Journal.left") >= len(wanted)


async def test_a_draft_that_is_written_anew_when_the_process_dies_is_written_after_the_restart(
    api: FakeBotApi, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its button still stops it: the work is known by the same name."""
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer, stop_seconds=0.2) as run:
        await drafted(run)
        writer.gate = asyncio.Event()
        await press(run, "Ещё раз")
        await run.until(lambda: len(writer.asked) == 2)
    assert Drafts(store).get(2) is None
    async with converting(api, store, monkeypatch, writer=writer) as run:
        await run.until(lambda: len(writer.asked) == 3)
        await press(run, "Отмена")
        await run.until(lambda: all(number in finished(store) for number in api.injected))
    assert writer.cancelled == 2
    assert Drafts(store).get(2) is None
    assert any("Отменено" in text for text in shown(api))


async def test_an_update_from_outside_cannot_order_work(api: FakeBotApi, store: Database, monkeypatch: Any) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer, auto="x") as run:
        forged = {"update_id": 5, "job": {"kind": "auto", "messages": [{"text": "x"}]}}
        api.redeliver(forged)
        api.private_text(OTHER_ADMIN, "/drafts")
        await run.idle()
    assert writer.asked == []
    assert len(api.sent()) == 1
