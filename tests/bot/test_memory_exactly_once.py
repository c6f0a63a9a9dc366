"""A crash after any write: a note, a correction and an export happen once, like answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import konspekt.bot.wire.delivery
from konspekt.app.in_bot.parts import StoredMemory
from konspekt.bot.wire.journal import Journal
from konspekt.memory.recollection import Recollection
from konspekt.storage.database import Database
from konspekt.storage.remembered.models import AuthorWordRow, NoteRow, TurnRow
from konspekt.storage.updates import Updates
from tests.bot.harness import ADMIN, running_bot
from tests.bot.test_exactly_once import Snapshots
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.hash_embedder import HashEmbedder

WRITES = (
    (Updates, "take_in"),
    (Updates, "begin"),
    (StoredMemory, "remember"),
    (StoredMemory, "correct"),
    (Journal, "left"),
    (Updates, "save_effect"),
    (StoredMemory, "sent_as"),
    (Updates, "finish"),
)


def memory_of(store: Database) -> Recollection:
    return Recollection(store, HashEmbedder(), clock=lambda: datetime.now(UTC))


def counts(store: Database) -> dict[str, int]:
    with store.read() as session:
        return {
            row.__tablename__: session.scalar(select(func.count()).select_from(row)) or 0
            for row in (NoteRow, AuthorWordRow, TurnRow)
        }


@pytest.mark.parametrize("text", ["запомни, у меня 3060", "Неверно: ранг 16.", "/export"])
async def test_a_crash_after_any_write_leaves_it_done_once(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(konspekt.bot.wire.delivery, "FIRST_PAUSE", 0.02)
    store = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    store.migrate()
    journal = tmp_path / "outbox.journal"
    with FakeBotApi() as api, monkeypatch.context() as patched:
        snapshots = Snapshots(tmp_path, api)
        async with running_bot(api, store, recollection=memory_of(store), journal=journal) as run:
            api.private_text(ADMIN, "Какой ранг LoRA лучше?")
            await run.idle()
            before = len(api.sent(ADMIN))
            for owner, method in WRITES:
                snapshots.around(patched, owner, method)
            reply: dict[str, Any] = {"reply_to_message": api.sent(ADMIN)[-1]} if text.startswith("Неверно") else {}
            asked = api.private_text(ADMIN, text, **reply)
            await run.idle()
        wanted = counts(store)
        assert len(api.sent(ADMIN)) == before + 1
    store.close()
    assert sum(wanted.values()) == (1 if text == "/export" else 2)
    for name, snapshot, sent_before in snapshots.taken:
        store = Database(f"sqlite:///{snapshot / 'bot.db'}")
        with FakeBotApi() as api:
            api.injected.add(asked["update_id"])
            api.redeliver(asked)
            left = snapshot / "outbox.journal"
            async with running_bot(api, store, recollection=memory_of(store), journal=left) as run:
                await run.idle()
            sent = sent_before - before + len(api.sent(ADMIN))
        assert counts(store) == wanted, f"crashed after {name}"
        store.close()
        assert sent == (0 if name == "Journal.left" else 1), f"crashed after {name}"
