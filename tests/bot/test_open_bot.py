"""The bot is handed one database and one model, and what was opened for it is closed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from konspekt.app.in_bot.opening import open_bot
from konspekt.app.settings import Settings
from konspekt.llm_client import ChatModel
from konspekt.storage.database import Database


class Fell(Exception):
    pass


@pytest.mark.parametrize("falls", [False, True])
def test_one_database_and_one_model_are_opened_and_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, falls: bool
) -> None:
    opened: list[Any] = []
    closed: list[Any] = []
    for kind in (Database, ChatModel):
        made, real_close = kind.__init__, kind.close

        def init(self: Any, *args: Any, made: Any = made, **kwargs: Any) -> None:
            made(self, *args, **kwargs)
            opened.append(self)

        def close(self: Any, real_close: Any = real_close) -> Any:
            closed.append(self)
            return real_close(self)

        monkeypatch.setattr(kind, "__init__", init)
        monkeypatch.setattr(kind, "close", close)
    settings = Settings(
        _env_file=None,
        konspekt_home=tmp_path / "home",
        telegram_bot_token="1:x",
        openai_base_url="http://127.0.0.1:9/v1",
        openai_model="m",
    )

    async def run() -> None:
        async with open_bot(settings) as (parts, drafts):
            assert parts.settings.journal == tmp_path / "home" / "outbox.journal"
            assert callable(drafts)
            assert closed == []
            if falls:
                raise Fell

    if falls:
        with pytest.raises(Fell):
            asyncio.run(run())
    else:
        asyncio.run(run())
    assert sorted(type(one).__name__ for one in opened) == ["ChatModel", "Database"]
    assert {id(one) for one in closed} == {id(one) for one in opened}
