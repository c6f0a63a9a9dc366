"""Sentences of a post that can stand alone: the one it opens with, the few that retell it.

They are chosen, never written: whatever is chosen, the author has said it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.document import (
    Block,
    Code,
    Heading,
    ListBlock,
    Paragraph,
    Runs,
    block_runs,
    runs_text,
)

_LONGEST = 240  # characters of a sentence that can still open a post
_SHORTEST = 40
_TITLE_LINE = 100
_FACTOR = re.compile(
    r"(\d+(?:[.,]\d+)?)\s?-?(?:[xх×](?![\dA-Za-zА-Яа-я])|times\b|раза?\b|fold\b)|(?<![\w×])[xх×](\d+(?:[.,]\d+)?)\b"
)
_TWICE = re.compile(r"\b(?:вдвое|в\s+два\s+раза|twice|doubl\w+|halv\w+)\b", re.IGNORECASE)
_TIMES = re.compile(r"\b(?:втрое|вчетверо|впятеро|в\s+[а-яё]+(?:\s+[а-яё]+)?\s+раз|tenfold)\b", re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s?(?:%|процент|percent)")
_GAIN = re.compile(
    r"быстрее|ускор|дешевле|точнее|меньше|легче|лучше|хуже|больше|обогна|об[оа]шл|превзош|уступи|снизи|сократи|экономи"
    r"|разниц|выиг|вырос|упал|просел|потер|faster|speed|cheaper|smaller|better|worse|outperform|\bbeats?\b|\bsav(?:es?|ing)\b"
    r"|reduc|\bless\b|\bfewer\b|\bmore\b|\bdrops?\b|\bgrew\b|\blos(?:es?|s)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(  # a word that points at something said before
    r"\b(?:эт(?:а|и|от|о|у|ой|ого|ому|им|их|ими|ом|ою)|так(?:ой|ая|ое|ие|ую|им|их|ого)|данн(?:ый|ая|ое|ые|ого|ой|ую|ом|ых)|он|она|оно"
    r"|они|его|её|ее|их|им|ему|ей|ими|ним|ней|них|него|неё|нему|(?:тот|та|те|той|тому)(?!\s+же)|здесь|там|тут|this|these|those|it|they|them|its|their|such"
    r"|he|she|his|her)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^()]*\)")
_TIME = re.compile(r"\W*\d{1,2}:\d{2}(?::\d{2})?\b")  # a line of a film's contents
_NAME = re.compile(r"\b[A-Z][\w-]*[A-Z0-9][\w-]*\b")  # `SageAttention`, `LoRA`, `Q4_K`
_WORD = re.compile(r"[^\W\d_]{3,}")
_LEANS = re.compile(  # opens with a word that points at the sentence before
    r"(?:перв\w+|втор\w+|треть\w+|друг\w+|следующ\w+|осталь\w+|во-первых|во-вторых|ещ[её]|тоже|также|далее|дальше|потом|затем|это|эт[оиау]\w*|он[аои]?|его|их|так\w*|тут|там|но|а|и|или|поэтому|потому|кстати|например|причём|зато|тогда"
    r"|because|first|second|another|next|both|this|that|these|those|it|they|he|she|its|their|so|but|and|or|then|therefore|thus|also|however|here|there"
    r"|for example|for instance|additionally|moreover|after that)\b",
    re.IGNORECASE,
)

_TO_READERS = re.compile(
    r"\b(?:вы|вас|вам|вами|ваш\w*|у кого|кто-нибудь|делитесь|расскажите|как думаете|you|your|anyone|anybody)\b",
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
            for row, (line, _) in enumerate(cut_text(runs, 0)):
                for column, (sentence, _) in enumerate(cut_text(line, 1)):
                    text = runs_text(sentence)
                    titled = isinstance(block, Heading) or (not position and is_title(block))
                    inner = isinstance(block, ListBlock) and (row or column)  # hangs on its item's beginning
                    if not titled and not inner and stands(text) and _tags(sentence) < 2:
                        found.append(Sentence(sentence, place))
                    place += len(text) + 1
        if isinstance(block, Code):
            place += len(block.text)
    return found


def _tags(runs: Runs) -> int:
    return sum(run.kind == "hashtag" for run in runs)


def is_title(block: Block) -> bool:
    """Whether a post's first block reads as its title."""
    if isinstance(block, Heading):
        return True
    text = runs_text(block.runs).rstrip() if isinstance(block, Paragraph) else ""
    return 0 < len(text) <= _TITLE_LINE and "\n" not in text and not text.endswith((".", ":"))


def stands(text: str) -> bool:
    """Whether a sentence has the length and the shape of one that can be read alone."""
    if not _SHORTEST <= len(text) <= _LONGEST or text.endswith((":", ";", "…")) or " = " in text or _TIME.match(text):
        return False
    return len(_WORD.findall(text)) >= 3


def leans(text: str) -> bool:
    """Whether a sentence needs the one before it to be understood."""
    words = re.sub(r"^[^\w(]+", "", text)
    return words[:1] == "(" or words[:1].islower() or _LEANS.match(words) is not None


def asks_readers(text: str) -> bool:
    return text.rstrip().endswith("?") and _TO_READERS.search(text) is not None


def strength(text: str) -> float:
    """How large a result a sentence tells: its factor of improvement, or a little over 1 for a share; 0 for none."""
    text = _ASIDE.sub(" ", text)  # a number in brackets is not what the sentence says
    if text.rstrip().endswith("?") or not _GAIN.search(text):
        return 0.0
    factors = [float((left or right).replace(",", ".")) for left, right in _FACTOR.findall(text)]
    factors += [2.0] * bool(_TWICE.search(text)) + [3.0] * bool(_TIMES.search(text))
    shares = [float(share.replace(",", ".")) for share in _PERCENT.findall(text)]
    return max([*factors, *(1 + min(share, 99.0) / 100 for share in shares)], default=0.0)


def points_back(text: str) -> bool:
    """Whether a sentence names something by a pronoun: away from its place it says nothing."""
    return leans(text) or _POINTS.search(text) is not None


def strongest(sentences: list[Sentence], title: str) -> int | None:
    """The sentence with the largest result that is understood by itself; preferably about what the title names."""
    names = set(_NAME.findall(title))
    scored: list[tuple[bool, float, int]] = []
    for index, sentence in enumerate(sentences):
        value = strength(sentence.text)
        if value and not points_back(sentence.text):
            scored.append((bool(names & set(_NAME.findall(sentence.text))), value, -index))
    return -max(scored)[2] if scored else None
