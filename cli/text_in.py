"""Text as a shell or a pipe hands it over, made fit for models and databases."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator


def forgiving_streams() -> None:
    """Bytes that are not text become `?` or `\N{REPLACEMENT CHARACTER}` on the way in and out, instead of an error."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def readable(text: str) -> str:
    """Without halves of surrogate pairs (bytes of an argument that are no UTF-8) and NUL, which PostgreSQL refuses."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").strip()


def read_line() -> str | None:
    """The next line of standard input, stripped; None at its end, also where it is closed."""
    line = sys.stdin.readline() if sys.stdin is not None else ""
    return readable(line) if line else None


def lines() -> Iterator[str]:
    while (line := read_line()) is not None:
        yield line
