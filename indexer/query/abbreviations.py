"""What an abbreviation stands for by its letters: «CFG» is what a title calls «Classifier-free guidance», and what a
text calls «classifier-free guidance (CFG)». In either alphabet; letters that begin no word («VAE») tell nothing."""

from __future__ import annotations

import re
from itertools import pairwise

_SHORT = re.compile(r"[^\W\d_]{2,6}")
_WORD = re.compile(r"[^\W\d_]+")
_JOINT = re.compile(r"\s?[-–\s]\s?")
_LONGEST_WORD = 25


def is_abbreviation(name: str) -> bool:
    """`CFG` and `cfg`, and not `Cfg` or `LoRA`."""
    return bool(_SHORT.fullmatch(name)) and (name.islower() or name.isupper())


def by_initials(name: str, text: str) -> list[str]:
    """Runs of words, nothing but blanks and hyphens between them, whose first letters are the name."""
    words = list(_WORD.finditer(text))
    letters = [word.group()[0].lower() for word in words]
    wanted = list(name.lower())
    found = []
    for i in range(len(words) - len(wanted) + 1):
        if letters[i : i + len(wanted)] != wanted:
            continue
        run = words[i : i + len(wanted)]
        if all(_JOINT.fullmatch(text, one.end(), other.start()) for one, other in pairwise(run)):
            found.append(text[run[0].start() : run[-1].end()])
    return found


def before_brackets(name: str, text: str) -> list[str]:
    """«classifier-free guidance (CFG)»."""
    found = []
    for match in re.finditer(rf"\(\s*[«\"*_`]*{re.escape(name)}\b", text, re.IGNORECASE):
        before = text[max(0, match.start() - _LONGEST_WORD * len(name)) : match.start()].rstrip(' *_`»"')
        words = list(_WORD.finditer(before))[-len(name) :]
        tail = before[words[0].start() :] if words else ""
        if by_initials(name, tail) == [tail]:
            found.append(tail)
    return found
