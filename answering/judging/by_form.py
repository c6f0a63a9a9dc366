"""How sure an answer must be, by what its question begins with.

A reason that a post may give is mostly given; which one, who and when is asked of things that posts leave out about as
often as they tell them. The rule of `refusal.py` knows numbers from reasons and takes all the others for alike.
"""

from __future__ import annotations

import math
import re

from konspekt.answering.judging.asked import kind_of

_SURER = 0.5  # of log-odds, benchmarks/NOTES.md
_WHICH = re.compile(
    r"\bкак(?:ой|ая|ую|ие|ое|им|ими|ом|ого|их)\b|\b(?:which|what)\b(?! (?:is|are|does|do|to)\b)", re.IGNORECASE
)
_WHO = re.compile(
    r"^\W*(?:(?:а|и|ну|and|so)\s+)*(?:(?:в|на|с|у|от|для)\s+)?(?:кто|кем|кого|когда|где|who|when|where)\b",
    re.IGNORECASE,
)


def surer(question: str, threshold: float) -> float:
    """The threshold for this question: the rule's own, or a higher one."""
    kind = kind_of(question)
    counts = kind is not None and kind.counts
    if counts or not (_WHICH.search(question) or _WHO.search(question)):
        return threshold
    return 1 / (1 + math.exp(-(math.log(threshold / (1 - threshold)) + _SURER)))
