"""/button: a link to the bot under a channel post."""

from __future__ import annotations

import pytest

from konspekt.storage.database import Database
from tests.bot.harness import ADMIN, running_bot
from tests.bot.places import CHANNEL
from tests.fakes.bot_api import FakeBotApi

URL = "https://t.me/konspekt_test_bot?start=post_channel_{}"


async def test_a_button_is_put_and_taken_away(api: FakeBotApi, store: Database) -> None:
    post = api.message(CHANNEL, None, text="Пост про LoRA.")
    number = post["message_id"]
    async with running_bot(api, store) as run:
        for _ in range(2):
            api.private_text(ADMIN, f"/button https://t.me/channel/{number}")
            await run.idle()
        (button,) = post["reply_markup"]["inline_keyboard"][0]
        assert button == {"text": "💬 Спросить об этом посте", "url": URL.format(number)}
        api.private_text(ADMIN, f"/button t.me/channel/{number} off")
        await run.idle()
        assert "reply_markup" not in post
        origin = {"type": "channel", "date": 1, "chat": CHANNEL, "message_id": number}
        forwarded = api.message({"id": ADMIN, "type": "private"}, None, text="Пост про LoRA.", forward_origin=origin)
        api.private_text(ADMIN, "/button", reply_to_message=forwarded)
        await run.idle()
    assert post["reply_markup"]["inline_keyboard"][0][0]["url"] == URL.format(number)
    assert [text.split(":")[0].split(".")[0] for text in api.texts(ADMIN)] == [
        "Готово", "Готово", "Кнопки под постом больше нет", "Готово"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("user", "text", "said"),
    [
        (7, "/button https://t.me/channel/1", "только для администратора"),
        (ADMIN, "/button", "со ссылкой на пост"),
        (ADMIN, "/button https://example.org/1", "со ссылкой на пост"),
        (ADMIN, "/button https://t.me/channel/777", "не дал изменить"),
    ],
)
async def test_what_cannot_be_done_is_said(api: FakeBotApi, store: Database, user: int, text: str, said: str) -> None:
    if "777" in text:
        api.fail("editMessageReplyMarkup", 1, 400, "Bad Request: message can't be edited")
    async with running_bot(api, store) as run:
        api.private_text(user, text)
        await run.idle()
    assert said in api.texts(user)[0]


async def test_a_server_that_edits_nothing_is_said_so(store: Database) -> None:
    with FakeBotApi(lacks=frozenset({"editMessageReplyMarkup"})) as api:
        async with running_bot(api, store) as run:
            api.private_text(ADMIN, "/button https://t.me/channel/5")
            await run.idle()
        assert "не дал изменить" in api.texts(ADMIN)[0]
