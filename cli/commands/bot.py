"""`konspekt bot`: answer in Telegram."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from konspekt.app.messages import say
from konspekt.app.settings import Settings
from konspekt.cli.guard import WRONG_USAGE, failure, guarded
from konspekt.cli.unknown_settings import say_unknown_settings

if TYPE_CHECKING:
    from konspekt.app.local_server import LocalServer
    from konspekt.indexer.embedding.embeddings import Embedder

EPILOG = """
[bold]Examples[/bold]

TELEGRAM_BOT_TOKEN=123:abc konspekt bot       with a token from @BotFather; or put it into .env
"""


def bot() -> None:
    """Answer in Telegram: private chats, groups, inline. Indexes the channel's new posts where the bot is an admin.

    Runs until Ctrl-C or SIGTERM, then finishes the answers that are being written. Questions that came while it was
    down are answered after the start. Exit status: 0 stopped, 1 cannot run (the message says why), 2 no token set.
    """
    with guarded():
        settings = Settings()
        if settings.telegram_bot_token is None:
            say_unknown_settings()
            raise failure(say("no_token"), WRONG_USAGE)
        run_bot(settings)


def run_bot(settings: Settings, server: LocalServer | None = None, embedder: Embedder | None = None) -> None:
    """Builds everything and runs until a signal. `konspekt run` calls this too, with its model server.

    Raises what `guarded` tells.
    """
    from konspekt.app.logs import setup_logs
    from konspekt.app.operation.traces import traces

    setup_logs(settings.log_level, settings.log_format, settings.secrets)
    with traces(settings):
        asyncio.run(_run(settings, server, embedder))


async def _run(settings: Settings, server: LocalServer | None, embedder: Embedder | None) -> None:
    from konspekt.app.in_bot.opening import open_bot
    from konspekt.bot.runner import Bot

    async with open_bot(settings, embedder) as (parts, drafts):
        running = Bot(replace(parts, model_health=server.health if server is not None else None), (drafts,))
        running.handle_signals()
        await running.run()


def register(app: typer.Typer) -> None:
    app.command("bot", epilog=EPILOG)(bot)
