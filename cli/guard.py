"""What a command says when something foreseeable goes wrong: one line on standard error, and an exit status.

0 fine; 1 it was tried and failed; 2 wrong usage or a wrong setting, which trying again cannot mend; 3 there is nothing
of what was asked for; 4 drafts are written and one at least must be edited before it is posted; 130 Ctrl-C.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from konspekt.app.language import locale_language
from konspekt.app.messages import say
from konspekt.bilingual import Language, told

FAILED, WRONG_USAGE, NOTHING_THERE, TO_EDIT, INTERRUPTED = 1, 2, 3, 4, 130

# module, exception, exit status; the first that fits counts
KNOWN: tuple[tuple[str, str, int], ...] = (
    ("konspekt.app.settings", "SettingsError", WRONG_USAGE),
    ("konspekt.indexer.errors", "NoIndexError", NOTHING_THERE),
    ("konspekt.indexer.errors", "UnknownSourceError", NOTHING_THERE),
    ("konspekt.indexer.errors", "NoSuchModelError", WRONG_USAGE),
    ("konspekt.indexer.errors", "WorkersSettingError", WRONG_USAGE),
    ("konspekt.indexer.errors", "IndexerError", FAILED),
    ("konspekt.indexer.sources.errors", "BadOptionError", WRONG_USAGE),
    ("konspekt.indexer.sources.errors", "SourceError", FAILED),
    ("konspekt.storage.errors", "DatabaseUrlError", WRONG_USAGE),
    ("konspekt.storage.errors", "VectorStoreSettingError", WRONG_USAGE),
    ("konspekt.storage.errors", "StorageError", FAILED),
    ("konspekt.modelhub.errors", "UnknownModelError", WRONG_USAGE),
    ("konspekt.modelhub.errors", "ModelHubError", FAILED),
    ("konspekt.bot.errors", "BotError", FAILED),
    ("konspekt.web.errors", "NotProtected", WRONG_USAGE),
    ("konspekt.web.errors", "WebError", FAILED),
    ("konspekt.conversion.errors", "WrongUsage", WRONG_USAGE),
    ("konspekt.conversion.errors", "PostNotFound", NOTHING_THERE),
    ("konspekt.conversion.errors", "ConversionError", FAILED),
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


def spoken_language() -> Language:
    """For whoever speaks before there are settings, or because they are wrong."""
    from konspekt.app.settings import Settings, SettingsError

    try:
        return Settings().spoken
    except SettingsError:
        return locale_language()
