"""In the discussion group the bot knows which post a comment is about."""

from __future__ import annotations

from typing import Any

import pytest

from konspekt.storage.database import Database
from tests.bot.harness import ADMIN, running_bot
from tests.bot.places import CHANNEL, GROUP, POST, forward, store_post
from tests.fakes.bot_api import FakeBotApi

URL = "https://t.me/channel/12"


def comment(api: FakeBotApi, user_id: int, text: str, on: dict[str, Any], thread: int | None = None) -> dict[str, Any]:
    where = {"reply_to_message": on, "message_thread_id": thread or on["message_id"]}
    message: dict[str, Any] = api.group_text(GROUP, user_id, text, **where)["message"]
    return message


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("@konspekt_test_bot", f"О чём этот пост? {URL}"),
        ("@konspekt_test_bot о чём этот пост?", f"о чём этот пост? {URL}"),
        ("/ask о чём пост?", f"о чём пост? {URL}"),
        ("/ask", f"О чём этот пост? {URL}"),
        ("@konspekt_test_bot а почему это работает?", f"а почему это работает? {URL}"),
        ("@konspekt_test_bot что такое диффузионная модель?", "что такое диффузионная модель?"),
    ],
)
@pytest.mark.parametrize("user", [7, ADMIN])
async def test_a_comment_on_a_post_asks_of_that_post(
    api: FakeBotApi, store: Database, text: str, asked: str, user: int
) -> None:
    store_post(store, 12)
    async with running_bot(api, store) as run:
        comment(api, user, text, forward(api, 12))
        await run.idle()
    assert [question for question, _ in run.answers.asked] == [asked]
    (answer,) = api.sent(GROUP)
    assert "reply_to" in answer


async def test_a_comment_on_a_comment_knows_its_post_too(api: FakeBotApi, store: Database) -> None:
    """Whether the forward itself was seen (a bot that is an admin), or only a comment on it, also before a restart."""
    store_post(store, 12)
    seen, unseen = forward(api, 12), forward(api, 12)
    async with running_bot(api, store) as run:
        api.inject("message", seen)
        comment(api, 5, "/ask о чём пост?", unseen)
        await run.idle()
    async with running_bot(api, store) as run:
        for on in (seen, unseen):
            first = api.message(on["chat"], {"id": 5, "is_bot": False, "first_name": "x"}, text="Интересно!")
            comment(api, 7, "@konspekt_test_bot а о чём этот пост?", first, on["message_id"])
            await run.idle()
    assert [question for question, _ in run.answers.asked] == [f"а о чём этот пост? {URL}"] * 2


async def test_comments_under_each_post_are_a_talk_of_their_own(api: FakeBotApi, store: Database) -> None:
    store_post(store, 12)
    store_post(store, 13, "DDIM убирает случайность из шагов диффузии.")
    one, other = forward(api, 12), forward(api, 13, "DDIM убирает случайность из шагов диффузии.")
    async with running_bot(api, store) as run:
        comment(api, 7, "/ask что такое диффузионная модель?", one)
        await run.idle()
        comment(api, 7, "/ask что такое квантизация весов?", other)
        await run.idle()
    assert "что такое диффузионная модель?" not in [turn.text for turn in run.answers.asked[1][1]]


async def test_a_post_without_a_public_address_is_read_from_its_text(api: FakeBotApi, store: Database) -> None:
    store_post(store, 12, username=None)
    private = {key: value for key, value in CHANNEL.items() if key != "username"}
    on = forward(api, 12, channel=private)
    async with running_bot(api, store) as run:
        comment(api, 7, "/ask о чём этот пост?", on)
        await run.idle()
    ((question, history),) = run.answers.asked
    assert question == "о чём этот пост?"
    assert [turn.text for turn in history] == [POST]


async def test_a_server_of_2022_tells_the_post_in_other_fields(api: FakeBotApi, store: Database) -> None:
    store_post(store, 12)
    on = forward(api, 12)
    origin = on.pop("forward_origin")
    on |= {"forward_from_chat": origin["chat"], "forward_from_message_id": origin["message_id"], "forward_date": 1}
    async with running_bot(api, store) as run:
        comment(api, 7, "/ask о чём этот пост?", on)
        await run.idle()
    assert [question for question, _ in run.answers.asked] == [f"о чём этот пост? {URL}"]


async def test_what_is_no_comment_and_a_post_that_is_not_indexed_are_as_before(
    api: FakeBotApi, store: Database
) -> None:
    async with running_bot(api, store) as run:
        comment(api, 7, "@konspekt_test_bot а почему?", forward(api, 12))
        await run.idle()
        api.group_text(GROUP, 7, "@konspekt_test_bot а что ещё?", message_thread_id=400)
        comment(api, 7, "Просто разговор", forward(api, 12))
        await run.idle()
    assert [question for question, _ in run.answers.asked] == ["а почему?", "а что ещё?"]
    assert run.answers.asked[0][1][-1].text == POST
