"""Questions in private chats, over real HTTP."""

from __future__ import annotations

import pytest

from konspekt.answering.answer import Answer
from konspekt.indexer.errors import NoIndexError
from konspekt.storage.database import Database
from tests.bot.harness import ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi, user


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


async def test_several_questions_of_one_person_are_answered_in_order_one_at_a_time(
    api: FakeBotApi, store: Database
) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(pace=0.02)) as run:
        questions = [api.private_text(7, f"Вопрос {n}")["message"]["message_id"] for n in range(5)]
        await run.idle()
    assert [message["reply_to"] for message in api.sent(7)] == questions
    assert run.answers.most_at_once == 1


async def test_people_are_answered_side_by_side(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers(pace=0.1)) as run:
        for user_id in range(1, 11):
            api.private_text(user_id, "Вопрос")
        await run.idle()
    assert run.answers.most_at_once > 3
    assert all(len(api.sent(user_id)) == 1 for user_id in range(1, 11))


async def test_the_last_turns_are_remembered_for_this_person_in_this_chat_only(
    api: FakeBotApi, store: Database
) -> None:
    async with running_bot(api, store, memory_turns=1) as run:
        for text in ("Первый", "Второй", "Третий"):
            api.private_text(7, text)
            await run.idle()
        api.private_text(8, "Чужой")
        await run.idle()
        api.group_text(-100, 7, "@konspekt_test_bot В группе")
        await run.idle()
    history = dict(run.answers.asked)
    assert [turn.text for turn in history["Третий"]] == ["Второй", "Ответ на «Второй» [1]."]
    assert history["Чужой"] == history["В группе"] == ()


async def test_memory_survives_a_restart(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, "Первый")
        await run.idle()
    async with running_bot(api, store) as run:
        api.private_text(7, "А во второй версии?")
        await run.idle()
    assert [turn.text for turn in run.answers.asked[0][1]] == ["Первый", "Ответ на «Первый» [1]."]


