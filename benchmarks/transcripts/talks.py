"""The talks: who says what, in which order, over which material (`talks.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("talks.toml")


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that a reader does. `press`: part of the label of a button under the bot's last message.

    `reply`: answers the bot's message number so many from the end (1: the last one); `quote`: a piece of it.
    `edit`: the reader's message before becomes this one. `post`: answers a channel's post of this text.
    """

    say: str = ""
    press: str = ""
    photo: bool = False
    reply: int = 0
    quote: str = ""
    edit: bool = False
    post: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """`home`: which index it is held over. `language`: of the reader's Telegram."""

    id: str
    home: str
    who: str
    turns: tuple[Turn, ...]
    language: str = "ru"


def read_talks(path: Path = FILE) -> list[Talk]:
    """All talks, in the order of the file. Raises KeyError where one lacks its id, home, reader or turns."""
    raw: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))["talk"]
    return [
        Talk(
            one["id"],
            one["home"],
            one["who"],
            tuple(Turn(say=turn) if isinstance(turn, str) else Turn(**turn) for turn in one["turns"]),
            one.get("language", "ru"),
        )
        for one in raw
    ]
