"""Code in colours: classes only, their colours are in the page's style sheet."""

from __future__ import annotations

from functools import lru_cache
from html import escape

LONGEST = 20_000  # characters; more is shown plain
KEYWORDS, NAMES = ("k", "kn", "kd", "kc", "kt"), ("nf", "nc", "nb")
STRINGS, NUMBERS, COMMENTS = ("s", "s1", "s2", "sd"), ("m", "mi", "mf"), ("c", "c1", "cm")
KNOWN = frozenset((*KEYWORDS, *NAMES, *STRINGS, *NUMBERS, *COMMENTS))


@lru_cache(maxsize=256)
def code_html(text: str, language: str = "") -> str:
    """The inside of a `<code>`."""
    if not language or len(text) > LONGEST:
        return escape(text)
    from pygments import lex
    from pygments.lexers import get_lexer_by_name
    from pygments.token import STANDARD_TYPES
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language[:40], stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(text)
    pieces = []
    for token, value in lex(text, lexer):
        name = STANDARD_TYPES.get(token, "")
        pieces.append(f'<i class="{name}">{escape(value)}</i>' if name in KNOWN else escape(value))
    return "".join(pieces)