async def test_a_redelivered_update_is_answered_once(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        update = api.private_text(7, "Вопрос")
        await run.idle()
        api.redeliver(update)
        api.private_text(8, "Другой")
        await run.idle()
    assert len(api.sent(7)) == 1


async def test_another_bots_updates_with_the_same_ids_are_new(store: Database) -> None:
    for _ in range(2):
        with FakeBotApi() as api:
            async with running_bot(api, store) as run:
                api.message({"id": 7, "type": "private"}, None)  # so that message ids differ from the other bot's
                api.private_text(7, f"Вопрос {id(api)}")
                await run.until(lambda api=api: api.sent(7))


async def test_a_question_that_is_too_long_is_told_so(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, question_max_chars=20) as run:
        api.private_text(7, "Очень " * 10)
        await run.idle()
    assert "слишком длинный: 59 знаков" in api.texts(7)[0]
    assert run.answers.asked == []


async def test_more_questions_than_a_minute_allows_are_told_so(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, questions_per_minute=2) as run:
        for n in range(3):
            api.private_text(7, f"Вопрос {n}")
        api.private_text(8, "Другой человек")
        await run.idle()
    assert "не больше чем на 2 вопроса" in api.texts(7)[2]
    assert "Другой человек" in api.texts(8)[0]


async def test_characters_that_are_none_do_not_lose_the_question(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, "Что такое \ud83dLoRA\0?")
        await run.idle()
    assert "Ответ на «Что такое ?LoRA ?»" in api.sent(7)[0]["text"]


async def test_a_long_answer_comes_in_parts_with_buttons_on_the_last(api: FakeBotApi, store: Database) -> None:
    long = "\n\n".join(f"**Абзац {n}**: " + "слово " * 90 for n in range(20))
    async with running_bot(api, store, answers=ScriptedAnswers(script=lambda q, h: make_answer(q, long))) as run:
        api.private_text(7, "Расскажи")
        await run.idle()
    messages = api.sent(7)
    assert len(messages) > 2
    assert ["reply_markup" in message for message in messages] == [False] * (len(messages) - 1) + [True]


async def test_a_refusal_is_shown_as_it_is(api: FakeBotApi, store: Database) -> None:
    refuse = ScriptedAnswers(script=lambda q, h: make_answer(q, "В канале этого нет. Ближе всего [1].", refused=True))
    async with running_bot(api, store, answers=refuse) as run:
        api.private_text(7, "Рецепт борща")
        await run.idle()
    assert "В канале этого нет" in api.texts(7)[0]


async def test_an_error_while_answering_is_owned_up_to_and_the_next_question_works(
    api: FakeBotApi, store: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def script(question: str, _: object) -> Answer | Exception:
        return RuntimeError(f"secret {question}") if "ломай" in question else make_answer(question, "Да [1].")

    async with running_bot(api, store, answers=ScriptedAnswers(script=script)) as run:
        api.private_text(7, "ломай")
        api.private_text(7, "чини")
        await run.idle()
    assert [text.split("\n")[0] for text in api.texts(7)] == [
        "Не получилось ответить из-за ошибки на моей стороне. Попробуйте ещё раз чуть позже.",
        "Да [1].",
    ]


async def test_an_empty_index_is_said_in_the_readers_language(api: FakeBotApi, store: Database) -> None:
    empty = ScriptedAnswers(script=lambda q, h: NoIndexError("nothing is indexed"))
    async with running_bot(api, store, answers=empty) as run:
        api.private_text(7, "Что?")
        api.private_text(8, "What?", language="en")
        await run.idle()
    assert "ничего не проиндексировано" in api.texts(7)[0]
    assert "nothing is indexed yet" in api.texts(8)[0]


async def test_a_reader_who_blocked_the_bot_holds_nobody_up(api: FakeBotApi, store: Database) -> None:
    api.fail("sendMessage", 1, 403, "Forbidden: bot was blocked by the user")
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
        api.private_text(8, "Вопрос")
        await run.idle()
    assert api.texts(7) == []
    assert len(api.texts(8)) == 1


async def test_a_picture_without_words_and_an_unknown_command_get_a_hint(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        chat = {"id": 7, "type": "private", "first_name": "x"}
        sticker = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "type": "regular"}
        sticker |= {"is_animated": False, "is_video": False}
        api.inject("message", api.message(chat, user(7), sticker=sticker))
        api.private_text(7, "/unknown")
        await run.idle()
    assert "только текст" in api.texts(7)[0]
    assert "/reset" in api.texts(7)[1]


async def test_an_update_that_cannot_be_read_holds_nobody_up(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.inject("message", {"message_id": "what", "chat": 5})
        api.inject("callback_query", {"id": "1"})
        api.private_text(7, "Вопрос")
        await run.idle()
    assert len(api.sent(7)) == 1


async def test_the_server_may_leave_out_what_only_the_library_needs(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.inject("message", {"message_id": 1, "chat": {"id": 7}, "from": {"id": 7}, "text": "/start"})
        api.inject("message", {"message_id": 2, "chat": {"id": 7}, "from": {"id": 7}, "text": "Что это?"})
        await run.idle()
    assert "I answer questions about this channel" in api.texts(7)[0]
    assert "Ответ на" in api.texts(7)[1]


async def test_the_bot_runs_on_either_database(api: FakeBotApi, database: Database) -> None:
    async with running_bot(api, database) as run:
        api.private_text(7, "Первый")
        api.private_text(7, "Второй")
        await run.idle()
        api.callback(7, 7, "vote:1:1")
        api.private_text(42, "/stats")
        await run.idle()
        api.private_text(7, "/forget")
        await run.idle()
    assert len(api.called("sendPhoto")) == 1
    assert "Вопросов: 2" in api.texts(42)[-1]
    assert api.texts(7)[-1] == "Стёрто: 4 реплики, 2 ответа, 1 оценка."
