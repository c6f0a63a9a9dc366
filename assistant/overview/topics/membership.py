"""Which posts belong to a topic.

A post belongs to it by its words: all words of the topic stand in one sentence of it (the title counts with every
sentence), each as itself, in another form, as a word of one root, in the other alphabet, or as a synonym. A topic of
one word needs only the word. By meaning a post belongs to it when it lies far nearer to the topic than posts do on
average (`NEAR`); that is asked only where words find nothing, because a short topic is near to too much:
benchmarks/NOTES.md, "Whole-channel questions".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.orm import Session

from konspekt.answering.words.sentences import Sentence, split_sentences
from konspekt.assistant.overview.plan import Plan, Topic
from konspekt.assistant.overview.topics.word_families import Families, Word
from konspekt.indexer.lexical import terms
from konspekt.storage.index.catalogue import Card, holding, texts_of

_TAG = re.compile(r"#\w")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
# «Обратите внимание» is no post on attention
_SAYS_NOTHING = re.compile(
    r"\b(?:обра[тщ]\w+|удел\w+|прин\w+\s+во|заслужива\w+|привле\w+)\s+(?:\w+\s+){0,2}внимани\w+|"
    r"\bвнимани\w+\s+(?:обра[тщ]\w+|удел\w+)|\bpay\w*\s+(?:\w+\s+)?attention\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\b(?:расска(?:жу|жем|зываю)|поговорим|разбер[её]м|начина(?:ю|ем)|продолжа(?:ю|ем)|обеща\w+|говорить будем|"
    r"будем говорить|в следующ\w+|we will|i will|let'?s)\b",
    re.IGNORECASE,
)
_BEGINNING, _OPENS = 4, 1.0  # words; what a sentence gains that begins with the topic
SHORT, _LABEL = 40, 60  # characters of a line that hardly says anything, and of one that does not end as a sentence
_POOR = -2.0  # worth of a sentence that says less than how its post begins
_LONGEST = 400  # characters of a sentence, and then some
MOST_TAGS = 4  # of a post; a line with more is a table of contents
NEAR = 3.2  # standard deviations above the mean cosine of the index's chunks with the topic


class Nearness(Protocol):
    """`konspekt.indexer.searching.search.Searcher`, as much of it as is needed here."""

    def nearest_documents(self, query: str, most: int) -> dict[str, float]:
        """Document id -> how near, in standard deviations above the mean of the index."""
        ...


@dataclass(frozen=True, slots=True)
class Members:
    """`by_words`: id -> the sentence that holds the topic's words ("" for the title). `by_meaning`: ids, nearest first.

    `forms`: words other than the topic's own that were found for it.
    """

    by_words: Mapping[str, str] = field(default_factory=dict)
    by_meaning: tuple[str, ...] = ()

    def __contains__(self, document_id: str) -> bool:
        return document_id in self.by_words or document_id in self.by_meaning

    @property
    def only_by_meaning(self) -> bool:
        return not self.by_words and bool(self.by_meaning)


def members(
    session: Session, topic: Topic, families: Families, among: Mapping[str, Card], nearness: Nearness | None = None
) -> Members:
    """The documents of `among` that belong to the topic."""
    found: dict[str, str] = {}
    if topic.words.startswith("#"):
        return Members(_tagged(session, topic.words, families, among))
    for phrase in (topic.words, *families.phrases(topic.words)):
        for identifier, sentence in by_words(session, families.words(phrase), among).items():
            found.setdefault(identifier, sentence)
    if found or nearness is None:
        return Members(found)
    near = nearness.nearest_documents(topic.words, len(among) + 50)
    return Members({}, tuple(name for name, score in near.items() if score >= NEAR and name in among))


def of_plan(
    session: Session, plan: Plan, families: Families, among: Sequence[Card], nearness: Nearness | None = None
) -> Members:
    """The plan's topics together, without what it leaves out."""
    cards = {card.id: card for card in among}
    each = [
        members(session, topic, families, cards, nearness if len(plan.topics) == 1 else None) for topic in plan.topics
    ]
    if not each:
        return Members(dict.fromkeys(cards, ""))
    found = each[0]
    for other in each[1:]:
        found = together(found, other) if plan.joined == "and" else either(found, other)
    if plan.without:
        left_out = members(session, plan.without, families, cards)
        found = Members(
            {name: said for name, said in found.by_words.items() if name not in left_out},
            tuple(name for name in found.by_meaning if name not in left_out),
        )
    return found


