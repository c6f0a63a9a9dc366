"""`?start=post_…` and `?start=ask_…` over HTTP."""

from __future__ import annotations

import pytest

from konspekt.bot.handlers.places.links import ask_payload
from konspekt.storage.database import Database
from tests.bot.harness import running_bot
from tests.bot.places import POST, store_post
from tests.fakes.bot_api import FakeBotApi


@pytest.mark.parametrize("payload", ["post_12", "post_channel_12", "post_Channel_12"])
async def test_a_link_under_a_post_asks_what_it_is_about(api: FakeBotApi, store: Database, payload: str) -> None:
    store_post(store, 12)
    async with running_bot(api, store) as run:
        api.private_text(7, f"/start {payload}")
        await run.idle()
        api.private_text(7, "а почему?")
        await run.idle()
    asked, follow_up = run.answers.asked
    assert asked == ("О чём этот пост? https://t.me/channel/12", ())
    assert follow_up[1][0].text == "О чём этот пост?"
    assert len(api.sent(7)) == 2


async def test_a_post_without_a_public_address_is_told_by_its_text(api: FakeBotApi, store: Database) -> None:
    store_post(store, 12, username=None)
    async with running_bot(api, store) as run:
        api.private_text(7, "/start post_12")
        await run.idle()
    ((question, history),) = run.answers.asked
    assert (question, [turn.text for turn in history]) == ("О чём этот пост?", [POST])


@pytest.mark.parametrize("payload", ["post_99", "post_other_12"])
async def test_a_post_that_is_not_there_is_said_to_be_missing(api: FakeBotApi, store: Database, payload: str) -> None:
    store_post(store, 12)
    async with running_bot(api, store) as run:
        api.private_text(7, f"/start {payload}")
        await run.idle()
    assert run.answers.asked == []
    assert "Этого поста у меня нет" in api.texts(7)[0]


@pytest.mark.parametrize("question", ["Что такое LoRA?", "чем DDIM лучше DDPM"])
async def test_a_link_asks_a_question(api: FakeBotApi, store: Database, question: str) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, f"/start {ask_payload(question)}")
        api.group_text(-100, 7, f"/start@konspekt_test_bot {ask_payload(question)}")
        await run.idle()
    assert [asked for asked, _ in run.answers.asked] == [question] * 2


@pytest.mark.parametrize("payload", ["", " ref_55", " ask_", " post_"])
async def test_any_other_start_is_a_start(api: FakeBotApi, store: Database, payload: str) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, f"/start{payload}")
        await run.idle()
    assert run.answers.asked == []
    assert len(api.sent(7)) == 1
