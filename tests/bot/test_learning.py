"""/quiz and /progress in the real bot: Telegram's own polls, answers that count once, repetition by a moved clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from konspekt.app.in_bot.assistant import build_learning
from konspekt.app.settings import Settings
from konspekt.assistant.learning.quizzes import Asked
from konspekt.bot.locales import Locale
from konspekt.bot.parts.bot_parts import BotParts
from konspekt.bot.text.quiz import explanation_html, question_text
from konspekt.storage.database import Database
from konspekt.storage.remembered.own_data import own_data
from konspekt.storage.updates import Updates
from tests.bot.following import FakeClock, Home
from tests.bot.harness import ADMIN, Running, running_bot
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.telegram_text import parse_html

READER, OTHER = 7, 8
GLOSSARY = (
    "Словарь\n\nNFE — число вызовов сети за одну картинку.\n"
    "Ancestral — сэмплер, который на каждом шаге добавляет свежий шум.\n"
    "Калибровка — прогон нескольких сотен примеров, чтобы узнать диапазоны активаций.\n"
    "Salient — важные каналы, в которые приходят большие активации."
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def home(tmp_path: Path, store: Database, clock: FakeClock) -> Home:
    home = Home(tmp_path, store, clock)
    home.post(1, GLOSSARY)
    return home


def learning(home: Home) -> Callable[[BotParts, Updates], BotParts]:
    settings = Settings(_env_file=None)
    return lambda parts, updates: replace(parts, learning=build_learning(settings, home.database, home.clock))


def last_poll(api: FakeBotApi, chat_id: int = READER) -> dict[str, Any]:
    polls: list[dict[str, Any]] = [message["poll"] for message in api.sent(chat_id) if "poll" in message]
    return polls[-1]


async def quiz(run: Running, api: FakeBotApi, text: str = "/quiz", reader: int = READER) -> dict[str, Any]:
    api.private_text(reader, text)
    await run.idle()
    return last_poll(api, reader)


async def answer(run: Running, api: FakeBotApi, *, right: bool, reader: int = READER) -> str:
    poll = last_poll(api, reader)
    correct = poll["correct_option_ids"][0]
    api.answer_poll(reader, correct if right else (correct + 1) % len(poll["options"]), poll["id"])
    await run.idle()
    return api.texts(reader)[-1]


async def test_a_question_is_a_quiz_poll_and_its_answer_is_cited(api: FakeBotApi, home: Home) -> None:
    async with running_bot(api, home.database, more=learning(home)) as run:
        poll = await quiz(run, api)
        assert (poll["type"], poll["is_anonymous"]) == ("quiz", False)
        right = poll["options"][poll["correct_option_ids"][0]]["text"]
        term = poll["question"].removeprefix("Что такое ").removesuffix("?")
        assert f"{term} — {right}." in GLOSSARY
        assert right in poll["explanation"]
        assert sum(f"{term} — {option['text']}." in GLOSSARY for option in poll["options"]) == 1
        verdict = await answer(run, api, right=True)
        assert verdict.startswith("Верно!")
        assert f"{term} — {right}." in verdict
        assert "https://t.me/kanal/1" in api.sent(READER)[-1]["html"]
        again = await quiz(run, api)
        assert again["question"] != poll["question"]
        verdict = await answer(run, api, right=False)
        assert verdict.startswith("Нет. Правильный ответ: ")


async def test_the_next_question_comes_by_a_button_and_stays_on_its_topic(api: FakeBotApi, home: Home) -> None:
    async with running_bot(api, home.database, more=learning(home)) as run:
        poll = await quiz(run, api, "/quiz калибровка")
        assert "Калибровка" in poll["question"]
        await answer(run, api, right=True)
        data = api.sent(READER)[-1]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        api.callback(READER, READER, data)
        await run.idle()
        assert api.texts(READER)[-1].startswith("Все вопросы уже были. Следующее повторение")
        api.private_text(READER, "/quiz футбол")
        await run.idle()
        assert "Про «футбол» вопросов не набралось" in api.texts(READER)[-1]


async def test_what_was_answered_wrong_comes_again_before_what_was_right(
    api: FakeBotApi, home: Home, clock: FakeClock
) -> None:
    async with running_bot(api, home.database, more=learning(home)) as run:
        asked = []
        for number in range(4):
            asked.append((await quiz(run, api))["question"])
            await answer(run, api, right=number != 2)
        assert len(set(asked)) == 4
        api.private_text(READER, "/quiz")
        await run.idle()
        assert api.texts(READER)[-1].startswith("Все вопросы уже были")
        clock.time += timedelta(minutes=2)
        assert (await quiz(run, api))["question"] == asked[2]
        await answer(run, api, right=True)
        clock.time += timedelta(minutes=1)
        api.private_text(READER, "/quiz")
        await run.idle()
        assert api.texts(READER)[-1].startswith("Все вопросы уже были")


async def test_an_answer_told_twice_counts_once(api: FakeBotApi, home: Home) -> None:
    async with running_bot(api, home.database, more=learning(home)) as run:
        await quiz(run, api)
        correct = last_poll(api)["correct_option_ids"][0]
        update = api.answer_poll(READER, correct)
        await run.idle()
        api.redeliver(update)
        api.answer_poll(READER, (correct + 1) % 3)  # Telegram does not allow it; it changes nothing
        await run.idle()
        api.private_text(READER, "/progress")
        await run.idle()
        assert "Вопросов пройдено: 1 из 4" in api.texts(READER)[-1]
        assert api.sent(READER)[-1]["photo"][0]["head"].startswith("89504e47")  # a PNG
        assert sum(text.startswith("Верно!") for text in api.texts(READER)) == 2


async def test_an_unanswered_question_is_not_asked_twice(api: FakeBotApi, home: Home) -> None:
    async with running_bot(api, home.database, more=learning(home)) as run:
        asked = [(await quiz(run, api))["question"] for _ in range(4)]
        assert len(set(asked)) == 4
        api.private_text(READER, "/quiz")
        await run.idle()
        assert api.texts(READER)[-1] == "Сначала ответьте на вопрос выше."
        home.clock.time += timedelta(days=2)
        assert (await quiz(run, api))["question"] in asked  # scrolled away, and not for ever


async def test_readers_learn_apart_and_a_foreign_button_tells_nothing(api: FakeBotApi, home: Home) -> None:
    async with running_bot(api, home.database, more=learning(home)) as run:
        await quiz(run, api, "/quiz калибровка")
        await answer(run, api, right=True)
        api.private_text(OTHER, "/progress")
        await run.idle()
        assert "ещё не отвечали" in api.texts(OTHER)[-1]
        api.answer_poll(OTHER, 0)
        await run.idle()
        assert "ещё не отвечали" in api.texts(OTHER)[-1]
        api.callback(OTHER, OTHER, "lq:1", api.sent(OTHER)[-1]["message_id"])
        await run.idle()
        assert "Калибровка" not in last_poll(api, OTHER)["question"] or len(api.polls) > 1


async def test_an_answer_is_taken_though_the_polls_number_was_lost_in_a_crash(api: FakeBotApi, home: Home) -> None:
    """Telegram took the poll, and the process ended before it could note which it was."""
    quizzes = build_learning(Settings(_env_file=None), home.database, home.clock).quizzes
    asked = quizzes.ask(READER, "ru")
    assert isinstance(asked, Asked)
    correct = asked.question.correct
    assert quizzes.answer(OTHER, "poll9", correct) is None
    answered = quizzes.answer(READER, "poll9", correct)
    assert answered is not None
    assert answered.right
    again = quizzes.answer(READER, "poll9", (correct + 1) % 3)
    assert again is not None
    assert again.right
    assert quizzes.answer(READER, "poll10", correct) is None


async def test_a_readers_own_data_tell_what_they_follow_and_learnt(api: FakeBotApi, home: Home) -> None:
    async with running_bot(
        api, home.database, more=lambda parts, updates: home.following()(learning(home)(parts, updates), updates)
    ) as run:
        api.private_text(READER, "/follow футбол")
        await quiz(run, api)
        await answer(run, api, right=True)
    with home.database.read() as session:
        data = own_data(session, READER)
        others = own_data(session, OTHER)
    assert [row["topic"] for row in data["followed"]] == ["футбол"]
    assert [row["right"] for row in data["quizzes"]] == [True]
    assert others["followed"] == others["quizzes"] == others["clock"] == []


async def test_forget_erases_what_was_learnt(api: FakeBotApi, home: Home) -> None:
    async with running_bot(api, home.database, more=learning(home)) as run:
        await quiz(run, api)
        await answer(run, api, right=True)
        api.private_text(READER, "/forget")
        await run.idle()
        assert "1 вопрос из учёбы" in api.texts(READER)[-1]
        api.private_text(READER, "/progress")
        await run.idle()
        assert "ещё не отвечали" in api.texts(READER)[-1]


async def test_in_groups_only_admins_ask(api: FakeBotApi, home: Home) -> None:
    async with running_bot(api, home.database, more=learning(home)) as run:
        api.group_text(-100, READER, "/quiz")
        await run.idle()
        assert "администратор" in api.texts(-100)[-1]
        api.group_text(-100, ADMIN, "/quiz")
        await run.idle()
        assert last_poll(api, -100)["type"] == "quiz"
        api.answer_poll(READER, 0)
        await run.idle()
        assert api.texts(READER) == []


async def test_nothing_indexed_means_nothing_to_ask(api: FakeBotApi, store: Database, tmp_path: Path) -> None:
    home = Home(tmp_path, store, FakeClock())
    async with running_bot(api, store, more=learning(home)) as run:
        api.private_text(READER, "/quiz")
        await run.idle()
        assert api.texts(READER) == ["По материалам вопросов пока не набралось."]


@pytest.mark.parametrize("url", [None, "https://t.me/kanal/1", "javascript:alert(1)"])
def test_polls_stay_within_telegrams_limits(url: str | None) -> None:
    long, title = "Очень длинное предложение & <так>. " * 20, "Заголовок " * 20
    for kind in ("definition", "term", "name", "author", "number"):
        for language in ("ru", "en"):
            text = question_text(kind, long, title, Locale(language))  # type: ignore[arg-type]
            assert len(text) <= 300
    shown = parse_html(explanation_html(long, title, url))
    assert len(shown) <= 200
    assert shown.count("\n") <= 2
