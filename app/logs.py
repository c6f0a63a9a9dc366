"""Logs: one line per event, readable on a terminal and JSON elsewhere. No message text, no secret ever gets in.

Libraries log what they like; only this decides what comes out:
- httpx and httpcore log addresses, and the bot's address holds its token: they are silent below WARNING;
- python-telegram-bot logs updates and parameters at DEBUG, a server's odd answers at ERROR: its request logger is off;
- an exception is shown by its type and its place in the code, not by its message, which may quote a text.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterable
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor

SILENT = {"httpx": logging.WARNING, "httpcore": logging.WARNING, "openai": logging.WARNING, "telegram": logging.WARNING,
          "telegram.request": logging.CRITICAL + 1, "telegram.request.BaseRequest": logging.CRITICAL + 1,
          "telegram.Bot": logging.WARNING, "telegram.ext.ExtBot": logging.WARNING, "asyncio": logging.WARNING,
          "uvicorn.access": logging.CRITICAL + 1, "uvicorn": logging.WARNING, "matplotlib": logging.WARNING,
          "sqlalchemy": logging.WARNING, "sentence_transformers": logging.WARNING, "transformers": logging.ERROR,
          "urllib3": logging.WARNING, "py.warnings": logging.ERROR, "alembic": logging.WARNING,
          "pymorphy3": logging.WARNING, "faiss": logging.WARNING}  # fmt: skip
TOKEN = re.compile(r"\b\d{5,}:[A-Za-z0-9_-]{20,}")
REDACTED = "[redacted]"


def setup_logs(
    level: str = "info", format: Literal["auto", "text", "json"] = "auto", secrets: Iterable[str | None] = ()
) -> None:
    """Sends the whole process's logs to standard error. `secrets` are cut out wherever they turn up."""
    text = sys.stderr.isatty() if format == "auto" else format == "text"
    hidden = [secret for secret in secrets if secret]

    def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
        return {key: _cleaned(value, hidden) for key, value in event.items()}

    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S" if text else "iso", utc=not text),
        _place_of_error,
        redact,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, lowest in SILENT.items():
        logging.getLogger(name).setLevel(max(lowest, root.level))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _place_of_error(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """An exception's type and the last places in the code, without its message."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        event["error"] = type(error).__name__
        event["at"] = " < ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
        if error.__cause__ is not None:
            event["cause"] = type(error.__cause__).__name__
    return event


def _short(path: str) -> str:
    return "/".join(path.split("/")[-2:])


def _cleaned(value: object, hidden: list[str]) -> object:
    if not isinstance(value, str):
        return value
    for secret in hidden:
        value = value.replace(secret, REDACTED)
    return TOKEN.sub(REDACTED, value)
