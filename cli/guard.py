"""What a command says when something foreseeable goes wrong: one line on standard error, and an exit status.

0 fine; 1 it was tried and failed; 2 wrong usage or a wrong setting, which trying again cannot mend; 3 there is nothing
of what was asked for; 130 Ctrl-C.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bilingual import told
from cli.language import spoken_language
from cli.messages import say

FAILED, WRONG_USAGE, NOTHING_THERE, INTERRUPTED = 1, 2, 3, 130

# module, exception, exit status; the first that fits counts
KNOWN: tuple[tuple[str, str, int], ...] = (
    ("cli.settings", "SettingsError", WRONG_USAGE),
    ("indexer.errors", "NoIndexError", NOTHING_THERE),
    ("indexer.errors", "UnknownSourceError", NOTHING_THERE),
    ("indexer.errors", "NoSuchModelError", WRONG_USAGE),
    ("indexer.errors", "IndexerError", FAILED),
    ("indexer.sources.errors", "BadOptionError", WRONG_USAGE),
    ("indexer.sources.errors", "SourceError", FAILED),
    ("storage.errors", "DatabaseUrlError", WRONG_USAGE),
    ("storage.errors", "StorageError", FAILED),
    ("modelhub.errors", "UnknownModelError", WRONG_USAGE),
    ("modelhub.errors", "ModelHubError", FAILED),
    ("bot.errors", "BotError", FAILED),
    ("conversion.errors", "UnknownNetwork", WRONG_USAGE),
    ("conversion.errors", "ConversionError", FAILED),
)


@contextmanager
def guarded() -> Iterator[None]:
    """Errors that a user can do something about become a message; any other is a bug and keeps its traceback."""
    try:
        yield
    except KeyboardInterrupt:
        tell(say("interrupted"))
        raise typer.Exit(INTERRUPTED) from None
    except typer.Exit:
        raise
    except Exception as error:
        status = _status(error)
        if status is None:
            raise
        raise failure(error, status) from None


def failure(message: object, status: int) -> typer.Exit:
    """Says in red why the command ends; `raise failure(…)`. `message`: a text, or an exception that carries one."""
    typer.secho(f"konspekt: {told(message, spoken_language())}", err=True, fg="red")
    return typer.Exit(status)


def tell(message: object) -> None:
    """A remark on standard error."""
    typer.secho(told(message, spoken_language()), err=True, dim=True)


def _status(error: Exception) -> int | None:
    for module, name, status in KNOWN:
        if isinstance(error, getattr(importlib.import_module(module), name)):
            return status
    return None