def together(one: Members, other: Members) -> Members:
    return Members(
        {name: said or other.by_words[name] for name, said in one.by_words.items() if name in other.by_words}
    )


def either(one: Members, other: Members) -> Members:
    return Members({**other.by_words, **one.by_words})


# ---------------------------------------------------------------- by words


def _tagged(session: Session, tag: str, families: Families, among: Mapping[str, Card]) -> dict[str, str]:
    """The documents under a hashtag: it and no other form of the word. A table of contents is under none."""
    held = by_words(session, families.words(tag), among)
    written = re.compile(rf"{re.escape(tag)}(?!\w)", re.IGNORECASE)
    texts = texts_of(session, sorted(held))
    return {
        name: said
        for name, said in held.items()
        if any(written.search(line) and len(_TAG.findall(line)) <= MOST_TAGS for line in texts[name].splitlines())
    }


def by_words(session: Session, words: Sequence[Word], among: Mapping[str, Card]) -> dict[str, str]:
    """Document id -> the sentence, for the documents that hold the words."""
    if not words:
        return {}
    wanted = {term for word in words for reading in word.readings for term in reading}
    holders = holding(session, wanted)
    candidates = set(among)
    for word in words:
        of_word: set[str] = set()
        for reading in word.readings:
            of_word |= frozenset.intersection(*(holders[term] for term in reading))
        candidates &= of_word
    found = {}
    for name, text in texts_of(session, sorted(candidates)).items():
        said = sentence_with(words, among[name].title, text)
        if said is not None:
            found[name] = said
    return found


def sentence_with(words: Sequence[Word], title: str, text: str) -> str | None:
    """The sentence that says most of those that hold all the words together with the title; "" where the title alone
    does.

    A line of hashtags is where it stands only when nothing else is.
    """
    in_title = frozenset(terms(title))
    titled = all(word.held_by(in_title, title) for word in words)
    best, most = "" if titled else None, -math.inf
    for sentence in split_sentences(text):
        said = _SAYS_NOTHING.sub(" ", sentence.text)
        if len(_TAG.findall(said)) > MOST_TAGS:
            continue
        held = frozenset(terms(said))
        if not any(word.held_by(held, said) for word in words) or _same(said, title):
            continue
        if all(word.held_by(held | in_title, f"{said} {title}") for word in words):
            if is_tags(said):
                best = "" if best is None else best
            elif (worth := _telling(sentence.text, words, title)) > most:
                best, most = _whole(text, sentence), worth
    return "" if best and most <= _POOR else best


def _whole(text: str, sentence: Sentence) -> str:
    """A sentence with the lines that it goes on in: files of a course break lines within sentences."""
    end = sentence.end
    while text[end : end + 1] == "\n" and text[end + 1 : end + 2].islower() and text[end - 1] not in ".!?:;…":
        further = split_sentences(text[end + 1 : end + 1 + _LONGEST])
        if not further:
            break
        end += 1 + further[0].end
    return " ".join(text[sentence.start : end].split())


def _telling(sentence: str, words: Sequence[Word], title: str) -> float:
    """How well a sentence stands for its post: not cut off, no announcement, in the language of the title; best one
    that begins with the topic."""
    text = sentence.strip()
    begins = " ".join(text.split()[:_BEGINNING])
    opens = all(word.held_by(frozenset(terms(begins)), begins) for word in words)
    russian = bool(_CYRILLIC.search(title))
    return (
        _OPENS * (opens and len(text) >= SHORT)
        - 2.0 * text.rstrip("*_ ").endswith((":", "?", "…", "..."))
        - 1.5 * bool(_ANNOUNCES.search(text))
        - 1.5 * (len(text) < SHORT or (len(text) < _LABEL and text[-1] not in ".!…"))
        - 1.0 * (russian and not _CYRILLIC.search(text))
    )


def is_tags(text: str) -> bool:
    """Whether a line holds nothing but hashtags, mentions and marks."""
    return not re.search(r"\w", re.sub(r"[#@]\w+", "", text))


def _same(sentence: str, title: str) -> bool:
    return sentence.strip("#* .!?…") in title
