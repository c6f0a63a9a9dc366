"""Stop: the model's stream is closed at once, what was written is the answer."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

import konspekt.bot.streaming
from konspekt.answering.answerer import Answerer
from konspekt.llm_client import ChatModel
from konspekt.storage.database import Database
from konspekt.storage.models import AnswerRow
from tests.answering.passages import GUIDANCE, SAMPLERS, Shelf
from tests.bot.harness import ScriptedAnswers, running_bot
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.openai_server import FakeOpenAIServer, Reply

QUESTION = "Сколько шагов нужно сэмплеру Euler?"
SLOW = {"pace": 0.3, "pieces": 100}


@pytest.fixture(autouse=True)
def _short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.streaming, "PRIVATE_INTERVAL", 0.05)
    monkeypatch.setattr(konspekt.bot.streaming, "GROUP_INTERVAL", 0.05)
    monkeypatch.setattr(konspekt.bot.streaming, "EDIT_AFTER", 0.0)


async def test_stopping_a_draft_closes_the_models_stream_and_sends_what_was_written(
    api: FakeBotApi, store: Database
) -> None:
    with FakeOpenAIServer() as server:
        server.script(Reply(pieces=("Euler нужно 40 шагов [1].", " Его", " приду", "мали"), hang_after=3))
        answerer = Answerer(Shelf(SAMPLERS, GUIDANCE), ChatModel(server.base_url, "key", max_retries=0))
        async with running_bot(api, store, answers=answerer) as run:  # type: ignore[arg-type]
            api.private_text(7, QUESTION)
            drafts = lambda: [call for call in api.called("sendMessageDraft") if "40 шагов" in call.params["text"]]  # noqa: E731
            await run.until(drafts)
            shown = len(api.called("sendMessageDraft"))
            api.stop_draft(drafts()[0])
            await run.idle()
            while not server.cancelled:  # noqa: ASYNC110 - the server lives in another thread
                await asyncio.sleep(0.01)
        await answerer.close()
    (answer,) = api.sent(7)
    assert answer["text"].startswith("Euler нужно 40 шагов [1].")
    assert "приду" not in answer["text"]
    assert "Остановлено" in answer["text"]
    assert len(api.called("sendMessageDraft")) == shown
    with store.read() as session:
        (row,) = session.scalars(select(AnswerRow))
    assert not row.refused
    assert not row.extractive


async def test_a_message_that_grows_has_a_button_of_ours_for_who_asked(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(**SLOW)) as run:
        api.group_text(-100, 7, "/ask Вопрос")
        await run.until(lambda: api.sent(-100))
        button = api.sent(-100)[0]["reply_markup"]["inline_keyboard"][0][0]
        assert button["text"] == "⏹ Стоп"
        api.callback(-100, 8, button["callback_data"])
        await run.until(lambda: api.called("answerCallbackQuery"))
        await run.until(lambda: len(api.called("editMessageText")) >= 3)  # it goes on
        api.callback(-100, 7, button["callback_data"])
        await run.idle()
        api.callback(-100, 7, button["callback_data"])
        await run.idle()
    (answer,) = api.sent(-100)
    assert "Источники" in answer["text"]
    assert answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "vote:1:1"
    toasts = [call.params["text"] for call in api.called("answerCallbackQuery")]
    assert toasts[1:] == ["Останавливаю.", "Ответ уже дописан."]
    assert toasts[0] not in toasts[1:]


async def test_a_server_without_drafts_has_the_button_too(older_api: FakeBotApi, store: Database) -> None:
    async with running_bot(older_api, store, answers=ScriptedAnswers(**SLOW)) as run:
        older_api.private_text(7, "Вопрос")
        await run.until(lambda: older_api.sent(7))
        older_api.callback(7, 7, older_api.sent(7)[0]["reply_markup"]["inline_keyboard"][0][0]["callback_data"])
        await run.idle()
    assert len(older_api.sent(7)) == 1


async def test_a_stop_of_something_else_changes_nothing(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(pace=0.2, pieces=2)) as run:
        api.private_text(7, "Вопрос")
        await run.until(lambda: api.called("sendMessageDraft"))
        draft = int(api.called("sendMessageDraft")[0].params["draft_id"])
        chat = {"id": 7, "type": "private"}
        api.inject("stopped_message_generation", {"chat": chat, "draft_id": draft + 1})
        api.inject("stopped_message_generation", {"chat": {"id": 8, "type": "private"}, "draft_id": draft})
        api.inject("stopped_message_generation", {"draft_id": "?"})
        await run.idle()
    assert api.sent(7)[0]["text"].startswith("Ответ на «Вопрос» [1].")
