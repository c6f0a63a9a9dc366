"""In a group, what concerns one reader is seen by that reader alone, where the server can do that."""

from __future__ import annotations

from typing import Any

import pytest

from konspekt.memory.recollection import Recollection
from konspekt.storage.database import Database
from tests.bot.harness import ADMIN, Running, ScriptedAnswers, running_bot
from tests.fakes.bot_api import FakeBotApi

GROUP = -1001
PERSONAL = ("/forget", "/memory", "/export", "/reset", "/stats", "/ask " + "слово " * 300, "/ask")


def receivers(api: FakeBotApi) -> list[int | None]:
    return [message.get("receiver_user", {}).get("id") for message in api.sent(GROUP)]


async def said(run: Running, *texts: str, user: int = 7) -> None:
    for text in texts:
        run.api.group_text(GROUP, user, text)
        await run.idle()


async def test_what_is_personal_is_seen_by_one(api: FakeBotApi, store: Database) -> None:
    api.ephemeral = "10.3"
    async with running_bot(api, store, recollection=Recollection(store, None)) as run:
        await said(run, *PERSONAL)
        await said(run, "/ask Что такое LoRA?")
    assert receivers(api) == [7] * len(PERSONAL) + [None]


async def test_limits_and_errors_too(api: FakeBotApi, store: Database) -> None:
    api.ephemeral = "10.3"
    answers = ScriptedAnswers(script=lambda q, h: RuntimeError("broken"))
    async with running_bot(api, store, answers=answers, questions_per_minute=1) as run:
        await said(run, "/ask Что такое LoRA?", "/ask Что такое DDIM?")
    assert receivers(api) == [7, 7]


async def test_a_server_of_july_is_asked_in_its_own_way(api: FakeBotApi, store: Database) -> None:
    """The first attempt is one that it takes no notice of."""
    api.ephemeral = "10.2"
    async with running_bot(api, store) as run:
        await said(run, "/reset", "/reset", "/forget")
    assert receivers(api) == [None, 7, 7]


async def test_a_server_that_cannot_is_asked_no_more(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        await said(run, "/reset", "/reset", "/reset", "/forget")
    params = [call.params for call in api.called("sendMessage")]
    assert ["ephemeral_message_parameters" in one or "receiver_user_id" in one for one in params] == [
        True, True, False, False
    ]  # fmt: skip
    assert len(api.sent(GROUP)) == 4


async def test_what_is_refused_for_one_is_seen_by_all(api: FakeBotApi, store: Database) -> None:
    api.ephemeral = "10.3"
    api.fail("sendMessage", 1, 400, "Bad Request: not enough rights to send ephemeral messages")
    async with running_bot(api, store) as run:
        await said(run, "/reset", "/reset")
    assert receivers(api) == [None, 7]


async def test_an_ephemeral_message_without_a_number_is_sent_once(api: FakeBotApi, store: Database) -> None:
    api.ephemeral = "10.3"
    odd: dict[str, Any] = {"ephemeral_message_id": 5, "date": 1, "chat": {"id": GROUP, "type": "supergroup"}}
    api.odd_results["sendMessage"] = odd
    async with running_bot(api, store) as run:
        await said(run, "/reset")
    assert len(api.called("sendMessage")) == 1


@pytest.mark.parametrize("ephemeral", ["10.3", None])
async def test_answers_are_the_askers_alone_by_a_setting(
    api: FakeBotApi, store: Database, ephemeral: str | None
) -> None:
    api.ephemeral = ephemeral
    async with running_bot(api, store, group_answers="asker") as run:
        await said(run, "/ask Что такое LoRA?")
        api.callback(GROUP, 7, "more:1:0")
        api.private_text(7, "Вопрос")
        await run.idle()
    assert receivers(api) == ([7, 7] if ephemeral else [None, None])
    more = [call.params.get("ephemeral_message_parameters") for call in api.called("sendMessage")][1]
    assert ("callback_query_id" in (more or {})) == (ephemeral is not None)
    assert "receiver_user" not in api.sent(7)[0]


async def test_private_chats_and_what_everybody_may_see_are_as_before(api: FakeBotApi, store: Database) -> None:
    api.ephemeral = "10.3"
    async with running_bot(api, store) as run:
        for text in ("/forget", "/reset"):
            api.private_text(7, text)
        await said(run, "/help")
        await said(run, "/sources", user=ADMIN)
    assert all("receiver_user" not in message for message in api.sent())
