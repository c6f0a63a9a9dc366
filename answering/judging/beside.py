"""What of a question stands beside that which may answer it.

A near miss has the topic right and something else wrong: the number is a sibling's (Q4_K_M for Q5_K_M), or another
condition's, or of a thing that the question does not name. So it is looked at one sentence at a time: those that hold
the kind of thing asked for, under their title, and what of the question's names and words stands there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.judging.asked import Kind, holds_kind, kind_of
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import content_terms, names, numbers
from konspekt.indexer.lexical import terms

_CODE = re.compile(r"(?<!\w)(?=[\w.×+-]*\d)(?=[\w.×+-]*[^\W\d_])[\w.×+-]+|\d{2,}")  # Q5_K_M, Qwen2.5-7B, 512
_BETWEEN = re.compile(r"[\s_\-–.,×x+]")
_MOST = 6.0  # words that are missing: more say no more


def beside(question: str, window: str) -> dict[str, float]:
    """Of a title, a line break and sentences, as they were read: see `READ_CLOSELY` in `refusal.py`."""
    title, _, text = window.partition("\n")
    kind = kind_of(question)
    telling = [f"{title}\n{one.text}" for one in split_sentences(text) if _may_tell(kind, question, one.text)]
    there = [Terms(terms(one)) for one in telling]
    return {
        "counted": float(kind is not None and kind.counts),
        "open": float(kind is not None and kind.loose),
        "named": _named(question, there),
        "other": _other(question, telling),
        "lacking": _lacking(question, there),
    }


def _may_tell(kind: Kind | None, question: str, sentence: str) -> bool:
    if kind is None:
        return True
    if kind.counts and not numbers(sentence) - numbers(question):
        return False
    return holds_kind(question, sentence) > 0


def _named(question: str, there: Sequence[Terms]) -> float:
    """Share of the question's names in the best of the sentences; 1.0 where it has none."""
    wanted = dict.fromkeys(names(question), 1.0)
    return max((one.share(wanted) for one in there), default=0.0) if wanted else 1.0


def _other(question: str, telling: Sequence[str]) -> float:
    """Share of its numbers, and of its names with a number in them, that the best of the sentences lacks, letter by
    letter: Q5_K_M is not Q4_K_M."""
    return min((lacking_codes(question, one) for one in telling), default=lacking_codes(question, ""))


def lacking_codes(question: str, text: str) -> float:
    """Share of a question's numbers, and of its names with a number in them, that a text lacks, letter by letter."""
    wanted = {_together(match.group()) for match in _CODE.finditer(question)}
    joined = _together(text)
    return sum(code not in joined for code in wanted) / len(wanted) if wanted else 0.0


def _together(text: str) -> str:
    return _BETWEEN.sub("", text.lower())


def _lacking(question: str, there: Sequence[Terms]) -> float:
    """How many of its words the best of the sentences lacks, likeness counted."""
    wanted = content_terms(question)
    fewest = min((sum(1.0 - one.worth(term) for term in wanted) for one in there), default=float(len(wanted)))
    return min(fewest, _MOST)
