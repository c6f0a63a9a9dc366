"""What a command says when something foreseeable goes wrong: one line on standard error, and an exit status."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

import typer

FAILED, WRONG_USAGE, NOTHING_THERE, INTERRUPTED = 1, 2, 3, 130

# module, exception, exit status; the first that fits counts
KNOWN: tuple[tuple[str, str, int], ...] = (
    ("indexer.errors", "NoIndexError", NOTHING_THERE),
    ("indexer.errors", "IndexerError", FAILED),
    ("indexer.sources.errors", "SourceError", FAILED),
    ("storage.errors", "StorageError", FAILED),
    ("modelhub.errors", "ModelHubError", FAILED),
    ("conversion.errors", "UnknownNetwork", WRONG_USAGE),
    ("conversion.errors", "ConversionError", FAILED),
)


@contextmanager
def guarded() -> Iterator[None]:
    """Errors that a user can do something about become a message; any other is a bug and keeps its traceback."""
    try:
        yield
    except KeyboardInterrupt:
        typer.secho("interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except typer.Exit:
        raise
    except Exception as error:
        status = _status(error)
        if status is None:
            raise
        typer.secho(f"konspekt: {error}", err=True, fg="red")
        raise typer.Exit(status) from None


def _status(error: Exception) -> int | None:
    for module, name, status in KNOWN:
        if isinstance(error, getattr(importlib.import_module(module), name)):
            return status
    return None
