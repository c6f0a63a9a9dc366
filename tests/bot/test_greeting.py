"""A group that adds the bot is greeted, once."""

from __future__ import annotations

import pytest

from konspekt.storage.database import Database
from tests.bot.harness import running_bot
from tests.fakes.bot_api import FakeBotApi

GROUP = -1001


@pytest.mark.parametrize(("language", "word"), [("ru", "Привет"), ("en", "Hello")])
@pytest.mark.parametrize("new", ["member", "restricted"])
async def test_a_group_is_greeted_in_the_language_of_who_added_the_bot(
    api: FakeBotApi, store: Database, language: str, word: str, new: str
) -> None:
    async with running_bot(api, store) as run:
        api.membership(GROUP, "left", new, language=language)
        await run.idle()
    (text,) = api.texts(GROUP)
    assert text.startswith(word)
    assert "@konspekt_test_bot" in text


async def test_a_group_is_greeted_once_also_after_a_restart(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.membership(GROUP, "left", "member")
        api.membership(GROUP, "member", "left")
        api.membership(GROUP, "left", "member")
        await run.idle()
    async with running_bot(api, store) as run:
        api.membership(GROUP, "kicked", "member")
        api.membership(GROUP - 1, "left", "member")
        await run.idle()
    assert [len(api.sent(GROUP)), len(api.sent(GROUP - 1))] == [1, 1]


@pytest.mark.parametrize(
    ("old", "new", "chat"),
    [
        ("member", "restricted", {}),
        ("member", "left", {}),
        ("restricted", "member", {}),
        ("left", "member", {"type": "channel"}),
        ("left", "member", {"is_direct_messages": True}),
        ("kicked", "member", {"type": "private", "id": 7}),
    ],
)
async def test_nobody_else_is_greeted(
    api: FakeBotApi, store: Database, old: str, new: str, chat: dict[str, object]
) -> None:
    async with running_bot(api, store) as run:
        api.membership(GROUP, old, new, **chat)
        await run.idle()
    assert api.sent() == []


async def test_a_group_where_the_bot_may_not_speak_is_left_alone(api: FakeBotApi, store: Database) -> None:
    api.fail("sendMessage", 3, 400, "Bad Request: not enough rights to send text messages to the chat")
    async with running_bot(api, store) as run:
        api.membership(GROUP, "left", "member")
        await run.idle()
    assert api.sent() == []
