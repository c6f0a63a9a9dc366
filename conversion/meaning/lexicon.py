"""The words of `data/meaning.toml` as patterns."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from konspekt.conversion.meaning.traits import Person


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    return tomllib.loads(files("konspekt.conversion").joinpath("data/meaning.toml").read_text("utf-8"))


@lru_cache(maxsize=64)
def pattern(lang: str, name: str) -> re.Pattern[str]:
    """Whole words of one list: `pattern("ru", "up")`."""
    return whole_words(table()[lang][name])


@lru_cache(maxsize=8)
def persons(lang: str, role: str) -> tuple[tuple[Person, re.Pattern[str]], ...]:
    """Pronouns of each person that act (`subject`) or stand in another case (`named`)."""
    return tuple((person, whole_words(words)) for person, words in table()[lang][role].items())


def whole_words(words: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w])(?:{'|'.join(words)})(?![\w])", re.IGNORECASE)
