"""The author's own chats: drafts for the author, and nothing sent by itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from konspekt.storage.database import Database
from tests.bot.harness import ADMIN, ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi

CUSTOMER = 7654321


def small_talk(question: str, _: Any) -> Any:
    return make_answer(question, "Здравствуйте!", cited=0)


async def test_a_question_in_the_authors_chat_is_drafted_and_sent_by_a_press(
    api: FakeBotApi, store: Database, tmp_path: Path
) -> None:
    async with running_bot(api, store, journal=tmp_path / "outbox.journal") as run:
        api.connect(ADMIN)
        await run.idle()
        api.business_text(CUSTOMER, CUSTOMER, "Подскажи, что такое тайный LoRA?")
        api.business_text(CUSTOMER, ADMIN, "Сейчас отвечу")
        await run.idle()
        assert api.sent(CUSTOMER) == []
        _, head, draft = api.sent(ADMIN)
        assert "тайный LoRA" in head["text"]
        data = draft["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        for _ in range(2):
            api.callback(ADMIN, ADMIN, data, draft["message_id"])
        await run.idle()
    (sent,) = api.sent(CUSTOMER)
    assert (sent["text"], sent["business_connection_id"]) == (draft["text"], "biz-1")
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        kept = "\n".join(database.iterdump())
    assert "тайный" not in kept


async def test_after_a_restart_the_connection_is_asked_for(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.connect(ADMIN)
        await run.idle()
    async with running_bot(api, store) as run:
        api.connect(ADMIN)
        api.business_text(CUSTOMER, CUSTOMER, "Что такое LoRA?")
        await run.idle()
    assert len(api.sent(ADMIN)) == 3  # told of the connection once, then the question and its draft


async def test_what_is_not_the_authors_or_no_question_is_left_alone(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(script=small_talk)) as run:
        api.connect(8, connection="biz-8")
        api.connect(ADMIN, connection="biz-off", enabled=False)
        api.connect(ADMIN)
        await run.idle()
        before = len(api.sent())
        api.business_text(CUSTOMER, CUSTOMER, "Что такое LoRA?", connection="biz-8")
        api.business_text(CUSTOMER, CUSTOMER, "Что такое LoRA?", connection="biz-off")
        api.business_text(CUSTOMER, CUSTOMER, "Что такое LoRA?", connection="unknown")
        await run.idle()
        assert run.answers.asked == []
        api.business_text(CUSTOMER, CUSTOMER, "Привет!")
        await run.idle()
    assert len(api.sent()) == before
    assert api.sent(CUSTOMER) == []


async def test_a_server_without_business_connections_breaks_nothing(store: Database) -> None:
    with FakeBotApi(lacks=frozenset({"getBusinessConnection"})) as api:
        async with running_bot(api, store) as run:
            api.business_text(CUSTOMER, CUSTOMER, "Что такое LoRA?")
            api.private_text(7, "Вопрос")
            await run.idle()
        assert [message["chat"]["id"] for message in api.sent()] == [7]
