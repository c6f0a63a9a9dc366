"""Forwarded posts as questions: «о чём это?», «что ещё об этом?»; a quoted part is what is asked about."""

from __future__ import annotations

from typing import Any

import pytest

from konspekt.bot.handlers.asking.forwarded import ABOUT_IT, MORE
from konspekt.storage.database import Database
from tests.bot.harness import running_bot
from tests.fakes.bot_api import FakeBotApi

POST = "Текст поста 1 про модели & данные."


def from_channel(number: int) -> dict[str, Any]:
    chat = {"id": -1007, "type": "channel", "title": "Канал", "username": "Channel"}
    return {"forward_origin": {"type": "channel", "date": 1, "chat": chat, "message_id": number}}


FROM_USER = {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Кто-то"}}


@pytest.mark.parametrize(
    ("text", "origin", "asked"),
    [
        ("что угодно", from_channel(1), "О чём этот пост? https://t.me/channel/1"),
        (POST, FROM_USER, "О чём этот пост? https://t.me/channel/1"),
        ("**Текст поста 1** про модели & данные.", from_channel(70), "О чём этот пост? https://t.me/channel/1"),
        ("Чего в индексе нет", from_channel(70), "Чего в индексе нет"),
        ("Чего в индексе нет", FROM_USER, "Чего в индексе нет"),
    ],
)
async def test_a_forwarded_post_is_asked_of_as_the_index_has_it(
    api: FakeBotApi, store: Database, text: str, origin: dict[str, Any], asked: str
) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, text, **origin)
        await run.idle()
    assert [question for question, _ in run.answers.asked] == [asked]
    assert len(api.sent(7)) == 1


async def test_questions_in_reply_to_a_forwarded_post(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        chat = {"id": 7, "type": "private", "first_name": "User 7"}
        post = api.message(chat, {"id": 7, "is_bot": False, "first_name": "U"}, text=POST, **from_channel(1))
        for words in ("О чём это?", "А что ещё об этом?", "Сколько там данных?"):
            api.private_text(7, words, reply_to_message=post)
        api.private_text(7, "О чём это?", reply_to_message=post, quote={"text": "про модели", "position": 14})
        await run.idle()
    asked = [question for question, _ in run.answers.asked]
    assert asked[:2] == ["О чём этот пост? https://t.me/channel/1", "Что ещё есть о «Пост 1 <b>&»?"]
    assert asked[2:] == ["Сколько там данных?", "О чём это?"]
    assert run.answers.asked[2][1][-1].text == POST
    assert run.answers.asked[3][1][-1].text == "про модели"


@pytest.mark.parametrize(
    "words", ["О чём это?", "о чем этот пост", "Про что тут?", "что это", "в чём суть?", "What is this about?", "tl;dr"]
)
def test_what_asks_what_a_post_is_about(words: str) -> None:
    assert ABOUT_IT.fullmatch(words)


@pytest.mark.parametrize(
    "words",
    [
        "Что ещё об этом?",
        "а что ещё почитать?",
        "Есть ли ещё про это?",
        "что еще есть по теме",
        "anything else on this?",
    ],
)
def test_what_asks_for_more(words: str) -> None:
    assert MORE.fullmatch(words)


@pytest.mark.parametrize("words", ["О чём это правило?", "что это значит", "Что ещё умеет LoRA?", "кратко о RAG"])
def test_a_question_of_its_own_is_neither(words: str) -> None:
    assert not ABOUT_IT.fullmatch(words)
    assert not MORE.fullmatch(words)
