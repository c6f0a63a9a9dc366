"""The buttons under an answer, and those of the examples."""

from __future__ import annotations

from sqlalchemy import select

from konspekt.storage.database import Database
from konspekt.storage.models import AnswerRow, FeedbackRow
from tests.bot.harness import ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.stored_posts import store_posts


def votes(store: Database) -> list[tuple[int, int]]:
    with store.read() as session:
        return [(row.user_id, row.value) for row in session.scalars(select(FeedbackRow))]


async def test_a_vote_is_stored_with_everything_that_was_found(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
        api.callback(7, 7, "vote:1:1")
        await run.idle()
        api.callback(7, 7, "vote:1:-1")
        await run.idle()
    assert votes(store) == [(7, -1)]
    with store.read() as session:
        answer = session.get_one(AnswerRow, 1)
    assert [found["document_id"] for found in answer.passages] == [f"channel/{n}" for n in range(1, 6)]
    assert answer.telegram_message_id == api.sent(7)[0]["message_id"]
    toasts = [call.params["text"] for call in api.called("answerCallbackQuery")]
    assert toasts == ["Спасибо! Рад, что помогло.", "Спасибо, учтём."]
    buttons = [button["text"] for button in api.sent(7)[0]["reply_markup"]["inline_keyboard"][0]]
    assert buttons == ["👍", "👎 ✓", "Ещё"]


async def test_a_vote_for_a_forgotten_answer_is_said_to_be_gone(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
        api.callback(7, 7, "vote:77:1")
        await run.idle()
    assert votes(store) == []
    assert "уже нет" in api.called("answerCallbackQuery")[0].params["text"]


async def test_more_shows_what_was_found_and_not_cited_three_at_a_time(api: FakeBotApi, store: Database) -> None:
    found = ScriptedAnswers(script=lambda q, h: make_answer(q, "Да [1].", cited=1, found=5))
    async with running_bot(api, store, answers=found) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
        api.callback(7, 7, "more:1:0")
        await run.idle()
        api.callback(7, 7, "more:1:3")
        await run.idle()
        api.callback(7, 7, "more:1:6")
        await run.idle()
    first, second = api.sent(7)[1:]
    assert [f"Пост {n}" in first["text"] for n in range(1, 6)] == [False, True, True, True, False]
    assert first["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "more:1:3"
    assert "Пост 5" in second["text"]
    assert "reply_markup" not in second
    assert api.called("answerCallbackQuery")[-1].params["text"] == "Больше ничего похожего нет."


async def test_what_was_found_for_one_is_not_shown_in_another_chat(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        api.private_text(8, "Вопрос")
        await run.idle()
        owner = 7 if answer_chat(store, 1) == 7 else 8
        other = 15 - owner
        api.callback(other, other, "more:1:0")
        await run.idle()
    assert len(api.sent(other)) == 1


def answer_chat(store: Database, answer_id: int) -> int | None:
    with store.read() as session:
        return session.get_one(AnswerRow, answer_id).chat_id


async def test_an_examples_button_asks_its_question(api: FakeBotApi, store: Database) -> None:
    with store.session() as session:
        store_posts(session, "Как устроен планировщик шума", "Ой")
    async with running_bot(api, store) as run:
        api.private_text(7, "/start")
        await run.idle()
        api.callback(7, 7, "example:0")
        await run.idle()
    keyboard = api.sent(7)[0]["reply_markup"]["inline_keyboard"]
    assert [[button["text"] for button in row] for row in keyboard] == [["Как устроен планировщик шума?"]]
    assert run.answers.asked[0][0] == "Как устроен планировщик шума?"


async def test_odd_callback_data_is_ignored(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
        for data in ("vote:x:1", "vote:1:5", "more:1", "", "drop table"):
            api.callback(7, 7, data)
        await run.idle()
    assert votes(store) == []
    assert len(api.sent(7)) == 1


async def test_only_who_asked_votes_and_sees_more_and_only_in_that_chat(api: FakeBotApi, store: Database) -> None:
    """A button's data comes from the reader's program: it may name any answer of anybody's."""
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
        api.private_text(8, "Вопрос")
        api.group_text(-5, 7, "/ask Вопрос")
        await run.idle()
        in_group = next(n for n in (2, 3) if answer_chat(store, n) == -5)
        for chat, user_id, answer in ((8, 8, 1), (-5, 7, 1), (7, 7, in_group), (-5, 8, in_group)):
            for data in (f"vote:{answer}:1", f"more:{answer}:0"):
                api.callback(chat, user_id, data)
        await run.idle()
        assert votes(store) == []
        assert [len(api.sent(chat)) for chat in (7, 8, -5)] == [1, 1, 1]
        toasts = [str(call.params.get("text")) for call in api.called("answerCallbackQuery")]
        assert toasts == ["Эти кнопки — для того, кто спрашивал."] * 8
        api.callback(7, 7, "vote:1:1")
        api.callback(-5, 7, f"vote:{in_group}:-1")
        await run.idle()
    assert sorted(votes(store)) == [(7, -1), (7, 1)]
