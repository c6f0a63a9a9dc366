"""A crash at the send, wherever a reader is: each message, guest's answer and greeting goes out once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import konspekt.bot.wire.delivery
from konspekt.bot.wire.journal import Journal
from konspekt.storage.database import Database
from konspekt.storage.updates import Updates
from tests.bot.harness import ADMIN, running_bot
from tests.bot.places import forward, store_post
from tests.fakes.bot_api import FakeBotApi

DIRECT = -1007


def a_comment(api: FakeBotApi) -> Any:
    on = forward(api, 12)
    return api.group_text(-1005, 7, "/ask о чём пост?", reply_to_message=on, message_thread_id=on["message_id"])


def a_release(api: FakeBotApi) -> Any:
    """The author presses "send" under a draft."""
    chat = {"id": ADMIN, "type": "private", "first_name": "x"}
    draft = api.message(chat, {"id": 1234567, "is_bot": True, "first_name": "x"}, text="Готовый ответ")
    return api.callback(ADMIN, ADMIN, f"rel:d:{DIRECT}:5:10000000007", draft["message_id"])


KINDS: dict[str, tuple[Callable[[FakeBotApi], Any], int]] = {
    "topic": (lambda api: api.private_text(7, "Что?", message_thread_id=5, is_topic_message=True), 1),
    "comment": (a_comment, 1),
    "guest": (lambda api: api.guest_text(-1009, 7, "@konspekt_test_bot что такое LoRA?"), 1),
    "link": (lambda api: api.private_text(7, "/start post_12"), 1),
    "greeting": (lambda api: api.membership(-1001, "left", "member"), 1),
    "draft for the author": (lambda api: api.direct_text(DIRECT, 7, "Что такое LoRA?"), 2),
    "released reply": (a_release, 1),
    "seen by one": (lambda api: api.group_text(-1001, 7, "/reset"), 1),
    "inline": (lambda api: api.chosen_inline(7, "Что такое LoRA?"), 1),
}


def seen(api: FakeBotApi) -> int:
    """Everything that people see of the bot."""
    return len(api.sent()) + len(api.guest_answers) + len(api.inline_messages)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_crash_at_the_send_leaves_it_sent_once(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed right before the body leaves (it counts as sent), and right after it was taken, before that is noted."""
    monkeypatch.setattr(konspekt.bot.wire.delivery, "FIRST_PAUSE", 0.02)
    put, expected = KINDS[kind]
    store = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    store.migrate()
    store_post(store, 12)
    snapshots: list[tuple[str, Path, int]] = []

    def copied(name: str, api: FakeBotApi) -> None:
        target = tmp_path / f"crash-{len(snapshots)}"
        target.mkdir()
        with closing(sqlite3.connect(tmp_path / "bot.db")) as old, closing(sqlite3.connect(target / "bot.db")) as new:
            old.backup(new)
        shutil.copy(tmp_path / "outbox.journal", target)
        snapshots.append((name, target, seen(api)))

    with FakeBotApi() as api, monkeypatch.context() as patched:
        api.ephemeral = "10.3"
        api.direct_chats.add(DIRECT)
        left, saved = Journal.left, Updates.save_effect

        def leaving(self: Journal, *args: Any) -> None:
            left(self, *args)
            copied("left", api)

        def saving(self: Updates, *args: Any) -> None:
            copied("taken", api)
            saved(self, *args)

        patched.setattr(Journal, "left", leaving)
        patched.setattr(Updates, "save_effect", saving)
        async with running_bot(api, store, journal=tmp_path / "outbox.journal") as run:
            update = put(api)
            await run.idle()
        assert seen(api) == expected
        messages = dict(api.messages)
    store.close()
    points = {(name, before): (name, path, before) for name, path, before in snapshots}  # the last of each kind
    for name, snapshot, before in points.values():
        store = Database(f"sqlite:///{snapshot / 'bot.db'}")
        with FakeBotApi() as api:
            api.ephemeral = "10.3"
            api.direct_chats.add(DIRECT)
            api.messages |= messages
            api.guest_queries |= {} if before else {update.get("guest_message", {}).get("guest_query_id", ""): -1009}
            api.injected.add(update["update_id"])
            api.redeliver(update)
            async with running_bot(api, store, journal=snapshot / "outbox.journal") as run:
                await run.idle()
            total = before + seen(api)
        store.close()
        if kind == "inline":  # an edit that is done twice is done once
            assert seen(api) == 1 or before == 1
        else:
            assert total == (expected - 1 if name == "left" else expected), f"crashed at {name} after {before}"
    assert snapshots
