"""The `konspekt` command. One short file per sub-command; heavy imports wait until a command runs.

This file imports next to nothing itself: a Ctrl-C is answered in order from the first moment on.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

# Each module has `register(app)`. The order is the order of `konspekt --help`.
COMMANDS: tuple[str, ...] = (
    "run",
    "ask",
    "chat",
    "guide",
    "reindex",
    "migrate",
    "search",
    "documents",
    "show",
    "eval",
    "bot",
    "web",
    "mcp",
    "tokens",
    "doctor",
    "convert",
    "convert.glossary",
    "serve",
    "models",
    "quantize",
)

INTERRUPTED = 130


def build_app() -> typer.Typer:
    import typer

    app = typer.Typer(
        name="konspekt",
        help="Ask a Telegram channel and a course anything; turn posts into drafts for other networks.",
        epilog="Exit status: 0 fine, 1 failed, 2 wrong usage or settings, 3 nothing there, 4 a draft needs editing, "
        "130 Ctrl-C.",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
    )
    for name in COMMANDS:
        importlib.import_module(f"konspekt.cli.commands.{name}").register(app)
    return app


def main() -> None:
    """Exit status 2 when a setting is wrong, whichever command reads it."""
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:  # else it is ignored, as in a shell script's background
        signal.signal(signal.SIGINT, _leave)
    app = build_app()
    import typer

    from konspekt.cli.guard import guarded
    from konspekt.cli.text_in import forgiving_streams

    signal.signal(signal.SIGINT, interrupt)
    forgiving_streams()
    try:
        with guarded():
            app()
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        sys.exit(_cannot_write(error))
    except Exception as error:
        if not _came_of_interrupt(error):
            raise
        sys.exit(INTERRUPTED)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Ctrl-C while modules are being loaded: there is nothing yet to put in order."""
    os.write(2, b"\n")
    os._exit(INTERRUPTED)


def _came_of_interrupt(error: BaseException | None) -> bool:
    """Some libraries turn a Ctrl-C that comes while they are loading into an ImportError."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _cannot_write(error: OSError) -> int:
    from konspekt.app.messages import say
    from konspekt.bilingual import joined
    from konspekt.cli.guard import FAILED, failure

    failure(joined(": ", (error.filename or say("output"), error)), FAILED)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still buffered cannot be written either
    return FAILED


if __name__ == "__main__":
    main()
