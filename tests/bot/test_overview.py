"""Questions about the whole channel in the real bot: pages, restarts, other people's buttons, /guide, inline mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from konspekt.answering.answerer import Answerer
from konspekt.assistant.overview.overview import Overview
from konspekt.bot.parts.bot_parts import BotParts
from konspekt.indexer.passages import Passage
from konspekt.storage.database import Database
from konspekt.storage.updates import Updates
from tests.assistant.channel import CHANNEL, indexed, overview, post
from tests.bot.harness import running_bot
from tests.fakes.bot_api import FakeBotApi

MANY = [post(n, f"2025-05-{n:02}", f"Запись {n}-я", f"Тут про шум, часть {n}.") for n in range(1, 24)]


@pytest.fixture
def planner(store: Database, tmp_path: Path) -> Overview:
    return overview(indexed(store, tmp_path, MANY), page=10)


def with_planner(planner: Overview) -> Callable[[BotParts, Updates], BotParts]:
    """The bot with a real answerer, to which search brings nothing."""
    answers = Answerer(NothingFound(), None, planner=planner)
    return lambda parts, _: replace(parts, answers=answers, planner=planner)


class NothingFound:
    def search(self, query: str, k: int = 8, **_filters: object) -> list[Passage]:
        return []


def listed(text: str) -> list[int]:
    return [n for n in range(23, 0, -1) if f"Запись {n}-я" in text]


async def test_a_list_comes_in_pages_that_go_on_after_a_restart(
    api: FakeBotApi, store: Database, planner: Overview
) -> None:
    async with running_bot(api, store, more=with_planner(planner)) as run:
        api.private_text(7, "все посты про шум")
        await run.idle()
        api.private_text(8, "сколько постов всего")
        await run.idle()
    first = api.sent(7)[0]
    assert listed(first["text"]) == list(range(23, 13, -1))
    assert 'href="https://t.me/channel/23"' in api.called("sendMessage")[0].params["text"]
    buttons = {button["text"]: button["callback_data"] for button in first["reply_markup"]["inline_keyboard"][0]}
    assert buttons["Ещё"] == "list:1:0"
    async with running_bot(api, store, more=with_planner(planner)) as run:
        api.callback(7, 7, "vote:1:1")
        await run.idle()
        api.callback(7, 7, "list:1:0")
        await run.idle()
        api.callback(8, 8, "list:1:0")
        await run.idle()
        api.callback(7, 7, "list:1:10")
        await run.idle()
    second, third = api.sent(7)[1:]
    assert len(api.sent(8)) == 1
    assert listed(second["text"]) == list(range(13, 3, -1))
    assert second["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "list:1:10"
    assert listed(third["text"]) == [3, 2, 1]
    assert "reply_markup" not in third
    voted = api.sent(7)[0]["reply_markup"]["inline_keyboard"][0]
    assert [button["text"] for button in voted] == ["👍 ✓", "👎", "Ещё"]
    assert voted[-1]["callback_data"] == "list:1:0"


async def test_a_guide_by_command(api: FakeBotApi, store: Database, tmp_path: Path) -> None:
    planner = overview(indexed(store, tmp_path, CHANNEL), page=10)
    async with running_bot(api, store, more=with_planner(planner)) as run:
        api.private_text(7, "/guide квантизация")
        await run.idle()
        api.private_text(7, "/guide")
        await run.idle()
        api.private_text(7, "/guide", language="en")
        await run.idle()
    on_topic, whole, english = api.texts(7)
    assert on_topic.startswith("Порядок чтения: «квантизация».")
    assert "Квантизация с нуля" in on_topic
    assert whole.startswith("С чего начать: от первых шагов к подробностям.")
    assert english.startswith("Where to start, from first steps to details.")


async def test_inline_mode_offers_the_whole_answer_first(api: FakeBotApi, store: Database, planner: Overview) -> None:
    async with running_bot(api, store, more=with_planner(planner)) as run:
        api.inline_query(7, "сколько постов про шум")
        await run.until(lambda: len(api.called("answerInlineQuery")) == 1)
        api.inline_query(7, "шум")
        await run.until(lambda: len(api.called("answerInlineQuery")) == 2)
        await run.idle()
    whole, *posts = api.called("answerInlineQuery")[0].params["results"]
    assert whole["title"].startswith("23 поста, в которых есть «шум»")
    assert [result["title"] for result in posts][:2] == ["Запись 23-я", "Запись 22-я"]
    assert run.search.queries == ["шум"]
