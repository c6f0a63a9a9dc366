"""/arena: two answers in one message, blind, and a vote by a button."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from konspekt.answering.answer import Answer, AnswerEvent, Done
from konspekt.assistant.arena.contest import QUOTES, Arena, Contender
from konspekt.bot.parts.bot_parts import BotParts
from konspekt.bot.wire.journal import Journal
from konspekt.indexer.errors import NoIndexError
from konspekt.storage.database import Database
from konspekt.storage.judging.matches import Matches
from konspekt.storage.updates import Updates
from tests.bot.harness import ADMIN, Running, finished, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi

OTHER_ADMIN = 43
NAMES = ("model-<x>", "цитаты, без модели")


class Answering:
    """Both ways of answering: one with a model, which says it in other words."""

    def __init__(self, **changes: Any) -> None:
        self.changes, self.asked = changes, 0

    async def stream(self, question: str, *, use_model: bool, language: str | None) -> AsyncGenerator[AnswerEvent]:
        self.asked += 1
        if self.changes.get("empty"):
            raise NoIndexError("nothing")
        words = "Своими словами" if use_model and not self.changes.get("alike") else "Цитата"
        answer: Answer = make_answer(
            question, f"{words} про <{question}> [1].", model="model-<x>" if use_model else None
        )
        if use_model and self.changes.get("silent"):
            answer = replace(answer, extractive=True, notice="The model is not reachable.", model=None)
        yield Done(answer)


def with_arena(store: Database, *, alone: bool = False, **changes: Any) -> Callable[[BotParts, Updates], BotParts]:
    """The model's answer stands on the left."""
    answers: Any = Answering(**changes)
    contenders = [Contender(QUOTES, answers, use_model=False), *([] if alone else [Contender(None, answers)])]
    return lambda parts, updates: replace(parts, arena=Arena(store, contenders, lambda: 0.9))


async def say(run: Running, text: str, who: int = ADMIN) -> None:
    run.api.private_text(who, text)
    await run.idle()


async def press(run: Running, data: str, *, who: int = ADMIN, chat: int = ADMIN) -> None:
    run.api.callback(chat, who, data)
    await run.idle()


async def test_a_pair_is_blind_until_a_vote_and_then_tells_who_it_was(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, more=with_arena(store)) as run:
        await say(run, "/arena Что такое LoRA?")
        (shown,) = api.sent(ADMIN)
        assert shown["text"].index("Своими словами") < shown["text"].index("Цитата")
        assert "Пост 1" in shown["text"]
        assert not any(name in shown["text"] for name in NAMES)
        buttons = [b["callback_data"] for row in shown["reply_markup"]["inline_keyboard"] for b in row]
        assert buttons == [f"arena:1:{vote}" for vote in ("left", "right", "both", "neither")]
        await press(run, "arena:1:left")
        await press(run, "arena:1:right")  # who was who is known by now
    (shown,) = api.sent(ADMIN)
    assert "Ответ А · model-<x>" in shown["text"]
    assert "Ответ Б · цитаты, без модели" in shown["text"]
    assert "Ваш выбор: Лучше А" in shown["text"]
    assert "побед 1 из 1" in shown["text"]
    assert "reply_markup" not in shown
    with store.read() as session:
        assert Matches(session).votes() == [("model-<x>", "quotes", "left")]


async def test_only_an_admin_in_private_compares_and_votes_on_their_own(api: FakeBotApi, store: Database) -> None:
    admins = frozenset({ADMIN, OTHER_ADMIN})
    async with running_bot(api, store, more=with_arena(store), admins=admins) as run:
        await say(run, "/arena Что такое LoRA?", who=8)
        api.group_text(-100, ADMIN, "/arena Что такое LoRA?")
        await say(run, "/arena Что такое LoRA?")
        await say(run, "/help", who=7)
        await press(run, "arena:1:left", who=7, chat=7)
        await say(run, "/help", who=OTHER_ADMIN)
        await press(run, "arena:1:left", who=OTHER_ADMIN, chat=OTHER_ADMIN)
        await press(run, "arena:7:left")
    assert api.texts(8) == ["Эта команда только для администратора канала."]
    assert "личном чате" in api.texts(-100)[-1]
    told = [one.params["text"] for one in api.called("answerCallbackQuery")]
    assert told == ["Эта команда только для администратора канала.", *["Этой пары ответов больше нет."] * 2]
    with store.read() as session:
        assert Matches(session).votes() == []


