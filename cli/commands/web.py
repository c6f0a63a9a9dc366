"""`konspekt web`: the page in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from konspekt.app.settings import OFF, Settings
from konspekt.cli.guard import WRONG_USAGE, failure, guarded, tell
from konspekt.cli.unknown_settings import say_unknown_settings

EPILOG = """
[bold]Examples[/bold]

konspekt web                                   http://127.0.0.1:8700, for this machine alone

WEB_LISTEN=127.0.0.1:9000 konspekt web         another port

WEB_SECRET=… WEB_LISTEN=:8700 konspekt web     for other machines too, with a password
"""


def web(
    *,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Quote the best passages, ask no model.")] = False,
) -> None:
    """Serve the page: ask, search, drafts, the library and its numbers, in a browser.

    On 127.0.0.1 it needs no login; anywhere else WEB_SECRET or TELEGRAM_BOT_TOKEN must be set. Runs until Ctrl-C or
    SIGTERM. Exit status: 0 stopped, 1 cannot run, 2 not protected or switched off (the message says what to do).
    """
    with guarded():
        from konspekt.app.page.serving import serve_page
        from konspekt.web.messages import say

        settings = Settings()
        say_unknown_settings()
        if settings.web_listen == OFF:
            raise failure(say("page_off"), WRONG_USAGE)
        serve_page(settings, tell, with_model=not no_llm)


def register(app: typer.Typer) -> None:
    app.command("web", epilog=EPILOG)(web)
