"""Rich answers over real HTTP: where the server has them, once, changed to plain text and back, else in HTML."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import konspekt.bot.streaming
import konspekt.bot.wire.delivery
from konspekt.bot.wire.journal import Journal
from konspekt.storage.database import Database
from tests.bot.harness import ScriptedAnswers, make_answer, running_bot
from tests.fakes.bot_api import FakeBotApi

FORMULA = "Так: $$x = \\frac{1}{\\underbrace{n}_{k}}$$"
TABLE = "| Метод | Шагов |\n|---|---|\n| Euler | 40 |"
CODE = "```python\nx = 1\n```"
PLAIN_LACKS = frozenset({"sendRichMessage", "sendRichMessageDraft"})


def script(text: str, **options: Any) -> ScriptedAnswers:
    return ScriptedAnswers(script=lambda q, h: make_answer(q, text if "формула" in q else "Просто [1]."), **options)


def copied_home(store: Database, journal: Path) -> Path:
    """What a killed process would leave: database and journal."""
    target = journal.with_name("killed")
    target.mkdir()
    held = str(store.engine.url.database)
    with closing(sqlite3.connect(held)) as old, closing(sqlite3.connect(target / "bot.db")) as new:
        old.backup(new)
    shutil.copy(journal, target)
    return target


def form_buttons(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    data = [button.get("callback_data", "") for row in rows for button in row]
    return [one for one in data if one.startswith(("plain:", "rich:"))]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.wire.delivery, "FIRST_PAUSE", 0.02)


async def test_what_html_cannot_show_is_a_rich_message_and_the_rest_is_not(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=script(f"{FORMULA}\n\n{TABLE}\n\n[1]")) as run:
        asked = api.private_text(7, "формула")
        api.group_text(-100, 8, "/ask формула")
        api.private_text(9, "слова")
        await run.idle()
    (answer,), (group,), (plain,) = api.sent(7), api.sent(-100), api.sent(9)
    assert "<tg-math-block>x = \\frac{1}{\\underbrace{n}_{k}}</tg-math-block>" in answer["html"]
    assert "<td>Euler</td>" in answer["html"]
    assert answer["reply_to"] == asked["message"]["message_id"]
    assert answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"].startswith("vote:")
    assert "rich" in group
    assert plain["text"].startswith("Просто [1].")
    assert not form_buttons(plain)


@pytest.mark.parametrize("setting", ["always", "never"])
async def test_the_setting_decides(api: FakeBotApi, store: Database, setting: str) -> None:
    async with running_bot(api, store, answers=script(FORMULA), rich_answers=setting) as run:
        for user, question in ((7, "формула"), (8, "слова")):
            api.private_text(user, question)
        await run.idle()
    assert [bool("rich" in api.sent(user)[0]) for user in (7, 8)] == [setting == "always"] * 2


@pytest.mark.parametrize("how", ["missing", "refused"])
async def test_without_rich_messages_the_html_form_comes_once(store: Database, how: str) -> None:
    with FakeBotApi(lacks=PLAIN_LACKS if how == "missing" else frozenset()) as api:
        if how == "refused":
            api.fail("sendRichMessage", 9, 400, "Bad Request: can't parse rich message")
        async with running_bot(api, store, answers=script(f"{FORMULA}\n\n{TABLE}")) as run:
            for _ in range(2):
                api.private_text(7, "формула")
                await run.idle()
        assert len(api.sent(7)) == 2
        assert all("• Euler — Шагов: 40" in text for text in api.texts(7))
        assert all("<code>x = \\frac{1}{\\underbrace{n}_{k}}</code>" in m["html"] for m in api.sent(7))
        assert len(api.called("sendRichMessage")) == (1 if how == "missing" else 2)
        assert not form_buttons(api.sent(7)[-1])
        assert api.against_specification == []


async def test_plain_text_is_a_button_away_and_remembered_and_so_is_the_way_back(
    api: FakeBotApi, store: Database
) -> None:
    async with running_bot(api, store, answers=script(f"{FORMULA}\n\n{TABLE}")) as run:
        api.private_text(7, "формула")
        await run.idle()
        api.callback(7, 7, "plain:1")
        await run.idle()
        (answer,) = api.sent(7)
        assert "• Euler — Шагов: 40" in answer["text"]
        assert form_buttons(answer) == ["rich:1"]
        assert answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "vote:1:1"
    async with running_bot(api, store, answers=script(FORMULA)) as run:
        api.private_text(7, "формула ещё")
        await run.idle()
        assert "text" in api.sent(7)[-1]
        assert form_buttons(api.sent(7)[-1]) == ["rich:2"]
        api.callback(7, 7, "rich:2")
        await run.idle()
        assert "<tg-math-block>" in api.sent(7)[-1]["html"]
        api.private_text(7, "формула опять")
        await run.idle()
    assert "rich" in api.sent(7)[-1]


async def test_a_long_answer_as_plain_text_is_all_of_its_messages(api: FakeBotApi, store: Database) -> None:
    long = "\n\n".join([FORMULA, *("слово " * 500 for _ in range(3))])
    async with running_bot(api, store, answers=script(long)) as run:
        api.private_text(7, "формула")
        await run.idle()
        api.callback(7, 7, "plain:1")
        await run.idle()
    first, *more = api.sent(7)
    assert more
    assert "reply_markup" not in first
    assert more[-1]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "vote:1:1"
    assert not form_buttons(more[-1])


async def test_only_who_asked_changes_the_form(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=script(FORMULA)) as run:
        api.group_text(-100, 7, "/ask формула")
        await run.idle()
        api.callback(-100, 8, "plain:1")
        api.callback(-100, 7, "plain:77")  # an answer that is gone: only the choice is taken
        await run.idle()
    assert "rich" in api.sent(-100)[0]
    assert len(api.called("answerCallbackQuery")) == 2


async def test_an_edited_question_may_change_the_form_of_its_answer_in_place(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, answers=script(FORMULA)) as run:
        question = api.private_text(7, "слова")
        await run.idle()
        api.edited(question, "формула", after=1)
        await run.idle()
        (answer,) = api.sent(7)
        assert "rich" in answer
        api.edited(question, "опять слова", after=2)
        await run.idle()
    (answer,) = api.sent(7)
    assert answer["text"].startswith("Просто [1].")


async def test_drafts_show_formulas_while_they_are_written(
    api: FakeBotApi, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(konspekt.bot.streaming, "PRIVATE_INTERVAL", 0.05)
    slow = script(f"{FORMULA}\n\n{TABLE}", pace=0.15, pieces=6)
    async with running_bot(api, store, answers=slow) as run:
        api.private_text(7, "формула")
        await run.idle()
    drafts = api.called("sendRichMessageDraft")
    assert drafts
    assert all(call.params["can_stop"] == "true" for call in drafts)
    assert len({call.params["draft_id"] for call in [*drafts, *api.called("sendMessageDraft")]}) == 1
    assert "rich" in api.sent(7)[0]


def copies_at(
    step: str, store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, before: bool = False
) -> list[Path]:
    """Will hold the home as a process leaves it that dies just after the step's message has left, or just `before`."""
    left: list[Path] = []
    real = Journal.left

    def copying(self: Journal, update_id: int, name: str) -> None:
        if not before:
            real(self, update_id, name)
        if name == step and not left:
            left.append(copied_home(store, tmp_path / "outbox.journal"))
        if before:
            real(self, update_id, name)

    monkeypatch.setattr(Journal, "left", copying)
    return left


