"""/cases: answers that failed, judged one by one in the chat."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from konspekt.bot.wire.journal import Journal
from konspekt.storage.asked.cases import Cases, KeptCase
from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow
from konspekt.storage.updates import Updates
from tests.bot.harness import ADMIN, Running, ScriptedAnswers, finished, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.stored_posts import store_posts


def refusing() -> ScriptedAnswers:
    return ScriptedAnswers(script=lambda q, h: make_answer(q, "Нет", refused="борщ" in q))


async def listed(run: Running) -> None:
    run.api.private_text(ADMIN, "/cases")
    await run.idle()


async def ask(run: Running, *questions: str, reader: int = 7) -> None:
    for question in questions:
        run.api.private_text(reader, question)
        await run.idle()


async def press(run: Running, data: str, *, who: int = ADMIN, chat: int = ADMIN) -> None:
    run.api.callback(chat, who, data)
    await run.idle()


def data_of(message: dict[str, Any]) -> list[str]:
    return [b["callback_data"] for row in message["reply_markup"]["inline_keyboard"] for b in row]


async def test_a_vote_down_comes_as_a_case_and_is_judged_in_place(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=ScriptedAnswers()) as run:
        await ask(run, "Что такое <LoRA>?", "Сколько шагов у DDIM?")
        run.api.callback(7, 7, "vote:1:-1", run.api.sent(7)[0]["message_id"])
        await run.idle()
        await listed(run)
        (shown,) = api.sent(ADMIN)
        assert "Что такое <LoRA>?" in shown["text"]
        assert "👎 · осталось 1" in shown["text"]
        assert "Ответ на" in shown["text"]
        assert "Пост 3" in shown["text"]
        assert data_of(shown) == [f"case:1:{a}" for a in ("right", "post", "absent", "dropped", "skip")]
        await press(run, "case:1:absent")
    (shown,) = api.sent(ADMIN)
    assert shown["text"].startswith("Всё разобрано. Вопросы для проверки сохранены: 1.")
    assert "reply_markup" not in shown
    assert Cases(store).kept() == [KeptCase("Что такое <LoRA>?", (), None, None)]


async def test_the_right_post_is_given_by_a_reply_with_its_link(api: FakeBotApi, store: Database) -> None:
    document, title, link = stored_post(store)
    async with running_bot(api, store, answers=refusing()) as run:
        await ask(run, "рецепт борща", "где хранят борщ зимой")
        await listed(run)
        await press(run, "case:2:post")
        asking = api.sent(ADMIN)[-1]
        assert asking["text"].startswith("#c2\n")
        assert "где хранят борщ зимой" in asking["text"]
        api.private_text(ADMIN, f"вот же: {link}", reply_to_message=asking)
        await run.idle()
    texts = api.texts(ADMIN)
    assert f"Записано: «{title}»." in texts
    assert "рецепт борща" in texts[-1]
    assert Cases(store).kept() == [KeptCase("где хранят борщ зимой", (), document, link)]
    assert run.answers.asked[-1][0] == "где хранят борщ зимой", "the reply is no question"


async def test_a_link_to_nothing_indexed_is_said_and_can_be_tried_again(api: FakeBotApi, store: Database) -> None:
    document, _, link = stored_post(store)
    async with running_bot(api, store, answers=refusing()) as run:
        await ask(run, "рецепт борща")
        await listed(run)
        await press(run, "case:1:post")
        asking = api.sent(ADMIN)[-1]
        api.private_text(ADMIN, "https://t.me/nowhere/1", reply_to_message=asking)
        await run.idle()
        assert "нет в индексе" in api.texts(ADMIN)[-1]
        api.private_text(ADMIN, link, reply_to_message=asking)
        await run.idle()
    assert [case.document_id for case in Cases(store).kept()] == [document]


async def test_words_of_a_passage_are_the_answers_words(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=refusing()) as run:
        await ask(run, "рецепт борща")
        await listed(run)
        await press(run, "case:1:post")
        api.private_text(ADMIN, "поста 2 про модели", reply_to_message=api.sent(ADMIN)[-1])
        await run.idle()
    assert [(case.document_id, case.accept) for case in Cases(store).kept()] == [("channel/2", ("поста 2 про модели",))]


async def test_skipping_leaves_a_case_open(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=refusing()) as run:
        await ask(run, "рецепт борща", "борщ без свёклы")
        await listed(run)
        assert "борщ без свёклы" in api.texts(ADMIN)[-1]
        await press(run, "case:2:skip")
        assert "рецепт борща" in api.texts(ADMIN)[-1]
        await press(run, "case:1:right")
        assert "борщ без свёклы" in api.texts(ADMIN)[-1]
    assert len(api.sent(ADMIN)) == 1


async def test_only_an_admin_in_private_sees_what_readers_asked(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=refusing()) as run:
        await ask(run, "рецепт борща")
        api.private_text(8, "/cases")
        api.group_text(-100, ADMIN, "/cases")
        await run.idle()
        api.callback(7, 7, "case:1:absent")
        await run.idle()
    assert api.texts(8) == ["Эта команда только для администратора канала."]
    assert "личном чате" in api.texts(-100)[-1]
    assert Cases(store).kept() == []


async def test_without_failures_there_is_nothing_to_judge(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        await ask(run, "Вопрос")
        api.private_text(ADMIN, "/cases", language="en")
        await run.idle()
    assert api.texts(ADMIN) == ["Nothing to go through: no answer failed in the last 90 days."]


async def test_a_case_whose_reader_forgot_everything_is_gone(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=refusing()) as run:
        await ask(run, "рецепт борща")
        await listed(run)
        api.private_text(7, "/forget")
        await run.idle()
        await press(run, "case:1:absent")
        await press(run, "case:1:post")
    assert api.called("answerCallbackQuery")[0].params["text"] == "Этого ответа больше нет: читатель стёр свои данные."
    assert api.texts(ADMIN)[-1] == "Этого ответа больше нет: читатель стёр свои данные."


def stored_post(store: Database) -> tuple[str, str, str]:
    """Id, title and link of an indexed post."""
    with store.session() as session:
        store_posts(session, "Первый пост")
        session.get_one(DocumentRow, "s/1").url = "https://t.me/canal/1"
    return "s/1", "Первый пост", "https://t.me/canal/1"


async def test_a_crash_after_any_write_judges_once_and_sends_each_message_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply with the right post, killed after each write: database and journal as they then are."""
    store = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    store.migrate()
    document, _, link = stored_post(store)
    taken: list[tuple[str, Path, list[str]]] = []
    watching = False
    with FakeBotApi() as api, monkeypatch.context() as patched:
        for owner, method in ((Updates, "take_in"), (Updates, "begin"), (Updates, "save_effect"), (Cases, "decide"),
                              (Journal, "left"), (Updates, "finish")):  # fmt: skip
            real = getattr(owner, method)

            def recorded(*args: Any, real: Any = real, name: str = method, **kwargs: Any) -> Any:
                result = real(*args, **kwargs)
                if watching:
                    target = tmp_path / f"crash-{len(taken)}"
                    target.mkdir()
                    sent = api.texts(ADMIN)[2:]
                    with (
                        closing(sqlite3.connect(tmp_path / "bot.db")) as old,
                        closing(sqlite3.connect(target / "bot.db")) as new,
                    ):
                        old.backup(new)
                    shutil.copy(tmp_path / "outbox.journal", target)
                    taken.append((name, target, sent))
                return result

            patched.setattr(owner, method, recorded)
        async with running_bot(api, store, answers=refusing(), journal=tmp_path / "outbox.journal") as run:
            await ask(run, "рецепт борща", "борщ без свёклы")
            await listed(run)
            await press(run, "case:2:post")
            watching = True
            posted = api.private_text(ADMIN, link, reply_to_message=api.sent(ADMIN)[-1])
            await run.idle()
            watching = False
        wanted = api.texts(ADMIN)[2:]
    store.close()
    assert [text.split(" ")[0] for text in wanted] == ["Записано:", "Вопрос"]
    assert {"save_effect", "decide", "left", "finish"} <= {name for name, _, _ in taken}
    for name, folder, before in taken:
        store = Database(f"sqlite:///{folder / 'bot.db'}")
        journal = folder / "outbox.journal"
        with FakeBotApi() as api:
            async with running_bot(api, store, answers=refusing(), journal=journal) as run:
                await run.until(lambda store=store: posted["update_id"] in finished(store))
            sent = [*before, *api.texts(ADMIN)]
        kept = Cases(store).kept()
        store.close()
        assert [case.document_id for case in kept] == [document], f"crashed after {name}"
        assert not Counter(sent) - Counter(wanted), f"crashed after {name}"  # nothing twice
        assert len(sent) >= len(wanted) - (name == "left"), f"crashed after {name}"
