"""What the heads learn from: a question, a window of a text, whether it answers, and where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from konspekt.answering.judging.windows import Window, windows


@dataclass(frozen=True, slots=True)
class Example:
    """`answer` is a stretch of `window.text`, None when the window does not answer.

    `origin` names where it comes from, `group` what must not be divided between training and testing.
    """

    question: str
    window: Window
    answer: tuple[int, int] | None
    origin: str
    group: str


def locate(window: Window, phrase: str) -> tuple[int, int] | None:
    """Where a phrase stands in a window's sentences (not in its title), letter case aside."""
    start = window.text.lower().find(phrase.lower(), window.spans[0][0])
    return (start, start + len(phrase)) if phrase and start >= 0 else None


def answering(title: str, text: str, phrases: Sequence[str]) -> list[tuple[Window, tuple[int, int] | None]]:
    """Every window of a text, with where it holds one of the phrases."""
    found = []
    for window in windows(title, text):
        places = [place for phrase in phrases if (place := locate(window, phrase))]
        found.append((window, places[0] if places else None))
    return found


def fold_of(group: str, folds: int) -> int:
    """In which fold a document or another group lies: the same in training and in tests."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % folds


def keep(examples: Sequence[Example], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(json.dumps(asdict(one), ensure_ascii=False) for one in examples), "utf-8")


def kept(file: Path) -> list[Example]:
    return [_example(json.loads(line)) for line in file.read_text("utf-8").split("\n")]


def _example(raw: dict[str, Any]) -> Example:
    window = Window(
        raw["window"]["text"], raw["window"]["first"], tuple((start, end) for start, end in raw["window"]["spans"])
    )
    answer = (raw["answer"][0], raw["answer"][1]) if raw["answer"] else None
    return Example(raw["question"], window, answer, raw["origin"], raw["group"])
