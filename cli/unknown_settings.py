"""A name in `.env` that is nearly a setting: a typo would otherwise be silently ignored."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from konspekt.app.messages import say
from konspekt.app.settings import Settings
from konspekt.bilingual import Bilingual
from konspekt.cli.guard import tell

ALIKE = 0.75  # of difflib's ratio
OTHERS = frozenset({"SERVE_API_KEY"})  # of compose.yaml and `konspekt serve`


def unknown_settings(path: Path = Path(".env")) -> Iterator[Bilingual]:
    """What to say about each such name. Names that resemble no setting belong to other programs that read the file."""
    from dotenv import dotenv_values

    known = [name.upper() for name in Settings.model_fields]
    if not path.is_file():
        return
    for name in dotenv_values(path, interpolate=False, encoding="utf-8"):
        written = name.upper()
        if written in known or written in OTHERS:
            continue
        longer = [setting for setting in known if written in setting and "_" in written]
        if meant := longer or difflib.get_close_matches(written, known, n=1, cutoff=ALIKE):
            yield say("unknown_setting", name=name, meant=meant[0])


def say_unknown_settings() -> None:
    for message in unknown_settings():
        tell(message)
