"""Lines of a typeset paragraph → running text: words that the typesetter divided are whole again."""

from __future__ import annotations

import re
from collections.abc import Iterable

# hyphen-minus, U+2010 HYPHEN, U+00AD SOFT HYPHEN
_BREAK = re.compile(r"(?P<before>\w+)(?P<sign>[-\u2010\u00ad])[ \t]*\n[ \t]*(?P<after>\w+)")
_COMPOUND = re.compile(r"\w+(?:[-\u2010]\w+)+")
# Particles that Russian always writes with a hyphen: «кто-то», «когда-нибудь», «из-за».
_PARTICLES = frozenset({"то", "либо", "нибудь", "таки", "ка", "де"})
_PAIRS = frozenset({
    ("из", "за"), ("из", "под"), ("по", "моему"), ("по", "другому"), ("по", "прежнему"), ("во", "первых"),
    ("во", "вторых"), ("в", "третьих"),
})  # fmt: skip


def compounds(texts: Iterable[str]) -> frozenset[str]:
    """Words that stand with a hyphen inside a line somewhere in the document (`low-bit`): there it is the author's."""
    return frozenset(match[0].casefold().replace("\u2010", "-") for text in texts for match in _COMPOUND.finditer(text))


def unbroken(text: str, known: frozenset[str] = frozenset()) -> str:
    """The lines of one paragraph on one line. `known`: compounds of the document, which keep their hyphen.

    A soft hyphen at the end of a line only ever divides. Of an ordinary one it is not written whether it divides or
    joins: it stays before a digit or a capital, after a single letter (`x-ray`), in known compounds and particles.
    """
    return " ".join(_BREAK.sub(lambda match: _joined(match, known), text).split())


def _joined(match: re.Match[str], known: frozenset[str]) -> str:
    before, sign, after = match["before"], match["sign"], match["after"]
    divided = sign == "\u00ad" or (
        after[0].islower()
        and before[-1].isalpha()
        and len(before) > 1
        and after.casefold() not in _PARTICLES
        and (before.casefold(), after.casefold()) not in _PAIRS
        and f"{before}-{after}".casefold() not in known
    )
    return before + ("" if divided else sign) + after
