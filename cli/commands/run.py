"""`konspekt run`: everything at once — index, local model, bot. What `make run` and the container start."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import typer

from konspekt.app.messages import say
from konspekt.app.settings import Settings
from konspekt.cli.guard import guarded, tell
from konspekt.cli.unknown_settings import say_unknown_settings

EPILOG = """
[bold]Examples[/bold]

konspekt run                                   the sample course and channel, a chat here and a page beside it

SOURCES=~/Downloads/ChatExport konspekt run    your channel

TELEGRAM_BOT_TOKEN=123:abc konspekt run        the bot in Telegram; settings live in .env too

echo "Что такое DDIM?" | konspekt run          one answer, then the end
"""

SAMPLE = Path(__file__).resolve().parents[2] / "sample"


def run() -> None:
    """Bring the index up to date, start the local model, then answer: in Telegram with a token, else here.

    Beside it a page opens at WEB_LISTEN (http://127.0.0.1:8700; off: none), where everything can be asked, read,
    turned into drafts and counted.

    Reads SOURCES and whatever was indexed before; on an empty index without SOURCES, the sample course and channel.
    Uses OPENAI_BASE_URL or OPENAI_API_KEY where set, else the `konspekt serve` that runs here, else serves LOCAL_MODEL
    itself; LOCAL_MODEL=none answers with quotes. Exit status: 0 done, 1 cannot run (the message says why), 130
    interrupted.
    """
    with guarded():
        from konspekt.app.build import build_embedder
        from konspekt.app.local_model.at_hand import model_at_hand
        from konspekt.app.page.serving import page_beside

        settings = Settings()
        say_unknown_settings()
        _index(settings)
        with model_at_hand(settings, tell, lasting=True) as (settings, server):
            embedder = build_embedder(settings)
            if settings.telegram_bot_token is not None:
                from konspekt.cli.commands.bot import run_bot

                with page_beside(settings, embedder, tell):
                    run_bot(settings, server, embedder)
                return
            from konspekt.cli.commands.chat import run_chat

            interactive = sys.stdin is not None and sys.stdin.isatty()
            with page_beside(settings, embedder, tell) if interactive else nullcontext():
                run_chat(settings, embedder=embedder)


def _index(settings: Settings) -> None:
    """A source that fails is named and the rest goes on: yesterday's index answers better than no bot."""
    from konspekt.app.build import build_database, build_reindexer
    from konspekt.cli.commands.reindex import print_hints, print_report, reindex_progress

    database = build_database(settings)
    try:
        reindexer = build_reindexer(settings, database)
        paths = None if reindexer.remembered_paths() else [str(SAMPLE)]
        if paths:
            tell(say("sample", folder=SAMPLE.name))
        with reindex_progress(settings.spoken) as progress:
            report = reindexer.run(paths, progress=progress)
        print_report(report, settings.spoken, to_stderr=True)
        print_hints(database, report)
    finally:
        database.close()


def register(app: typer.Typer) -> None:
    app.command("run", epilog=EPILOG)(run)
