"""Commands of readers and admins, inline mode."""

from __future__ import annotations

from sqlalchemy import func, select

from konspekt.bilingual import Bilingual
from konspekt.bot.parts.library import CannotIndex
from konspekt.storage.database import Database
from konspekt.storage.models import (
    AnswerRow,
    MessageRow,
    SourceRow,
    UpdateRow,
    UserRow,
)
from tests.bot.harness import ADMIN, RecordedIndexing, ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi, user


def count(store: Database, table: type) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


async def test_start_and_help_speak_the_readers_language(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        for command in ("/start", "/help"):
            api.private_text(7, command, language="ru")
            api.private_text(8, command, language="en")
        await run.idle()
    assert "Просто напишите вопрос" in api.texts(7)[0]
    assert "@konspekt_test_bot" in api.texts(7)[1]
    assert "Just type a question" in api.texts(8)[0]
    assert "/reindex" not in "".join(api.texts())


async def test_reset_starts_afresh_and_keeps_the_answers(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        for text in ("Первый", "/reset", "Второй"):
            api.private_text(7, text)
        await run.idle()
    assert run.answers.asked[1] == ("Второй", ())
    assert count(store, AnswerRow) == 2


async def test_forget_erases_everything_about_the_user_and_says_what(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(8, "Чужой вопрос")
        for text in ("Первый", "Второй"):
            api.private_text(7, text)
        await run.idle()
        api.callback(7, 7, f"vote:{answer_of(store, 7)}:1")
        await run.idle()
        api.private_text(7, "/forget")
        await run.idle()
        api.private_text(7, "/forget")
        await run.idle()
    assert api.texts(7)[-2] == "Стёрто: 4 реплики, 2 ответа, 1 оценка."
    assert api.texts(7)[-1] == "О вас ничего не хранилось."
    with store.read() as session:
        assert session.scalars(select(AnswerRow.user_id)).all() == [8]
        assert set(session.scalars(select(MessageRow.user_id))) == {8}
        assert session.get(UserRow, 7) is None
        payloads = session.scalars(select(UpdateRow.payload).where(UpdateRow.user_id == 7)).all()
        assert all(payload is None for payload in payloads)


def answer_of(store: Database, user_id: int) -> int:
    with store.read() as session:
        return session.scalars(select(AnswerRow.id).where(AnswerRow.user_id == user_id)).first() or 0


async def test_admin_commands_are_for_admins_by_their_own_id(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        for command in ("/reindex", "/stats", "/sources"):
            api.private_text(7, command)
            api.group_text(-ADMIN, 7, command)
            # an anonymous admin of a group writes as the group: its id must not pass for a user's
            chat = {"id": -ADMIN, "type": "supergroup", "title": "x"}
            sender = {"id": ADMIN, "type": "supergroup", "title": "x"}
            body = api.message(chat, {"id": 1087968824, "is_bot": True, "first_name": "Group"}, text=command,
                               sender_chat=sender)  # fmt: skip
            api.inject("message", body)
        await run.idle()
    assert set(api.texts()) == {
        "Эта команда только для администратора канала.",
        "This command is for the channel's admin only.",
    }
    assert len(api.texts()) == 9


async def test_reindex_shows_progress_and_its_end_in_one_message(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, indexing=RecordedIndexing(steps=3, pause=0.05)) as run:
        api.private_text(ADMIN, "/reindex")
        api.private_text(ADMIN, "Вопрос рядом с ней")
        await run.idle()
    (message, _) = sorted(api.sent(ADMIN), key=lambda m: "Индекс" not in m["text"])
    assert message["text"] == "Индекс обновлён.\nКанал: +3"
    assert any("Обновляю индекс: Канал" in call.params["text"] for call in api.called("editMessageText"))


async def test_a_reindex_that_cannot_run_says_why(api: FakeBotApi, store: Database) -> None:
    indexing = RecordedIndexing(problem=CannotIndex(Bilingual("another reindex <runs>", "идёт другая <индексация>")))
    async with running_bot(api, store, indexing=indexing) as run:
        api.private_text(ADMIN, "/reindex")
        await run.idle()
    assert api.texts(ADMIN) == ["Индекс не обновлён: идёт другая <индексация>"]


async def test_stats_come_as_a_picture_and_numbers(api: FakeBotApi, store: Database) -> None:
    refuse = ScriptedAnswers(script=lambda q, h: make_answer(q, "x", refused="борщ" in q))
    async with running_bot(api, store, answers=refuse) as run:
        for question in ("Что такое LoRA?", "что такое lora", "Рецепт <борща>"):
            api.private_text(7, question)
        await run.idle()
        api.callback(7, 7, "vote:1:1")
        await run.idle()
        api.private_text(ADMIN, "/stats")
        await run.idle()
    (picture,) = api.called("sendPhoto")
    assert picture.params["photo"]["head"] == b"\x89PNG\r\n\x1a\n".hex()
    text = api.texts(ADMIN)[-1]
    assert "Вопросов: 3, спрашивали 1 человек" in text
    assert "Нет в материалах: 1 (33 %)" in text
    assert "👍 1 · 👎 0" in text
    assert "половина за 0.0 с" in text
    assert "• Что такое LoRA? × 2" in text
    assert "• Рецепт <борща>" in text


async def test_stats_without_questions_say_so(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(ADMIN, "/stats")
        await run.idle()
    assert api.texts(ADMIN) == ["За 30 дней вопросов не было."]


async def test_stats_come_without_the_picture_where_the_server_takes_none(store: Database) -> None:
    with FakeBotApi(lacks=frozenset({"sendPhoto"})) as api:
        async with running_bot(api, store) as run:
            api.private_text(7, "Вопрос")
            await run.idle()
            api.private_text(ADMIN, "/stats")
            await run.idle()
        assert "Вопросов: 1" in api.texts(ADMIN)[0]


async def test_sources_lists_what_is_indexed(api: FakeBotApi, store: Database) -> None:
    with store.session() as session:
        session.add(SourceRow(id="s", kind="telegram", title="Канал <1>", location="x"))
    async with running_bot(api, store) as run:
        api.private_text(ADMIN, "/sources")
        await run.idle()
    assert "Канал <1> · telegram\n0 документов, прочитано ещё не читалось" in api.texts(ADMIN)[0]


async def test_admins_get_their_commands_in_the_menu(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        await run.until(lambda: len(api.called("setMyCommands")) == 6)
    menus = [
        ([c["command"] for c in call.params["commands"]], call.params.get("scope"))
        for call in api.called("setMyCommands")
    ]
    assert (
        ["ask", "guide", "follow", "quiz", "progress", "help", "memory", "export", "reset", "forget"],
        None,
    ) in menus
    assert any("stats" in commands and scope == {"type": "chat", "chat_id": ADMIN} for commands, scope in menus)


async def test_inline_offers_the_posts_that_fit(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.inline_query(7, "lora")
        await run.until(lambda: len(api.called("answerInlineQuery")) == 1)
        api.inline_query(7, "")
        await run.until(lambda: len(api.called("answerInlineQuery")) == 2)
        await run.idle()
    results = api.called("answerInlineQuery")[0].params["results"]
    asked = "❓ Спросить и ответить прямо здесь"
    assert [result["title"] for result in results] == [*(f"Пост {n} <b>&" for n in range(1, 4)), asked]
    content = results[0]["input_message_content"]
    assert 'href="https://t.me/channel/1"' in content["message_text"]
    assert results[0]["description"].startswith("01.01.2025 · Текст поста 1")
    assert api.called("answerInlineQuery")[1].params["results"] == []
    assert run.search.queries == ["lora"]


async def test_commands_stand_in_captions_too(api: FakeBotApi, store: Database) -> None:
    """In private and in groups, for this bot alone; an unknown one gets the help."""
    async with running_bot(api, store) as run:
        api.photo(7, 7, "/ask\u00a0что такое LoRA?")
        api.photo(7, 7, "/reset")
        api.photo(7, 7, "/unknown и слова")
        api.photo(-5, 7, "/ask@konspekt_test_bot\nчто такое DDIM?")
        api.photo(-5, 7, "/ask@other_bot что такое DPM?")
        api.photo(-5, 7, "просто подпись")
        await run.idle()
    assert {question for question, _ in run.answers.asked} == {"что такое LoRA?", "что такое DDIM?"}
    assert "Начинаем заново" in api.texts(7)[1]
    assert "Напишите вопрос обычным сообщением" in api.texts(7)[2]
    assert len(api.sent(-5)) == 1


async def test_what_is_said_without_words_gets_one_kind_line(api: FakeBotApi, store: Database) -> None:
    file = {"file_id": "a", "file_unique_id": "b", "duration": 1}
    async with running_bot(api, store) as run:
        for kind in ("voice", "audio"):
            api.inject("message", api.message({"id": 7, "type": "private"}, user(7), **{kind: file}))
        api.photo(7, 7)
        await run.idle()
    assert api.texts(7) == [
        "Голосовые здесь не распознаются. Напишите вопрос словами — отвечу.",
        "Голосовые здесь не распознаются. Напишите вопрос словами — отвечу.",
        "Картинок я не вижу. Напишите вопрос словами — отвечу.",
    ]
