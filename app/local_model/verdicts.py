"""What `konspekt models check` found, kept in KONSPEKT_HOME: the bot acts on it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from pydantic import TypeAdapter, ValidationError

from konspekt.app.local_model.suite import Purpose, Skill
from konspekt.storage.private import private_folder

FILE = "model-checks.json"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`shares`: of right answers, by skill. `read` and `written`: tokens a second. `memory`: bytes of the server, 0
    where they are unknown."""

    purpose: Purpose
    shares: Mapping[Skill, float]
    read: float
    written: float
    memory: int
    checked: str  # the date


_VERDICT = TypeAdapter(Verdict)


def record(home: Path, names: Iterable[str], verdict: Verdict) -> None:
    """Keep it under every name that the model goes by. Raises OSError."""
    private_folder(home)
    known = _read(home) | {name: asdict(verdict) for name in names}
    fresh = home / f".{FILE}.{os.getpid()}"
    fresh.write_text(json.dumps(known, ensure_ascii=False, indent=1), "utf-8")
    fresh.replace(home / FILE)


def verdict_on(home: Path, name: str) -> Verdict | None:
    """None for a model that was not checked here, or whose note is damaged."""
    try:
        return _VERDICT.validate_python(_read(home)[name])
    except (KeyError, ValidationError):
        return None


def _read(home: Path) -> dict[str, dict[str, object]]:
    try:
        found = json.loads((home / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return cast("dict[str, dict[str, object]]", found) if isinstance(found, dict) else {}
