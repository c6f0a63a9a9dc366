"""One damaged object of a JSON file, made whole where its own text leaves no doubt.

Telegram Desktop has written paths of custom emoji without quotes, and people re-save exports with tools that forget to
escape one. What is mended: a value without quotes, quotes inside a string that has a line of its own, and a comma that
is missing at the end of a line. Anything else would be a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

MAX_MENDS = 1000  # of one object

_BARE = re.compile(r'[^\s"{}\[\],:][^"{}\[\]\n\r]*?(?=\s*(?:,\s*"|,?[ \t]*[\n\r]|[}\]]))')
_NUMBER_BEFORE = re.compile(r"[:\[,]\s*(-?[\w.+-]+)\Z")
_STRING_LINE = re.compile(r'([ \t]*(?:\{[ \t]*)?"[^"\\\n]+"[ \t]*:[ \t]*")(.*)("[ \t]*,?[ \t]*\r?)')
_BARE_QUOTE = re.compile(r'(?<!\\)((?:\\\\)*)"')
_COMMA_MISSING = re.compile(r'["}\]\w]\s*\n\s*\Z')


def mend_object(piece: str, decode: Callable[[str], tuple[Any, int]]) -> tuple[Any, int] | None:
    """The object that a text begins with, and its length in that text. None if it cannot be made whole.

    `decode` gives a value and the offset behind it, or raises `json.JSONDecodeError`.
    """
    length = len(piece)
    for _ in range(MAX_MENDS):
        try:
            value, end = decode(piece)
        except json.JSONDecodeError as error:
            mended = _mend(piece, error)
            if mended is None:
                return None
            piece = mended
        except ValueError:
            return None
        else:
            return value, end - (len(piece) - length)
    return None


def _mend(piece: str, error: json.JSONDecodeError) -> str | None:
    place = error.pos
    if error.msg.startswith("Expecting value") and (bare := _BARE.match(piece, place)):
        return _quoted(piece, bare)
    if error.msg.startswith("Expecting ',' delimiter"):
        # `5368.webm`: a number was read, and then a letter came
        number = _NUMBER_BEFORE.search(piece, max(0, place - 64), place)
        if number and not piece[place].isspace() and (bare := _BARE.match(piece, number.start(1))):
            return _quoted(piece, bare)
        if piece[place : place + 1] == '"' and _COMMA_MISSING.search(piece, max(0, place - 200), place):
            return piece[:place] + "," + piece[place:]
    return _quotes_escaped(piece, place)


def _quoted(piece: str, bare: re.Match[str]) -> str:
    return piece[: bare.start()] + json.dumps(bare[0], ensure_ascii=False) + piece[bare.end() :]


def _quotes_escaped(piece: str, place: int) -> str | None:
    """The line at `place` with the quotes inside its one string escaped, if that is what is wrong with it."""
    start = piece.rfind("\n", 0, place) + 1
    end = piece.find("\n", place)
    end = end if end >= 0 else len(piece)
    line = _STRING_LINE.fullmatch(piece, start, end)
    if not line:
        return None
    inside = _BARE_QUOTE.sub(r'\1\\"', line[2])
    return piece[:start] + line[1] + inside + line[3] + piece[end:] if inside != line[2] else None
