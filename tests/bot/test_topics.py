"""A topic is a talk of its own: in a private chat, and in a group."""

from __future__ import annotations

import pytest

from konspekt.memory.recollection import Recollection
from konspekt.storage.database import Database
from tests.bot.harness import Running, running_bot
from tests.fakes.bot_api import FakeBotApi

GROUP = -1001


def asks(api: FakeBotApi, chat_id: int, text: str, topic: int | None = None) -> None:
    where = {} if topic is None else {"message_thread_id": topic, "is_topic_message": True}
    if chat_id > 0:
        api.private_text(chat_id, text, **where)
    else:
        api.group_text(chat_id, 7, f"/ask {text}" if not text.startswith("/") else text, **where)


def known_before(run: Running, question: str) -> list[str]:
    """What the answerer was told of the talk so far."""
    return next([turn.text for turn in history] for asked, history in run.answers.asked if asked == question)


@pytest.mark.parametrize("chat", [7, GROUP])
async def test_each_topic_has_its_own_memory(api: FakeBotApi, store: Database, chat: int) -> None:
    async with running_bot(api, store) as run:
        for text, topic in (("Что такое LoRA?", 5), ("Что такое DDIM?", 6), ("Что такое ViT?", None),
                            ("а почему?", 5), ("а зачем?", 6), ("а когда?", None)):  # fmt: skip
            asks(api, chat, text, topic)
            await run.idle()
    assert known_before(run, "а почему?")[0] == "Что такое LoRA?"
    assert known_before(run, "а зачем?")[0] == "Что такое DDIM?"
    assert known_before(run, "а когда?")[0] == "Что такое ViT?"
    sent = [call.params.get("message_thread_id") for call in api.called("sendMessage")]
    assert sent == ["5", "6", None, "5", "6", None]


@pytest.mark.parametrize("chat", [7, GROUP])
async def test_a_reset_ends_the_talk_of_its_topic_alone(api: FakeBotApi, store: Database, chat: int) -> None:
    async with running_bot(api, store) as run:
        for text, topic in (("Что такое LoRA?", 5), ("Что такое DDIM?", 6), ("/reset", 5),
                            ("а почему?", 5), ("а зачем?", 6)):  # fmt: skip
            asks(api, chat, text, topic)
            await run.idle()
    assert known_before(run, "а почему?") == []
    assert known_before(run, "а зачем?")[0] == "Что такое DDIM?"


async def test_what_was_said_in_one_topic_is_not_recalled_in_another(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, recollection=Recollection(store, None)) as run:
        asks(api, 7, "Что такое LoRA?", 5)
        await run.idle()
        asks(api, 7, "Что я спрашивал про LoRA?", 5)
        asks(api, 7, "Что я спрашивал про LoRA?", 6)
        asks(api, 7, "Что я спрашивал про LoRA?")
        await run.idle()
    _, same, other, outside = api.texts(7)
    assert "Что такое LoRA?" in same
    assert "Что такое LoRA?" not in other
    assert "Что такое LoRA?" not in outside


async def test_forget_erases_every_topic(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        asks(api, 7, "Что такое LoRA?", 5)
        asks(api, 7, "Что такое DDIM?", 6)
        await run.idle()
        asks(api, 7, "/forget", 5)
        await run.idle()
        asks(api, 7, "а зачем?", 6)
        await run.idle()
    assert known_before(run, "а зачем?") == []


@pytest.mark.parametrize("chat", [7, GROUP])
async def test_an_answer_whose_topic_was_deleted_comes_outside_of_it(
    api: FakeBotApi, store: Database, chat: int
) -> None:
    api.closed_topics.add((chat, 5))
    async with running_bot(api, store) as run:
        asks(api, chat, "Что такое LoRA?", 5)
        await run.idle()
    (message,) = api.sent(chat)
    assert "Ответ на «Что такое LoRA?»" in message["text"]
    assert "is_topic_message" not in message


async def test_a_vote_and_more_stay_in_the_topic(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        asks(api, 7, "Что такое LoRA?", 5)
        await run.idle()
        api.callback(7, 7, "more:1:0")
        await run.idle()
    assert [call.params.get("message_thread_id") for call in api.called("sendMessage")] == ["5", "5"]
