"""`konspekt mcp`: the channel for other people's assistants."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from konspekt.app.programs.messages import say
from konspekt.app.settings import LAST_PORT, Settings
from konspekt.cli.guard import INTERRUPTED, WRONG_USAGE, failure, guarded, tell
from konspekt.cli.unknown_settings import say_unknown_settings

EPILOG = """
[bold]Examples[/bold]

konspekt mcp                                   on standard input and output, for an assistant on this machine

konspekt mcp --listen 127.0.0.1:8765           streamable HTTP at /mcp, and the HTTP API at /api/v1, with a token

konspekt tokens make laptop                    makes such a token
"""


def mcp(
    *,
    listen: Annotated[
        str | None, typer.Option(help="Serve over HTTP at this host:port instead; port 0: any free one.")
    ] = None,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Quote the best passages, ask no model.")] = False,
) -> None:
    """Serve search, posts, answers and drafts to assistants by the Model Context Protocol, to read only.

    Without --listen an assistant starts it and talks to it on standard input and output; it ends when that closes. A
    local model is started at the first question that wants one. Exit status: 0 stopped, 1 cannot run, 2 wrong usage.
    """
    with guarded():
        settings = Settings()
        say_unknown_settings()
        if listen is None:
            from konspekt.app.page.programs_alone import serve_stdio

            if sys.stdin is not None and sys.stdin.isatty():
                tell(say("mcp_stdio"))
            asyncio.run(serve_stdio(settings, tell, _leave, with_model=not no_llm))
            return
        _check(listen)
        from konspekt.app.page.programs_alone import serve_listening

        serve_listening(settings, listen, tell, with_model=not no_llm)


def _leave(number: int) -> NoReturn:
    """Nothing is open any more but a thread that reads standard input, which Python would wait for."""
    os._exit(INTERRUPTED if number == signal.SIGINT else 0)


def _check(listen: str) -> None:
    port = listen.rpartition(":")[2]
    if ":" not in listen or not port.isdecimal() or int(port) > LAST_PORT:
        raise failure(say("bad_listen", value=listen), WRONG_USAGE)


def register(app: typer.Typer) -> None:
    app.command("mcp", epilog=EPILOG)(mcp)
