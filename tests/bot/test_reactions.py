"""👀 on a question that takes a while; a reader's 👍 or 👎 on an answer is a vote."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from konspekt.bot.handlers.asking import reactions
from konspekt.storage.database import Database
from konspekt.storage.models import FeedbackRow
from tests.bot.harness import ScriptedAnswers, running_bot
from tests.fakes.bot_api import FakeBotApi

EYES = [{"type": "emoji", "emoji": "👀"}]


def votes(store: Database) -> list[tuple[int, int]]:
    with store.read() as session:
        return [(row.user_id, row.value) for row in session.scalars(select(FeedbackRow))]


@pytest.mark.parametrize("chat", [7, -100])
async def test_a_question_that_takes_a_while_is_looked_at_until_its_answer_is_there(
    api: FakeBotApi, store: Database, monkeypatch: pytest.MonkeyPatch, chat: int
) -> None:
    monkeypatch.setattr(reactions, "LOOKING_AFTER", 0.05)
    async with running_bot(api, store, answers=ScriptedAnswers(pace=0.15)) as run:
        asked = api.private_text(7, "Вопрос") if chat > 0 else api.group_text(chat, 7, "/ask Вопрос")
        await run.until(lambda: api.called("setMessageReaction"))
        assert not api.sent(chat)
        await run.idle()
    shown, taken_back = api.called("setMessageReaction")
    question = str(asked["message"]["message_id"])
    assert (shown.params["message_id"], taken_back.params["message_id"]) == (question, question)
    assert shown.params["reaction"] == EYES
    assert not taken_back.params.get("reaction")
    assert [call.method for call in api.calls if call.method in {"sendMessage", "setMessageReaction"}] == [
        "setMessageReaction",
        "sendMessage",
        "setMessageReaction",
    ]


async def test_a_quick_answer_is_its_own_sign(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
    assert api.called("setMessageReaction") == []


async def test_what_a_restart_left_is_taken_back(
    api: FakeBotApi, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactions, "LOOKING_AFTER", 0.05)
    async with running_bot(api, store, answers=ScriptedAnswers(pace=60), stop_seconds=0.1) as run:
        api.private_text(7, "Вопрос")
        await run.until(lambda: api.reactions)
    assert list(api.reactions.values()) == [EYES]
    monkeypatch.setattr(reactions, "LOOKING_AFTER", 60)
    async with running_bot(api, store) as run:
        await run.idle()
    assert list(api.reactions.values()) == [None]
    assert len(api.sent(7)) == 1


@pytest.mark.parametrize("how", ["missing", "refused"])
async def test_without_reactions_the_answer_comes_all_the_same(
    older_api: FakeBotApi, store: Database, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(reactions, "LOOKING_AFTER", 0.0)
    if how == "refused":
        older_api.lacks = older_api.lacks - {"setMessageReaction"}
        older_api.fail("setMessageReaction", 9, 400, "Bad Request: REACTION_INVALID")
    async with running_bot(older_api, store, answers=ScriptedAnswers(pace=0.05)) as run:
        for _ in range(2):
            older_api.private_text(7, "Вопрос")
            await run.idle()
    assert len(older_api.sent(7)) == 2
    assert len(older_api.called("setMessageReaction")) == (1 if how == "missing" else 4)


async def test_a_readers_thumb_on_an_answer_is_a_vote(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.private_text(7, "Вопрос")
        await run.idle()
        (answer,) = api.sent(7)
        steps = [("", "👍", [(7, 1)]), ("👍", "👎", [(7, -1)]), ("👎", "👎❤", [(7, -1)]), ("👎❤", "❤", [])]
        steps += [("❤", "🔥", []), ("🔥", "🔥👍", [(7, 1)])]
        for old, new, expected in steps:
            api.reaction(answer, 7, old, new)
            await run.idle()
            assert votes(store) == expected, (old, new)


async def test_only_who_asked_votes_and_only_on_answers(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        asked = api.group_text(-100, 7, "/ask Вопрос")
        await run.idle()
        (answer,) = api.sent(-100)
        api.reaction(answer, 8, "", "👍")
        api.reaction(asked["message"], 7, "", "👍")
        api.reaction({**answer, "chat": {"id": -200, "type": "supergroup", "title": "Другая"}}, 7, "", "👎")
        await run.idle()
        assert votes(store) == []
        api.reaction(answer, 7, "", "👎")
        await run.idle()
    assert votes(store) == [(7, -1)]
