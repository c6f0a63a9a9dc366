"""A question that was edited is answered anew in the place of its answer."""

from __future__ import annotations

import pytest

from konspekt.storage.database import Database
from tests.bot.harness import ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi


@pytest.mark.parametrize("chat", [7, -1001])
async def test_an_edited_question_changes_its_answer_in_place(api: FakeBotApi, store: Database, chat: int) -> None:
    prefix = "" if chat > 0 else "/ask "
    put = api.private_text if chat > 0 else lambda chat, text: api.group_text(chat, 7, text)
    async with running_bot(api, store) as run:
        question = put(chat, f"{prefix}Что такое LoRa?")
        await run.idle()
        api.edited(question, f"{prefix}Что такое LoRA?")
        await run.idle()
        api.edited(question, f"{prefix}Что такое QLoRA?", after=60)
        await run.idle()
        put(chat, f"{prefix}А зачем?")
        await run.idle()
    first, _ = api.sent(chat)
    assert first["text"].startswith("Ответ на «Что такое QLoRA?»")
    assert first["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "vote:3:1"
    assert [text for text, _ in run.answers.asked] == [
        "Что такое LoRa?",
        "Что такое LoRA?",
        "Что такое QLoRA?",
        "А зачем?",
    ]
    assert [turn.text for turn in run.answers.asked[-1][1]] == ["Что такое QLoRA?", "Ответ на «Что такое QLoRA?» [1]."]


async def test_an_edit_while_the_answer_is_written_waits_for_it(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(pace=0.2)) as run:
        question = api.private_text(7, "Что такое LoRa?")
        api.edited(question, "Что такое LoRA?")
        await run.idle()
    (answer,) = api.sent(7)
    assert answer["text"].startswith("Ответ на «Что такое LoRA?»")


async def test_what_is_no_new_question_changes_nothing(api: FakeBotApi, store: Database) -> None:
    """The same words, an edit after ten minutes, a message that was no question, a command."""
    async with running_bot(api, store) as run:
        question = api.private_text(7, "Что такое LoRA?")
        talk = api.group_text(-1001, 7, "Просто разговор")
        reset = api.private_text(7, "/reset")
        await run.idle()
        before = [(message["message_id"], message["text"]) for message in api.sent()]
        api.edited(question, "Что такое LoRA?")
        api.edited(question, "Что такое DDIM?", after=601)
        api.edited(talk, "@konspekt_test_bot разговор")
        api.edited(reset, "/start")
        await run.idle()
    assert [(message["message_id"], message["text"]) for message in api.sent()] == before
    assert len(run.answers.asked) == 1


async def test_an_edit_that_a_restart_interrupts_is_answered_after_it_once(api: FakeBotApi, store: Database) -> None:
    answers = ScriptedAnswers()
    async with running_bot(api, store, answers=answers, stop_seconds=0.1) as run:
        question = api.private_text(7, "Что такое LoRa?")
        await run.idle()
        answers.pace = 60.0
        edit = api.edited(question, "Что такое LoRA?")
        await run.until(lambda: len(answers.asked) == 2)
    async with running_bot(api, store) as run:
        await run.idle()
        api.redeliver(edit)
        api.private_text(8, "Другой")
        await run.idle()
    (answer,) = api.sent(7)
    assert answer["text"].startswith("Ответ на «Что такое LoRA?»")


async def test_an_answer_of_several_messages_takes_the_places_of_the_old_ones(api: FakeBotApi, store: Database) -> None:
    """More of them come below, those that are left over go."""
    texts = {"кратко": "Да [1].", "подробно": "\n\n".join("слово " * 500 for _ in range(3))}
    texts["ещё подробнее"] = texts["подробно"] + "\n\n" + "слог " * 700
    script = ScriptedAnswers(script=lambda q, h: make_answer(q, texts[q.split(", ")[1]]))
    async with running_bot(api, store, answers=script) as run:
        question = api.private_text(7, "LoRA, подробно")
        await run.idle()
        ids = [message["message_id"] for message in api.sent(7)]
        assert len(ids) > 2
        for number, (asked, count) in enumerate((("ещё подробнее", 1), ("кратко", 1 - len(ids))), 1):
            api.edited(question, f"LoRA, {asked}", after=number)
            await run.idle()
            kept = [message["message_id"] for message in api.sent(7)]
            assert len(kept) == len(ids) + count
            assert kept[: len(ids)] == ids[: len(kept)]
    (answer,) = api.sent(7)
    assert answer["text"].startswith("Да [1].")
    assert answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "vote:3:1"


@pytest.mark.parametrize("chat", [7, -1001])
async def test_a_deleted_question_is_not_answered_and_not_remembered(
    api: FakeBotApi, store: Database, chat: int
) -> None:
    prefix = "" if chat > 0 else "/ask "
    put = api.private_text if chat > 0 else lambda chat, text: api.group_text(chat, 7, text)
    async with running_bot(api, store, answers=ScriptedAnswers(pace=0.2)) as run:
        question = put(chat, f"{prefix}Что такое LoRA?")
        await run.until(lambda: run.answers.running)
        api.deleted(question)
        await run.idle()
        assert api.sent(chat) == []
        put(chat, f"{prefix}А зачем?")
        await run.idle()
    assert run.answers.asked[-1] == ("А зачем?", ())
    (answer,) = api.sent(chat)
    assert answer["text"].startswith("Ответ на «А зачем?»")


async def test_any_other_refusal_of_an_answer_is_no_sign_of_a_deleted_question(
    api: FakeBotApi, store: Database
) -> None:
    api.fail("sendMessage", 1, 400, "Bad Request: can't parse entities: chat not found in the text")
    async with running_bot(api, store) as run:
        api.private_text(7, "Что такое LoRA?")
        await run.idle()
    assert len(api.sent(7)) == 1
