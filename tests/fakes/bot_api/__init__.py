"""A Bot API server on loopback that behaves like Telegram's where a bot would notice.

In a test:

    with FakeBotApi() as api:
        api.private_text(chat_id=7, text="Привет")
        …point a bot at api.url…
        api.wait_for(lambda: api.texts(7))

As a process: `python -m tests.fakes.bot_api --port 8081`; updates are put in by `POST /control/updates`, what the bot
did is read from `GET /control/calls` and `GET /control/messages`.
"""

from __future__ import annotations

from tests.fakes.bot_api.checks import ApiError
from tests.fakes.bot_api.server import FakeBotApi
from tests.fakes.bot_api.state import BOT, TOKEN, Call, FloodLimits, user

__all__ = ["BOT", "TOKEN", "ApiError", "Call", "FakeBotApi", "FloodLimits", "user"]
