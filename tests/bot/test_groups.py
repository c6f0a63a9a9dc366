"""In groups the bot speaks when spoken to."""

from __future__ import annotations

from konspekt.storage.database import Database
from tests.bot.harness import running_bot
from tests.fakes.bot_api import BOT, FakeBotApi

GROUP = -1001


async def test_it_answers_a_mention_a_reply_and_a_command_and_nothing_else(api: FakeBotApi, store: Database) -> None:
    mine = {
        "message_id": 999,
        "date": 1,
        "chat": {"id": GROUP, "type": "supergroup", "title": "x"},
        "from": BOT,
        "text": "a",
    }
    async with running_bot(api, store) as run:
        api.group_text(GROUP, 1, "Просто разговор")
        api.group_text(GROUP, 2, "@konspekt_test_bot, что такое LoRA?")
        api.group_text(GROUP, 3, "А подробнее?", reply_to_message=mine)
        api.group_text(GROUP, 4, "/ask Что такое DDIM?")
        api.group_text(GROUP, 5, "/ask@konspekt_test_bot Что такое DPM?")
        api.group_text(GROUP, 6, "/ask@other_bot Что такое DPM?")
        api.group_text(GROUP, 7, "@other_bot Что такое DPM?")
        await run.idle()
    asked = {question for question, _ in run.answers.asked}
    assert asked == {"что такое LoRA?", "А подробнее?", "Что такое DDIM?", "Что такое DPM?"}
    assert all("reply_to" in message for message in api.sent(GROUP))


async def test_a_mention_under_somebodys_question_asks_that_question(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        question = api.group_text(GROUP, 1, "Чем DDIM лучше DDPM?")["message"]
        api.group_text(GROUP, 2, "@konspekt_test_bot", reply_to_message=question)
        api.group_text(GROUP, 2, "/ask", reply_to_message=question)
        api.group_text(GROUP, 2, "/ask")
        await run.idle()
    assert [question for question, _ in run.answers.asked] == ["Чем DDIM лучше DDPM?"] * 2
    assert "после команды" in api.texts(GROUP)[2]


async def test_the_channels_own_post_in_its_discussion_group_is_no_question(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.group_text(GROUP, 777000, "@konspekt_test_bot новый пост", is_automatic_forward=True)
        await run.idle()
    assert api.sent(GROUP) == []


async def test_members_of_a_group_do_not_share_memory(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.group_text(GROUP, 1, "@konspekt_test_bot секрет первого")
        await run.idle()
        api.group_text(GROUP, 2, "@konspekt_test_bot что говорил первый?")
        await run.idle()
    assert run.answers.asked[1][1] == ()


async def test_the_answer_goes_to_the_topic_it_was_asked_in(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.group_text(GROUP, 1, "/ask Что?", message_thread_id=5, is_topic_message=True)
        await run.idle()
    (call,) = api.called("sendMessage")
    assert call.params["message_thread_id"] == "5"


async def test_a_group_that_became_a_supergroup_gets_its_answer_there(api: FakeBotApi, store: Database) -> None:
    api.migrate("sendMessage", -1002)
    async with running_bot(api, store) as run:
        api.group_text(-5, 1, "/ask Что?")
        await run.idle()
    assert len(api.sent(-1002)) == 1


async def test_a_reply_is_read_with_what_it_replies_to(api: FakeBotApi, store: Database) -> None:
    """A message of somebody's, an answer of the bot's (also one given to somebody else), and the quoted part alone."""
    async with running_bot(api, store) as run:
        post = api.group_text(GROUP, 1, "Вышла вторая версия планировщика DPM. Она быстрее.")["message"]
        api.group_text(GROUP, 2, "@konspekt_test_bot\u00a0а почему?", reply_to_message=post)
        await run.idle()
        api.group_text(GROUP, 3, "/ask Что такое LoRA?")
        await run.idle()
        answer = {**api.sent(GROUP)[-1], "chat": {"id": GROUP, "type": "supergroup", "title": "x"}}
        api.group_text(GROUP, 4, "А подробнее?", reply_to_message=answer)
        await run.idle()
        quote = {"text": "Она быстрее", "position": 39, "is_manual": True}
        api.group_text(GROUP, 5, "/ask\nчем это проверили?", reply_to_message=post, quote=quote)
        api.group_text(GROUP, 6, "(@konspekt_test_bot)", reply_to_message=post, quote=quote)
        await run.idle()
    asked = {question: [turn.text for turn in turns] for question, turns in run.answers.asked}
    assert asked["а почему?"] == [post["text"]]
    assert asked["А подробнее?"] == ["Что такое LoRA?", "Ответ на «Что такое LoRA?» [1]."]
    assert asked["чем это проверили?"] == ["Она быстрее"]
    assert asked["Она быстрее"] == []


async def test_a_reply_to_the_last_answer_does_not_repeat_it(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, "Что такое LoRA?")
        await run.idle()
        answer = {**api.sent(7)[-1], "chat": {"id": 7, "type": "private"}}
        api.private_text(7, "А подробнее?", reply_to_message=answer)
        await run.idle()
    assert [turn.text for turn in run.answers.asked[1][1]] == ["Что такое LoRA?", "Ответ на «Что такое LoRA?» [1]."]
