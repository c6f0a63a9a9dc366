"""What a reader has before the eyes when asking on: the posts that the last answers cited, and what these said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from konspekt.answering.answer import Turn
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

ANSWERS = 2  # the last ones that cited anything: a follow-up may go on about the one before the last
DOCUMENTS = 4  # that are read again
FIRST = 2  # of them, before the best that a search finds
SOME, LESS = 0.2, 0.2  # shares of a question's words
SENTENCE = 20  # characters of a sentence that tells a post
_BULLET = re.compile(r"^(?:[-*•–—]\s+|\d{1,2}[.)]\s+)")
_MARKS = re.compile(r"\s*\[\d{1,2}\]")


@dataclass(frozen=True, slots=True)
class Shown:
    """`documents`: ids, those cited last first; empty where only the words are known. `text`: what the answers said.
    `asked`: the follow-up as it was typed, beside the whole question that was made of it. `answers`: each by itself."""

    documents: tuple[str, ...] = ()
    text: str = ""
    asked: str = ""
    answers: tuple[str, ...] = ()

    def again(self, sentence: str) -> float:
        """1 for a sentence that was told already, less for as much as it holds of what is newly asked; 0 for others."""
        plain = _plain(sentence)
        if not plain or plain not in self.text:
            return 0.0
        new = content_terms(self.asked)
        return 1.0 - Terms(terms(sentence)).share(dict.fromkeys(new, 1.0)) if new else 1.0

    def says(self, sentence: str) -> bool:
        """Whether a sentence was told already."""
        plain = _plain(sentence)
        return bool(plain) and plain in self.text

    def told(self, sentences: str) -> bool:
        """Whether nothing of these lines is new to the reader."""
        return bool(self.text) and all(_plain(line) in self.text for line in sentences.splitlines())

    def repeats(self, answer: str) -> bool:
        """Whether an answer to what goes on would be one of the last ones, word for word."""
        return bool(self.asked) and _plain(answer) in self.answers

    def holds(self, passage: Passage) -> bool:
        """Whether a passage was cited, or, where that is not known, whether a sentence of it was told."""
        if self.documents:
            return passage.document_id in self.documents
        told = (_plain(one.text) for one in split_sentences(passage.text))
        return bool(self.text) and any(one in self.text for one in told if len(one) >= SENTENCE)


NOTHING_SHOWN = Shown()


def shown_last(history: Sequence[Turn]) -> Shown:
    """Of the last answers in a history that cited something; of the last ones at all where no citation is known."""
    answers = [turn for turn in reversed(history) if turn.role == "assistant"]
    answers = ([turn for turn in answers if turn.cited] or answers)[:ANSWERS]
    cited = dict.fromkeys(document for turn in answers for document in turn.cited)
    said = tuple(_plain(turn.text) for turn in answers)
    return Shown(tuple(cited)[:DOCUMENTS], " ".join(said), answers=said)


def cited_first(shown: Shown, cited: Sequence[Passage], found: Sequence[Passage]) -> list[Passage]:
    """What was shown is read first, the last answer's posts before others, and each behind what corrects it; then what
    a search found. All of the same worth to the choice of sentences as the best found."""
    order = {document: place for place, document in enumerate(shown.documents)}
    corrects = {one.corrected_by: order[one.document_id] for one in cited if one.document_id in order}
    last = len(order)

    def place(one: Passage) -> float:
        return min(order.get(one.document_id, last), corrects.get(one.document_id, last) - 0.5)

    best = max((one.score for one in found), default=1.0)
    first = [replace(one, score=best) for one in sorted(cited, key=place)]
    known = {one.document_id for one in first}
    others = [one for one in found if one.document_id not in known]
    return [*first[:FIRST], *others[:1], *first[FIRST:], *others[1:]]


def holds_as_much(
    shown: Shown, here: Sequence[Passage], found: Sequence[Passage], weights: Mapping[str, float], less: float = LESS
) -> bool:
    """Whether what was shown, among the passages `here`, holds some of a question's words (`weights` by their rarity),
    and not so much `less` of them than what was `found` for it alone."""
    cited = [one for one in here if shown.holds(one)]
    return bool(cited) and _held(weights, cited) > max(SOME, _held(weights, found) - less)


def _held(weights: Mapping[str, float], passages: Sequence[Passage]) -> float:
    """The largest share of the words that one passage holds."""
    return max((Terms(terms(f"{one.title}\n{one.text}")).share(weights) for one in passages), default=0.0)


def _plain(text: str) -> str:
    """Without marks, bullets and the last dot, before which a mark may stand."""
    lines = (_BULLET.sub("", line.strip()) for line in _MARKS.sub("", text).splitlines())
    return " ".join(" ".join(lines).split()).rstrip(".!?… ")
