"""How far a long run over questions is: a bar on standard error, silent unless that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

from konspekt.bilingual import Bilingual, told
from konspekt.cli.guard import spoken_language

T = TypeVar("T")


def progressing(things: Sequence[T], what: Bilingual) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track

    silent = not sys.stderr.isatty()
    label = told(what, spoken_language())
    yield from track(things, description=label, console=Console(stderr=True), transient=True, disable=silent)
