"""What Telegram shows of the bot: commands, descriptions, the menu, in both languages."""

from __future__ import annotations

from typing import Any

from konspekt.bot.introduction import ADMINS, GROUPS, READERS
from konspekt.storage.database import Database
from tests.bot.harness import ADMIN, running_bot
from tests.fakes.bot_api import FakeBotApi

LAST = "setChatMenuButton"


async def introduced(api: FakeBotApi, store: Database, last: str = LAST) -> None:
    async with running_bot(api, store) as run:
        await run.until(lambda: api.called(last))


def commands(api: FakeBotApi) -> dict[tuple[str, str], list[str]]:
    """(scope, language) -> names."""
    return {
        (call.get("scope", {}).get("type", "default"), call.get("language_code", "")): [
            one["command"] for one in call["commands"]
        ]
        for call in api.commands
    }


async def test_everything_is_told_in_both_languages(api: FakeBotApi, store: Database) -> None:
    await introduced(api, store)
    for language in ("", "ru"):
        told = commands(api)
        assert told["default", language] == list(READERS)
        assert told["all_group_chats", language] == list(GROUPS)
        assert told["chat", language] == [*READERS, *ADMINS]
        assert 50 < len(api.descriptions["description", language]) <= 512
        assert 20 < len(api.descriptions["short_description", language]) <= 120
    assert "вопросы" in api.descriptions["description", "ru"]
    assert "questions" in api.descriptions["description", ""]
    assert api.menu_button == {"type": "commands"}
    assert {call.get("scope", {}).get("chat_id") for call in api.commands} == {None, ADMIN}


async def test_what_the_owner_wrote_stays(api: FakeBotApi, store: Database) -> None:
    api.descriptions["description", "ru"] = "Мой бот"
    api.descriptions["short_description", ""] = "My bot"
    own: dict[str, Any] = {"type": "web_app", "text": "Открыть", "web_app": {"url": "https://example.org"}}
    api.menu_button = own
    await introduced(api, store, "getChatMenuButton")
    assert api.descriptions["description", "ru"] == "Мой бот"
    assert api.descriptions["short_description", ""] == "My bot"
    assert "questions" in api.descriptions["description", ""]
    assert api.menu_button == own


async def test_the_second_start_sets_nothing_that_is_there(api: FakeBotApi, store: Database) -> None:
    await introduced(api, store)
    api.calls.clear()
    await introduced(api, store, "getChatMenuButton")
    assert [api.called(f"set{what}") for what in ("MyDescription", "MyShortDescription", "ChatMenuButton")] == [[]] * 3


async def test_an_older_server_is_asked_once_for_each_and_answers_go_on(older_api: FakeBotApi, store: Database) -> None:
    async with running_bot(older_api, store) as run:
        await run.until(lambda: older_api.called("getChatMenuButton"))
        older_api.private_text(7, "Вопрос")
        await run.idle()
    assert len(older_api.sent(7)) == 1
    assert [len(older_api.called(method)) for method in ("setMyCommands", "getMyDescription")] == [1, 1]
    assert older_api.called("setMyDescription") == []
