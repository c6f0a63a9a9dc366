"""A Telegram draft is offered to another channel for approval, once; nothing is published."""

from __future__ import annotations

from typing import Any

import pytest

from konspekt.app.settings import Settings, SettingsError
from tests.bot.converting import LINK, TEXT, converting, press, shown
from tests.bot.harness import ADMIN
from tests.fakes.bot_api import FakeBotApi

DIRECT, TOPIC = -1007, 77
LABEL = "Предложить"


async def telegram_draft(run: Any) -> None:
    run.api.private_text(ADMIN, f"/convert {LINK}")
    await run.idle()
    await press(run, "Telegram")
    await press(run, "Написать")
    await run.until(lambda: any("Готово" in text for text in shown(run.api)))


def told(api: FakeBotApi) -> list[str]:
    return [call.params["text"] for call in api.called("answerCallbackQuery") if "text" in call.params]


async def test_a_draft_is_suggested_once(api: FakeBotApi, store: Any, monkeypatch: Any) -> None:
    api.direct_chats.add(DIRECT)
    async with converting(api, store, monkeypatch, suggest_to=(DIRECT, TOPIC)) as run:
        await telegram_draft(run)
        await press(run, LABEL)
        await press(run, LABEL)
    (post,) = api.sent(DIRECT)
    assert post["text"].startswith(TEXT.split("\n", maxsplit=1)[0])
    assert post["suggested_post_info"] == {"state": "pending"}
    assert post["direct_messages_topic"] == {"topic_id": TOPIC}
    assert ["Предложено" in told(api)[0], "уже предложен" in told(api)[1]] == [True, True]


async def test_what_the_server_does_not_take_can_be_suggested_again(
    api: FakeBotApi, store: Any, monkeypatch: Any
) -> None:
    """A server of before 2025-08 knows neither the topics nor suggested posts, and says 400."""
    api.direct_chats.add(DIRECT)
    api.no_direct_topics = True
    async with converting(api, store, monkeypatch, suggest_to=(DIRECT, TOPIC)) as run:
        await telegram_draft(run)
        await press(run, LABEL)
        assert api.sent(DIRECT) == []
        api.no_direct_topics = False
        await press(run, LABEL)
    assert len(api.sent(DIRECT)) == 1
    assert "не принял" in told(api)[0]


async def test_without_a_place_there_is_no_button(api: FakeBotApi, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch) as run:
        await telegram_draft(run)
    with pytest.raises(AssertionError, match="no button"):
        await press(run, LABEL)


def test_the_setting_is_a_chat_and_a_topic() -> None:
    assert Settings(_env_file=None, suggest_to="-1007:77").suggested_to == (DIRECT, TOPIC)
    assert Settings(_env_file=None).suggested_to is None
    for wrong in ("channel", "-1007", "-1007:", "-1007:x", "1007:77"):
        with pytest.raises(SettingsError, match="SUGGEST_TO"):
            Settings(_env_file=None, suggest_to=wrong)
