"""An answer is shown while it is written, within Telegram's limits, and ends as a real message."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

import konspekt.bot.streaming
from konspekt.bot.parts.bot_parts import FloodLimits
from konspekt.bot.streaming import Coalescer
from konspekt.bot.wire.meters import Meter
from konspekt.storage.database import Database
from tests.bot.harness import ScriptedAnswers, running_bot
from tests.fakes.bot_api import FakeBotApi

SLOW = {"pace": 0.12, "pieces": 8}


@pytest.fixture(autouse=True)
def _short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.streaming, "PRIVATE_INTERVAL", 0.2)
    monkeypatch.setattr(konspekt.bot.streaming, "GROUP_INTERVAL", 0.3)
    monkeypatch.setattr(konspekt.bot.streaming, "EDIT_AFTER", 0.2)


async def test_private_chats_see_a_draft_and_then_one_real_message(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(**SLOW)) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    drafts = api.called("sendMessageDraft")
    assert len(drafts) >= 2
    assert len({call.params["draft_id"] for call in drafts}) == 1
    lengths = [len(call.params["text"]) for call in drafts]
    assert lengths == sorted(lengths)
    assert all(b.at - a.at >= 0.19 for a, b in pairwise(drafts))
    assert len(api.sent(7)) == len(api.called("sendMessage")) == 1
    assert api.called("editMessageText") == []
    assert api.called("sendChatAction")


async def test_groups_see_one_message_that_grows(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(**SLOW)) as run:
        api.group_text(-100, 7, "/ask Вопрос")
        await run.idle()
    assert len(api.sent(-100)) == len(api.called("sendMessage")) == 1
    assert len(api.called("editMessageText")) >= 2
    (message,) = api.sent(-100)
    assert "Источники" in message["text"]
    assert "reply_markup" in message
    assert "reply_to" in message


async def test_a_server_without_drafts_edits_and_is_asked_for_drafts_once(
    older_api: FakeBotApi, store: Database
) -> None:
    async with running_bot(older_api, store, answers=ScriptedAnswers(**SLOW)) as run:
        for user_id in (7, 8):
            older_api.private_text(user_id, "Вопрос")
            await run.idle()
    assert len(older_api.called("sendMessageDraft")) == 1
    assert len(older_api.called("sendMessage")) == 2
    assert all("Источники" in text for text in older_api.texts())


async def test_a_quick_answer_is_one_message_without_edits(older_api: FakeBotApi, store: Database) -> None:
    async with running_bot(older_api, store) as run:
        older_api.private_text(7, "Вопрос")
        older_api.group_text(-100, 7, "/ask Вопрос")
        await run.idle()
    assert len(older_api.called("sendMessage")) == 2
    assert older_api.called("editMessageText") == []


@pytest.mark.parametrize("way", ["missing", "odd"])
async def test_where_there_are_no_edits_the_answer_is_one_message(store: Database, way: str) -> None:
    with FakeBotApi(
        lacks=frozenset({"sendMessageDraft"} | ({"editMessageText"} if way == "missing" else set()))
    ) as api:
        if way == "odd":  # a server that says yes to everything
            api.always_fine.add("editMessageText")
        async with running_bot(api, store, answers=ScriptedAnswers(**SLOW)) as run:
            api.private_text(7, "Вопрос")
            await run.idle()
        assert len(api.called("sendMessage")) == 1
        assert "Источники" in api.texts(7)[0]


async def test_where_an_edit_fails_the_answer_is_a_message_of_its_own(older_api: FakeBotApi, store: Database) -> None:
    older_api.fail("editMessageText", 100, 400, "Bad Request: message can't be edited")
    async with running_bot(older_api, store, answers=ScriptedAnswers(**SLOW)) as run:
        older_api.private_text(7, "Вопрос")
        await run.idle()
    assert "Источники" in older_api.texts(7)[-1]


async def test_a_chat_that_takes_no_drafts_still_gets_its_answer(api: FakeBotApi, store: Database) -> None:
    api.fail("sendMessageDraft", 100, 400, "Bad Request: TEXTDRAFT_PEER_INVALID")
    async with running_bot(api, store, answers=ScriptedAnswers(**SLOW)) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    assert len(api.called("sendMessageDraft")) == 1
    assert len(api.sent(7)) == 1


async def test_the_limits_that_the_server_enforces_are_never_hit(api: FakeBotApi, store: Database) -> None:
    api.flood.per_chat_second, api.flood.overall_second = 2, 30
    strict = FloodLimits(chat_burst=1)
    async with running_bot(api, store, answers=ScriptedAnswers(pace=0.05), flood=strict) as run:
        for n in range(3):
            api.private_text(7, f"Вопрос {n}")
            api.group_text(-100, 8, f"/ask Вопрос {n}")
        await run.idle()
    assert len(api.sent(7)) == len(api.sent(-100)) == 3
    assert all(call.ok for call in api.calls)


async def test_the_coalescer_publishes_only_the_latest_text() -> None:
    published: list[str] = []

    async def publish(text: str) -> None:
        published.append(text)
        await asyncio.sleep(0.05)

    coalescer = Coalescer(publish, 0.02)
    for number in range(100):
        coalescer.show(str(number))
        await asyncio.sleep(0.002)
    await asyncio.sleep(0.15)
    await coalescer.close()
    assert published[-1] == "99"
    assert len(published) < 20


def test_a_meter_lets_a_burst_pass_and_then_keeps_its_rate() -> None:
    meter, due, now, sent = Meter(interval=3.0, burst=20), 0.0, time.monotonic(), []
    for _ in range(60):
        at = now + meter.wait(due, now)
        due = meter.spent(due, at)
        sent.append(at)
        now = at
    for start in sent:
        assert sum(start <= at < start + 57 for at in sent) <= 39  # the burst and then one in three seconds
    assert sent[20] - sent[19] == pytest.approx(3.0)
