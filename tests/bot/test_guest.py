"""Guest mode: one mention, one answer, and nothing kept of the chat."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from konspekt.storage.database import Database
from tests.bot.harness import ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi

SEMINAR = -1009


async def test_a_mention_in_a_foreign_chat_is_answered_there_once(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        update = api.guest_text(SEMINAR, 7, "@konspekt_test_bot что такое LoRA?")
        await run.idle()
        api.redeliver(update)
        await run.idle()
    assert run.answers.asked == [("что такое LoRA?", ())]
    (answer,) = api.guest_answers
    assert answer["chat_id"] == SEMINAR
    assert answer["text"].startswith("Ответ на «что такое LoRA?»")
    assert "https://t.me/channel/1" in answer["html"]
    (button,) = answer["reply_markup"]["inline_keyboard"][0]
    assert button == {"text": "Спросить ещё", "url": "https://t.me/konspekt_test_bot"}
    assert api.sent() == []


async def test_the_message_that_is_replied_to_is_what_the_question_leans_on(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        chat, speaker = (
            {"id": SEMINAR, "type": "supergroup", "title": "x"},
            {"id": 5, "is_bot": False, "first_name": "x"},
        )
        said = api.message(chat, speaker, text="Вышла вторая версия планировщика DPM.")
        api.guest_text(SEMINAR, 7, "@konspekt_test_bot а чем она лучше?", reply_to_message=said)
        api.guest_text(SEMINAR, 7, "@konspekt_test_bot", reply_to_message=said)
        await run.idle()
    (leaning, history), (taken, alone) = run.answers.asked
    assert (leaning, [turn.text for turn in history]) == ("а чем она лучше?", [said["text"]])
    assert (taken, list(alone)) == (said["text"], [])


async def test_nothing_of_a_guest_chat_is_stored(api: FakeBotApi, store: Database, tmp_path: Path) -> None:
    """Neither words nor ids, in any table; the next question knows nothing of the last."""
    async with running_bot(api, store, journal=tmp_path / "outbox.journal") as run:
        api.guest_text(-100987654, 7654321, "@konspekt_test_bot тайный вопрос семинара")
        await run.idle()
        api.guest_text(-100987654, 7654321, "@konspekt_test_bot а подробнее?")
        await run.idle()
    assert run.answers.asked[1] == ("а подробнее?", ())
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        kept = "\n".join(database.iterdump())
    for word in ("семинара", "7654321", "987654", "Ответ на"):
        assert word not in kept
    assert "семинара" not in (tmp_path / "outbox.journal").read_text()


async def test_what_is_too_long_for_one_message_goes_on_in_the_bot(api: FakeBotApi, store: Database) -> None:
    answers = ScriptedAnswers(script=lambda q, h: make_answer(q, "\n\n".join(["слово " * 500] * 3), cited=0))
    async with running_bot(api, store, answers=answers) as run:
        api.guest_text(SEMINAR, 7, "@konspekt_test_bot что такое LoRA?")
        await run.idle()
    (answer,) = api.guest_answers
    (button,) = answer["reply_markup"]["inline_keyboard"][0]
    assert button["text"] == "Весь ответ"
    assert button["url"].startswith("https://t.me/konspekt_test_bot?start=ask_")


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("@konspekt_test_bot", "ru", "Напишите вопрос"),
        ("@konspekt_test_bot", "en", "Write your question"),
        ("@konspekt_test_bot " + "слово " * 300, "ru", "1000"),
    ],
)
async def test_what_cannot_be_answered_is_said_there(
    api: FakeBotApi, store: Database, text: str, language: str, said: str
) -> None:
    async with running_bot(api, store) as run:
        api.guest_text(SEMINAR, 7, text, language=language)
        await run.idle()
    assert run.answers.asked == []
    assert said in api.guest_answers[0]["text"]


async def test_limits_hold_for_guests(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, questions_per_minute=1) as run:
        api.guest_text(SEMINAR, 7, "@konspekt_test_bot что такое LoRA?")
        api.guest_text(SEMINAR, 7, "@konspekt_test_bot что такое DDIM?")
        await run.idle()
    assert len(run.answers.asked) == 1
    assert "1" in api.guest_answers[1]["text"]


async def test_formatting_that_is_refused_is_sent_plain_and_a_late_answer_is_given_up(
    api: FakeBotApi, store: Database
) -> None:
    api.fail("answerGuestQuery", 1, 400, "Bad Request: can't parse entities: Unsupported start tag")
    async with running_bot(api, store) as run:
        api.guest_text(SEMINAR, 7, "@konspekt_test_bot что такое LoRA?")
        await run.idle()
        api.fail("answerGuestQuery", 1, 400, "Bad Request: query is too old and response timeout expired")
        api.guest_text(SEMINAR, 7, "@konspekt_test_bot что такое DDIM?")
        await run.idle()
    assert [("<a" in one["html"], "LoRA" in one["text"]) for one in api.guest_answers] == [(False, True)]
    assert api.sent() == []


async def test_a_server_without_guests_breaks_nothing(store: Database) -> None:
    """It sends no such update; should one be left from another server, it is put away without a word in the chat."""
    with FakeBotApi(lacks=frozenset({"answerGuestQuery"})) as api:
        async with running_bot(api, store) as run:
            api.guest_text(SEMINAR, 7, "@konspekt_test_bot что такое LoRA?")
            api.private_text(7, "Вопрос")
            await run.idle()
        assert api.guest_answers == []
        assert [message["chat"]["id"] for message in api.sent()] == [7]