@pytest.mark.parametrize(
    ("text", "changes", "told"),
    [
        ("/arena", {}, "Напишите вопрос после команды"),
        ("/arena ?!", {}, "Напишите вопрос после команды"),
        ("/arena Что такое LoRA?", {"alone": True}, "Сравнивать пока нечего"),
        ("/arena Что такое LoRA?", {"alike": True}, "Оба ответа одинаковы"),
        ("/arena Что такое LoRA?", {"silent": True}, "не дала своего ответа"),
        ("/arena Что такое LoRA?", {"empty": True}, "индекс"),
        ("/arena " + "слово " * 300, {}, "1000"),
    ],
)
async def test_what_is_not_compared_is_explained(
    api: FakeBotApi, store: Database, text: str, changes: dict[str, bool], told: str
) -> None:
    async with running_bot(api, store, more=with_arena(store, **changes)) as run:
        await say(run, text)
    (shown,) = api.texts(ADMIN)
    assert told in shown


async def test_two_long_answers_fit_one_message(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, more=with_arena(store), question_max_chars=5000) as run:
        await say(run, "/arena " + "длинный&вопрос " * 250)
    (shown,) = api.texts(ADMIN)
    assert "Ответ Б" in shown


async def test_forget_takes_the_pairs_along(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, more=with_arena(store)) as run:
        await say(run, "/arena Что такое LoRA?")
        await say(run, "/forget")
        with store.read() as session:
            assert Matches(session).of(ADMIN, 1) is None


async def test_a_crash_after_any_write_sends_one_pair_and_counts_one_vote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question and the press, killed after each write: database and journal as they then are."""
    store = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    store.migrate()
    taken: list[tuple[str, Path, int]] = []
    with FakeBotApi() as api, monkeypatch.context() as patched:
        for owner, method in ((Updates, "take_in"), (Updates, "begin"), (Updates, "save_effect"), (Arena, "_keep"),
                              (Arena, "vote"), (Journal, "left"), (Updates, "finish")):  # fmt: skip
            real = getattr(owner, method)

            def recorded(*args: Any, real: Any = real, name: str = method, **kwargs: Any) -> Any:
                result = real(*args, **kwargs)
                target = tmp_path / f"crash-{len(taken)}"
                target.mkdir()
                with (
                    closing(sqlite3.connect(tmp_path / "bot.db")) as old,
                    closing(sqlite3.connect(target / "bot.db")) as new,
                ):
                    old.backup(new)
                shutil.copy(tmp_path / "outbox.journal", target)
                taken.append((name, target, len(api.sent(ADMIN))))
                return result

            patched.setattr(owner, method, recorded)
        async with running_bot(api, store, more=with_arena(store), journal=tmp_path / "outbox.journal") as run:
            asked = api.private_text(ADMIN, "/arena Что такое LoRA?")
            await run.idle()
            pressed = api.callback(ADMIN, ADMIN, "arena:1:left")
            await run.idle()
    store.close()
    assert {"save_effect", "_keep", "vote", "left", "finish"} <= {name for name, _, _ in taken}
    for name, folder, before in taken:
        store = Database(f"sqlite:///{folder / 'bot.db'}")
        with FakeBotApi() as api:
            waiting = {one["update_id"] for one in (asked, pressed)} & known(store)
            more = with_arena(store)
            async with running_bot(api, store, more=more, journal=folder / "outbox.journal") as run:
                await run.until(lambda store=store, waiting=waiting: waiting <= finished(store))
            sent = Counter(text.split("\n")[0] for text in api.texts(ADMIN))
        with store.read() as session:
            votes = Matches(session).votes()
        store.close()
        assert before + sent["Что такое LoRA?"] <= 1 + (pressed["update_id"] in waiting), f"crashed after {name}"
        if waiting:
            assert before + sum(sent.values()) >= 1 - (name == "left"), f"crashed after {name}"
        assert votes == [("model-<x>", "quotes", "left")] * (pressed["update_id"] in waiting), f"crashed after {name}"


def known(store: Database) -> set[int]:
    """Updates that were taken in."""
    from sqlalchemy import select

    from konspekt.storage.models import UpdateRow

    with store.read() as session:
        return set(session.scalars(select(UpdateRow.id)))
