"""`@bot words`, "ask this": the sent message becomes the answer."""

from __future__ import annotations

import pytest

from konspekt.storage.database import Database
from tests.bot.harness import ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi

LACKING = frozenset({"editMessageText"})


async def test_the_question_is_offered_with_a_button_that_works_without_feedback_too(
    api: FakeBotApi, store: Database
) -> None:
    async with running_bot(api, store) as run:
        api.inline_query(7, "Что такое LoRA?")
        api.inline_query(7, "?!")
        await run.idle()
    offered, nothing = (call.params["results"] for call in api.called("answerInlineQuery"))
    ask = offered[-1]
    assert ask["id"] == "ask"
    assert "Что такое LoRA?" in ask["input_message_content"]["message_text"]
    (button,) = ask["reply_markup"]["inline_keyboard"][0]
    assert button["url"].startswith("https://t.me/konspekt_test_bot?start=ask_")
    assert all(result["id"] != "ask" for result in nothing)


async def test_the_sent_question_becomes_its_answer(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        update = api.chosen_inline(7, "Что такое LoRA?")
        await run.idle()
        api.redeliver(update)
        await run.idle()
        api.chosen_inline(7, "а почему?", message="inline-2")
        await run.idle()
    assert run.answers.asked == [("Что такое LoRA?", ()), ("а почему?", ())]
    answer = api.inline_messages["inline-1"]
    assert answer["text"].startswith("Что такое LoRA?\n\nОтвет на «Что такое LoRA?»")
    assert answer["reply_markup"]["inline_keyboard"][0][0]["text"] == "Спросить ещё"
    assert api.sent() == []


async def test_a_long_answer_goes_on_in_the_bot(api: FakeBotApi, store: Database) -> None:
    answers = ScriptedAnswers(script=lambda q, h: make_answer(q, "\n\n".join(["слово " * 500] * 3), cited=0))
    async with running_bot(api, store, answers=answers) as run:
        api.chosen_inline(7, "Что такое LoRA?")
        await run.idle()
    (button,) = api.inline_messages["inline-1"]["reply_markup"]["inline_keyboard"][0]
    assert (button["text"], "start=ask_" in button["url"]) == ("Весь ответ", True)


@pytest.mark.parametrize(("result", "message"), [("0", "inline-1"), ("overview", "inline-1"), ("ask", None)])
async def test_other_choices_ask_nothing(api: FakeBotApi, store: Database, result: str, message: str | None) -> None:
    async with running_bot(api, store) as run:
        api.chosen_inline(7, "Что такое LoRA?", result=result, message=message)
        await run.idle()
    assert run.answers.asked == []
    assert api.inline_messages == {}


async def test_limits_hold_and_refused_formatting_is_sent_plain(api: FakeBotApi, store: Database) -> None:
    api.fail("editMessageText", 1, 400, "Bad Request: can't parse entities: Unsupported start tag")
    async with running_bot(api, store, questions_per_minute=1) as run:
        api.chosen_inline(7, "Что такое LoRA?")
        await run.idle()
        api.chosen_inline(7, "Что такое DDIM?", message="inline-2")
        await run.idle()
    assert "Ответ на «Что такое LoRA?»" in api.inline_messages["inline-1"]["html"]
    assert "<a" not in api.inline_messages["inline-1"]["html"]
    assert len(run.answers.asked) == 1
    assert "Ответ" not in api.inline_messages["inline-2"]["text"]


async def test_a_server_that_edits_nothing_leaves_the_button(store: Database) -> None:
    with FakeBotApi(lacks=LACKING) as api:
        async with running_bot(api, store) as run:
            api.chosen_inline(7, "Что такое LoRA?")
            api.private_text(7, "Вопрос")
            await run.idle()
        assert api.inline_messages == {}
        assert len(api.sent(7)) == 1
