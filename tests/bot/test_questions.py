"""Questions in private chats, over real HTTP."""

from __future__ import annotations

from storage.database import Database
from tests.bot.harness import running_bot
from tests.fakes.bot_api import FakeBotApi


async def test_a_question_in_private_gets_one_message_with_links_and_buttons(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        question = api.private_text(7, "Что такое LoRA?")
        await run.idle()
    (message,) = api.sent(7)
    assert len(api.called("sendMessage")) == 1
    assert message["reply_to"] == question["message"]["message_id"]
    assert "Ответ на «Что такое LoRA?»" in message["text"]
    assert '<a href="https://t.me/channel/1">[1]</a>' in message["html"]
    assert "Пост 1 &lt;b&gt;&amp;" in message["html"]
    assert "01.01.2025" in message["text"]
    buttons = [button["text"] for row in message["reply_markup"]["inline_keyboard"] for button in row]
    assert buttons == ["👍", "👎", "Ещё"]
