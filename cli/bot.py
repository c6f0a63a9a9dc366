"""`konspekt bot`: answer in Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from cli.guard import FAILED, WRONG_USAGE, guarded
from cli.settings import Settings

if TYPE_CHECKING:
    from bot.parts import BotParts
    from bot.services import App

EPILOG = """
[bold]Examples[/bold]

TELEGRAM_BOT_TOKEN=123:abc konspekt bot       with a token from @BotFather; or put it into .env
"""

NOT_SET = (
    "TELEGRAM_BOT_TOKEN is not set. Get a token from @BotFather in Telegram (/newbot) and put it into .env; "
    "without one, `konspekt chat` talks in the terminal."
)


def bot() -> None:
    """Answer in Telegram: private chats, groups, inline. Indexes the channel's new posts where the bot is an admin.

    Runs until Ctrl-C or SIGTERM, then finishes the answers that are being written. Questions that came while it was
    down are answered after the start. Exit status: 0 stopped, 1 cannot run (the message says why), 2 no token set.
    """
    settings = Settings()
    if settings.telegram_bot_token is None:
        typer.secho(f"konspekt: {NOT_SET}", err=True, fg="red")
        raise typer.Exit(WRONG_USAGE)
    with guarded():
        raise typer.Exit(run_bot(settings))


def run_bot(settings: Settings) -> int:
    """Builds everything and runs until a signal; the exit status. `konspekt run` calls this too."""
    from cli.build import build_bot_parts
    from cli.convert_bot import build_convert_feature
    from cli.logs import setup_logs

    secrets = (settings.telegram_bot_token, settings.webhook_secret, settings.openai_api_key)
    setup_logs(settings.log_level, settings.log_format, [s.get_secret_value() for s in secrets if s is not None])
    return asyncio.run(_run(build_bot_parts(settings), (build_convert_feature(settings),)))


async def _run(parts: BotParts, features: tuple[Callable[[App], None], ...] = ()) -> int:
    from bot.http_server import AddressInUse
    from bot.runner import Bot, BotError

    running = Bot(parts, features)
    running.handle_signals()
    try:
        await running.run()
    except (BotError, AddressInUse) as error:
        typer.secho(f"konspekt: {error}", err=True, fg="red")
        return FAILED
    return 0


def register(app: typer.Typer) -> None:
    app.command("bot", epilog=EPILOG)(bot)
