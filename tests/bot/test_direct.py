"""Direct messages of the channel: drafted for the author, answered, or left alone, by a setting."""

from __future__ import annotations

from typing import Any

import pytest

from konspekt.storage.database import Database
from tests.bot.harness import ADMIN, Running, ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi

DIRECT, READER = -1007, 7
TOPIC = 10_000_000_000 + READER


def refusing(question: str, _: Any) -> Any:
    return make_answer(question, "В материалах этого нет.", cited=0, refused=True)


def in_topic(api: FakeBotApi) -> list[str]:
    return [message["text"] for message in api.sent(DIRECT) if message["direct_messages_topic"] == {"topic_id": TOPIC}]


async def drafted(run: Running, text: str = "Что такое LoRA?") -> None:
    run.api.direct_text(DIRECT, READER, text)
    await run.idle()


async def test_a_question_comes_to_the_author_with_a_reply_that_a_press_sends(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        await drafted(run)
        assert api.sent(DIRECT) == []
        head, draft = api.sent(ADMIN)
        assert "User 7" in head["text"]
        assert "Что такое LoRA?" in head["text"]
        message = {**draft, "entities": [{"type": "bold", "offset": 0, "length": 5}]}
        api.messages[ADMIN, draft["message_id"]] = message
        send = draft["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        for _ in range(2):
            api.callback(ADMIN, ADMIN, send, draft["message_id"])
        await run.idle()
    assert in_topic(api) == [draft["text"]]
    (sent,) = [call for call in api.called("sendMessage") if call.params["chat_id"] == str(DIRECT)]
    assert sent.params["entities"] == message["entities"]
    assert "reply_to" in api.sent(DIRECT)[0]
    told = [call.params.get("text") for call in api.called("answerCallbackQuery")]
    assert told == ["Отправлено", "На это уже ответили"]


async def test_the_authors_own_words_go_instead(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        await drafted(run)
        draft = {**api.sent(ADMIN)[-1], "chat": {"id": ADMIN, "type": "private"}}
        api.private_text(ADMIN, "Читайте третий пост.", reply_to_message=draft)
        await run.idle()
        api.callback(ADMIN, ADMIN, draft["reply_markup"]["inline_keyboard"][0][0]["callback_data"], draft["message_id"])
        await run.idle()
    assert in_topic(api) == ["Читайте третий пост."]
    assert "Отправил ваши слова" in api.texts(ADMIN)[-1]


async def test_a_draft_that_is_not_needed_is_not_sent(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        await drafted(run)
        api.callback(ADMIN, ADMIN, "rel:x")
        await run.idle()
    assert api.sent(DIRECT) == []
    assert "reply_markup" not in api.sent(ADMIN)[-1]


@pytest.mark.parametrize("presser", [READER, 8])
async def test_nobody_else_can_send_one(api: FakeBotApi, store: Database, presser: int) -> None:
    """A button's data may come from anybody's program."""
    async with running_bot(api, store) as run:
        api.private_text(presser, "/help")
        await run.idle()
        api.callback(presser, presser, f"rel:d:{DIRECT}:1:{TOPIC}")
        await run.idle()
        mine = {**api.sent(presser)[0], "chat": {"id": presser, "type": "private"}}
        mine["reply_markup"] = {"inline_keyboard": [[{"text": "x", "callback_data": f"rel:d:{DIRECT}:1:{TOPIC}"}]]}
        api.private_text(presser, "Мои слова", reply_to_message=mine)
        await run.idle()
    assert api.sent(DIRECT) == []


async def test_a_reply_that_telegram_refuses_can_be_sent_again(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        await drafted(run)
        draft = api.sent(ADMIN)[-1]
        send = draft["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        api.no_direct_topics = True
        api.callback(ADMIN, ADMIN, send, draft["message_id"])
        await run.idle()
        api.no_direct_topics = False
        api.callback(ADMIN, ADMIN, send, draft["message_id"])
        await run.idle()
    assert len(in_topic(api)) == 1
    assert [call.params["text"] for call in api.called("answerCallbackQuery")] == [
        "Telegram не принял ответ",
        "Отправлено",
    ]


async def test_the_bot_answers_by_itself_where_it_is_told_to(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, direct_messages="answer") as run:
        await drafted(run)
        await drafted(run, "/ask а почему?")
        api.direct_text(DIRECT, 8, "а зачем?")
        await run.idle()
    assert len(in_topic(api)) == 2
    assert api.sent(ADMIN) == []
    assert run.answers.asked[1][1][0].text == "Что такое LoRA?"
    assert run.answers.asked[2] == ("а зачем?", ())


async def test_an_answer_that_the_server_does_not_take_there_becomes_a_draft(api: FakeBotApi, store: Database) -> None:
    api.no_direct_topics = True
    async with running_bot(api, store, direct_messages="answer") as run:
        await drafted(run)
    assert api.sent(DIRECT) == []
    assert "Ответ на «Что такое LoRA?»" in api.texts(ADMIN)[-1]


@pytest.mark.parametrize("mode", ["draft", "answer"])
async def test_what_the_material_does_not_answer_is_left_to_the_author(
    api: FakeBotApi, store: Database, mode: str
) -> None:
    answers = ScriptedAnswers(script=refusing)
    async with running_bot(api, store, answers=answers, direct_messages=mode) as run:
        await drafted(run, "Здравствуйте, хочу купить рекламу")
    assert api.sent() == []


@pytest.mark.parametrize("mode", ["draft", "answer", "off"])
async def test_what_is_no_readers_question_is_left_alone(api: FakeBotApi, store: Database, mode: str) -> None:
    async with running_bot(api, store, direct_messages=mode) as run:
        api.direct_text(DIRECT, READER, "Спасибо за вопрос!", sender=ADMIN)
        api.direct_text(DIRECT, READER, "Ответ канала", sender_chat={"id": -1001, "type": "channel", "title": "x"})
        api.direct_text(DIRECT, READER, "Мой пост", suggested_post_info={"state": "pending"})
        api.direct_text(DIRECT, READER, "/memory")
        if mode == "off":
            api.direct_text(DIRECT, READER, "Что такое LoRA?")
        await run.idle()
    assert run.answers.asked == []
    assert api.sent() == []
