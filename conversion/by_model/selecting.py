"""Sentences of a post that can stand alone: the one it opens with, the few that retell it.

They are chosen, never written: half of a small model's own sentences about a post are false (benchmarks/NOTES.md),
and whatever it chooses, the author has said it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.document import (
    Block,
    Code,
    Heading,
    Paragraph,
    Runs,
    block_runs,
    runs_text,
)

LONGEST = 240  # characters of a sentence that can still open a post
_SHORTEST = 40
_TITLE_LINE = 100
MOST = 24  # sentences a model is shown: it reads a hundred tokens per second
_FACTOR = re.compile(r"\d+(?:[.,]\d+)?(?=\s?(?:[x×]|times|раз|fold))")
_NAME = re.compile(r"\b[A-Z][\w-]*[A-Z0-9][\w-]*\b")  # `SageAttention`, `LoRA`, `Q4_K`
_WORD = re.compile(r"[^\W\d_]{3,}")
_LEANS = re.compile(  # opens with a word that points at the sentence before
    r"(?:это|эт[оиау]\w*|он[аои]?|его|их|так\w*|тут|там|но|а|и|или|поэтому|потому|кстати|например|причём|зато|тогда"
    r"|this|that|these|those|it|they|he|she|its|their|so|but|and|or|then|therefore|thus|also|however|here|there"
    r"|for example|for instance|additionally|moreover|after that)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """`place`: characters of the post's text before it."""

    runs: Runs
    place: int

    @property
    def text(self) -> str:
        return runs_text(self.runs)


def sentences_of(blocks: tuple[Block, ...]) -> list[Sentence]:
    """Whole sentences, neither too short nor too long to stand alone; headings and a title line are left out."""
    found: list[Sentence] = []
    place = 0
    for position, block in enumerate(blocks):
        for runs in block_runs(block):
            for line, _ in cut_text(runs, 0):
                for sentence, _ in cut_text(line, 1):
                    text = runs_text(sentence)
                    titled = isinstance(block, Heading) or (not position and is_title(block))
                    if not titled and _stands(text):
                        found.append(Sentence(sentence, place))
                    place += len(text) + 1
        if isinstance(block, Code):
            place += len(block.text)
    return found


def is_title(block: Block) -> bool:
    """Whether a post's first block reads as its title."""
    if isinstance(block, Heading):
        return True
    text = runs_text(block.runs).rstrip() if isinstance(block, Paragraph) else ""
    return 0 < len(text) <= _TITLE_LINE and "\n" not in text and not text.endswith((".", ":"))


def _stands(text: str) -> bool:
    if not _SHORTEST <= len(text) <= LONGEST or text.endswith((":", "…")) or " = " in text:
        return False
    return len(_WORD.findall(text)) >= 3


def leans(text: str) -> bool:
    """Whether a sentence needs the one before it to be understood."""
    words = re.sub(r"^[^\w(]+", "", text)
    return words[:1] == "(" or words[:1].islower() or _LEANS.match(words) is not None


def strongest(sentences: list[Sentence], title: str) -> int | None:
    """The sentence with the largest factor of improvement; preferably one about what the title names."""
    names = set(_NAME.findall(title))
    scored: list[tuple[bool, float, int]] = []
    for index, sentence in enumerate(sentences):
        factors = [float(factor.replace(",", ".")) for factor in _FACTOR.findall(sentence.text)]
        if factors and not leans(sentence.text):
            about = bool(names & set(_NAME.findall(sentence.text)))
            scored.append((about, max(factors), index))
    return max(scored)[2] if scored else None


def numbered(sentences: list[Sentence]) -> str:
    return "\n".join(f"{number}. {sentence.text}" for number, sentence in enumerate(sentences[:MOST], 1))


def chosen(answer: str, count: int) -> list[int]:
    """The places that an answer names, in its order, each once; what is out of range is left out."""
    places = [int(number) - 1 for number in re.findall(r"\d{1,3}", answer)]
    return [place for place in dict.fromkeys(places) if 0 <= place < count]
