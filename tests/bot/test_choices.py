"""A question asked back with buttons: the one who asked chooses, once, also after a restart."""

from __future__ import annotations

from konspekt.answering.answer import Answer
from konspekt.storage.database import Database
from tests.bot.harness import ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi

TITLES = ("Домашнее задание 1", "Домашнее задание 2")
CHOSEN = "когда сдавать домашку: Домашнее задание 2?"


def asks_back(question: str, _: object) -> Answer:
    asked_back = question == "когда сдавать домашку?"
    return make_answer(question, f"Ответ на «{question}» [1].", choices=TITLES if asked_back else ())


def scripted() -> ScriptedAnswers:
    return ScriptedAnswers(script=asks_back)


def buttons(api: FakeBotApi, chat: int) -> list[str]:
    return [button["text"] for row in api.sent(chat)[0]["reply_markup"]["inline_keyboard"] for button in row]


async def test_a_pressed_choice_is_answered_as_if_asked_so(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=scripted()) as run:
        api.private_text(7, "когда сдавать домашку?")
        await run.idle()
        assert buttons(api, 7) == list(TITLES)
        api.callback(7, 7, "choice:1:1")
        await run.idle()
        api.private_text(7, "а потом?")
        await run.idle()
    assert [question for question, _ in run.answers.asked] == ["когда сдавать домашку?", CHOSEN, "а потом?"]
    assert "reply_markup" not in api.sent(7)[0]
    history = [turn.text for turn in run.answers.asked[-1][1]]
    assert history[0] == CHOSEN  # the question that had to be asked back about is no memory


async def test_a_choice_is_made_once(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=scripted()) as run:
        api.private_text(7, "когда сдавать домашку?")
        await run.idle()
        message = api.sent(7)[0]["message_id"]
        pressed = api.callback(7, 7, "choice:1:1", message)
        api.callback(7, 7, "choice:1:0", message)
        api.redeliver(pressed)
        await run.idle()
    assert [question for question, _ in run.answers.asked] == ["когда сдавать домашку?", CHOSEN]
    assert len(api.sent(7)) == 2


async def test_only_who_asked_chooses_and_only_there(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=scripted()) as run:
        api.group_text(-5, 7, "/ask когда сдавать домашку?")
        await run.idle()
        message = api.sent(-5)[0]["message_id"]
        api.callback(-5, 8, "choice:1:1", message)
        api.callback(-5, 7, "choice:77:1", message)
        await run.idle()
        assert len(run.answers.asked) == 1
        api.callback(-5, 7, "choice:1:1", message)
        await run.idle()
    assert run.answers.asked[-1][0] == CHOSEN


async def test_a_choice_works_after_a_restart_and_not_after_reset(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=scripted()) as run:
        for chat in (7, 8):
            api.private_text(chat, "когда сдавать домашку?")
            await run.idle()
    async with running_bot(api, store, answers=scripted()) as run:
        api.callback(7, 7, "choice:1:1", api.sent(7)[0]["message_id"])
        api.private_text(8, "/reset")
        await run.idle()
        api.callback(8, 8, "choice:2:1", api.sent(8)[0]["message_id"])
        await run.idle()
    assert [question for question, _ in run.answers.asked] == [CHOSEN]
