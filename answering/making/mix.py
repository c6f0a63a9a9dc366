"""A question file out of an index: answerable questions, near misses, and the ways in which readers type them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from konspekt.answering.making.by_model import Written
from konspekt.answering.making.disguise import Style, disguised
from konspekt.answering.making.facts import Language, facts_of, names_of
from konspekt.answering.making.near import near_misses
from konspekt.indexer.evaluation import normalise

NEAR_SHARE = 0.4  # of the questions are near misses
WORTH_ASKING = 200  # characters of a document that a model is shown
A_DOCUMENT = 3  # answerable questions at most from one document
# In turn, so that a file of any size has all of them
STYLES: Sequence[Style] = ("plain", "slang", "plain", "typo", "translit", "plain", "plain", "slang", "layout", "plain")


@dataclass(frozen=True, slots=True)
class Read:
    """A document as far as questions need it."""

    id: str
    title: str
    text: str
    url: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class Made:
    """A question before it is disguised. `accept` empty: a near miss. `why`: the sentence, or what was looked for."""

    question: str
    accept: str
    document: Read | None
    kind: str
    why: str
    language: Language
    by: str = "rule"


def make(documents: Sequence[Read], count: int, *, seed: int = 0, written: Sequence[Made] = ()) -> list[dict[str, Any]]:
    """Rows of a question file, `count` at most, the same for the same seed; `written` (by a model) come first."""
    chance = random.Random(seed)  # noqa: S311 - a draw, no secret
    near = round(count * NEAR_SHARE)
    answerable = _first([m for m in written if m.accept], _answerable(documents, chance), count - near)
    near = min(near, round(len(answerable) * NEAR_SHARE / (1 - NEAR_SHARE)))  # few facts: no more near misses
    missed = _first([m for m in written if not m.accept], _near(documents, chance), near)
    styles = cycle(STYLES)
    return [_row(one, next(styles), chance) for one in _mixed(answerable, missed)]


def made_by_model(document: Read, written: Written) -> Iterator[Made]:
    yield Made(written.question, written.accept, document, "answerable", written.accept, document.language, "model")
    if written.near:
        yield Made(written.near, "", document, "near", document.title, document.language, "model")


def to_read(documents: Sequence[Read], count: int, seed: int = 0) -> list[Read]:
    """Documents that a model is shown: long enough to ask about, drawn at random."""
    long_enough = [one for one in documents if len(one.text) >= WORTH_ASKING]
    random.Random(seed).shuffle(long_enough)  # noqa: S311 - a draw, no secret
    return long_enough[:count]


def _first(given: Sequence[Made], more: Iterator[Made], count: int) -> list[Made]:
    """The given ones, filled up; no question twice."""
    kept: dict[str, Made] = {}
    for one in given:
        kept.setdefault(normalise(one.question), one)
    for one in more:
        if len(kept) >= count:
            break
        kept.setdefault(normalise(one.question), one)
    return list(kept.values())[:count]


def _answerable(documents: Sequence[Read], chance: random.Random) -> Iterator[Made]:
    """One fact of each document in turn, then a second one; kinds of facts as they come, documents at random."""
    order = list(documents)
    chance.shuffle(order)
    facts = {one.id: list(facts_of(one.title, one.text)) for one in order}
    for held in facts.values():
        chance.shuffle(held)
    for turn in range(A_DOCUMENT):
        for one in order:
            if turn < len(facts[one.id]):
                fact = facts[one.id][turn]
                yield Made(fact.question, fact.accept, one, "answerable", fact.sentence, fact.language)


def _near(documents: Sequence[Read], chance: random.Random) -> Iterator[Made]:
    """One of each name in turn, so that no name fills the file."""
    texts = [f"{one.title}\n{one.text}" for one in documents]
    found: dict[tuple[str, Language], list[Made]] = {}
    for one in documents:
        for miss in near_misses(names_of(f"{one.title}\n{one.text}")[:6], texts, one.language):
            key = miss.name.lower(), miss.language
            made = Made(miss.question, "", None, "near", f"{miss.name}: {miss.attribute}", miss.language)
            if made not in found.setdefault(key, []):
                found[key].append(made)
    order = list(found.values())
    chance.shuffle(order)
    for held in order:
        chance.shuffle(held)
    for turn in range(max(map(len, order), default=0)):
        yield from (held[turn] for held in order if turn < len(held))


def _mixed(answerable: Sequence[Made], missed: Sequence[Made]) -> Iterator[Made]:
    """Both evenly, so that a reviewer who stops half way has some of each."""
    total = len(answerable) + len(missed)
    places = [(i + 0.5) * total / max(1, len(answerable)) for i in range(len(answerable))]
    between = [(i + 0.5) * total / max(1, len(missed)) for i in range(len(missed))]
    ordered = sorted(
        [*zip(places, answerable, strict=True), *zip(between, missed, strict=True)], key=lambda one: one[0]
    )
    yield from (made for _, made in ordered)


def _row(one: Made, style: Style, chance: random.Random) -> dict[str, Any]:
    text = disguised(one.question, style, chance)
    row: dict[str, Any] = {"question": text or one.question, "accept": [one.accept] if one.accept else []}
    if one.document is not None and one.accept:
        row["document"] = one.document.id
    row |= {"split": "own", "lang": one.language, "kind": one.kind, "style": style if text else "plain"}
    row |= {"by": one.by, "from": one.why, "checked": False}
    if one.document is not None and one.document.url:
        row["url"] = one.document.url
    return row