async def test_a_rich_answer_whose_sending_was_begun_before_a_kill_is_not_sent_again(
    api: FakeBotApi, store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Database and journal as a process leaves them that dies when the message has just left."""
    left = copies_at("answer-rich", store, tmp_path, monkeypatch)
    async with running_bot(api, store, answers=script(FORMULA), journal=tmp_path / "outbox.journal") as run:
        api.private_text(7, "формула")
        await run.idle()
    database = Database(f"sqlite:///{left[0] / 'bot.db'}")
    async with running_bot(api, database, answers=script(FORMULA), journal=left[0] / "outbox.journal") as run:
        await run.idle()
    database.close()
    assert len(api.sent(7)) == len(api.called("sendRichMessage")) == 1
    assert api.called("sendMessage") == []


async def test_a_rich_answer_that_had_not_left_before_a_kill_is_sent(
    api: FakeBotApi, store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = copies_at("answer-rich", store, tmp_path, monkeypatch, before=True)
    async with running_bot(api, store, answers=script(FORMULA), journal=tmp_path / "outbox.journal") as run:
        api.private_text(7, "формула")
        await run.idle()
    database = Database(f"sqlite:///{left[0] / 'bot.db'}")
    async with running_bot(api, database, answers=ScriptedAnswers(), journal=left[0] / "outbox.journal") as run:
        await run.until(lambda: len(api.called("sendRichMessage")) == 2)
        await run.idle()
        assert run.answers.asked == []  # written before the kill
    database.close()
    assert api.called("sendMessage") == []


async def test_a_refused_rich_answer_is_not_tried_again_once_its_html_form_has_left(
    api: FakeBotApi, store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = copies_at("answer-0", store, tmp_path, monkeypatch)
    api.fail("sendRichMessage", 1, 400, "Bad Request: can't parse rich message")
    async with running_bot(api, store, answers=script(FORMULA), journal=tmp_path / "outbox.journal") as run:
        api.private_text(7, "формула")
        await run.idle()
    database = Database(f"sqlite:///{left[0] / 'bot.db'}")
    async with running_bot(api, database, answers=script(FORMULA), journal=left[0] / "outbox.journal") as run:
        await run.idle()
    database.close()
    assert len(api.sent(7)) == len(api.called("sendRichMessage")) == 1


async def test_a_lost_reply_to_a_rich_answer_is_asked_for_again(api: FakeBotApi, store: Database) -> None:
    api.fail("sendRichMessage", 2, 500)
    async with running_bot(api, store, answers=script(FORMULA)) as run:
        api.private_text(7, "формула")
        await run.idle()
    assert len(api.sent(7)) == 1
    assert "rich" in api.sent(7)[0]


async def test_code_has_a_button_that_copies_it(api: FakeBotApi, store: Database) -> None:
    long = "```python\n" + "y = 2\n" * 60 + "```"
    async with running_bot(api, store, answers=script(f"Вот:\n\n{CODE}\n\n{long}")) as run:
        api.private_text(7, "формула")
        await run.idle()
    (answer,) = api.sent(7)
    buttons = [button for row in answer["reply_markup"]["inline_keyboard"] for button in row]
    assert [button["copy_text"]["text"] for button in buttons if "copy_text" in button] == ["x = 1"]


async def test_a_server_of_before_such_buttons_keeps_the_others(store: Database) -> None:
    with FakeBotApi.older() as api:
        api.refuses_copying = True
        async with running_bot(api, store, answers=script(f"Вот:\n\n{CODE}")) as run:
            for _ in range(2):
                api.private_text(7, "формула")
                await run.idle()
        assert len(api.sent(7)) == 2
        assert all(len(m["reply_markup"]["inline_keyboard"]) == 1 for m in api.sent(7))
        assert sum(not call.ok for call in api.called("sendMessage")) == 1
