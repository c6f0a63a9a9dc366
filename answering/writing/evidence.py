"""What speaks for each sentence of the found passages: the numbers that `ranking.py` weighs against each other."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from konspekt.answering.judging.asked import holds_kind, kind_of
from konspekt.answering.judging.judge import Judge, SentenceReading
from konspekt.answering.words.changing import asked_now, asks_what_if
from konspekt.answering.words.introductions import tells_job
from konspekt.answering.words.lateness import asks_of_lateness, speaks_of_lateness
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.meaning import OTHER_LANGUAGE, Meaning
from konspekt.answering.words.prices import tells_price_of
from konspekt.answering.words.vocabulary import Frequencies, content_terms, coverage, names, numbers, rarity
from konspekt.answering.writing.extractive import is_title
from konspekt.answering.writing.kinds.amounts import of_number
from konspekt.answering.writing.kinds.leading import tells_who_leads
from konspekt.answering.writing.kinds.leaning import contrasts, needs_antecedent, updates
from konspekt.answering.writing.kinds.moments import Told, of_date
from konspekt.answering.writing.kinds.own_questions.reasons import advises_against
from konspekt.answering.writing.kinds.siblings import opening_of, other_versions, under_siblings
from konspekt.answering.writing.kinds.units import Unit, units_of
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.language import detect_language
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage
from konspekt.indexer.struck import struck_parts

_TITLED = 0.3  # of a word's worth where the title says it already
_USUAL, _SPREAD = 0.75, 12.0  # cosine of a question with any sentence at all, by a small embedding model
_SIBLING = 1.0  # log-odds that a sentence loses which speaks of another thing than the question names
_RIVAL = 2.0  # and so many more where it names that other thing
_OTHERS_NUMBER = 1.0  # and where it tells the number of it: 9 of 520 such sentences were right
_UPDATED = 4.0  # log-odds of a sentence that says anew, in its post, something that the question speaks of
_PRICE = 4.0  # log-odds for a sentence that tells the price of the very thing
_OF_STRUCK = 4.0  # log-odds that a sentence loses which says that something else holds no more
_RULE = 3.0  # log-odds for a sentence that tells the rule by which a case is counted
_IN_OTHER_WORDS = 6.0  # log-odds for a sentence that tells who stands first, or where an author works
_ADVISED = 4.0  # log-odds for a sentence that advises against the thing, where it is asked why one should not
_LEAST_ADVISED = 0.3  # of the question's words, by rarity, in such a sentence
_TIME = r"(?:день|дня|дней|сут\w+|час\w*|недел\w+|месяц\w*|minutes?|hours?|days?|weeks?|months?)\b"
_PER_TIME = re.compile(rf"\b(?:\d+|один|два|две|три|пару|one|two|three|an?)\s+{_TIME}|\bна {_TIME}", re.I)
_EACH = re.compile(rf"\b(?:кажд\w+|в|за|per|each|every|a)\s+{_TIME}", re.I)
_OPENING = 6.0  # log-odds for the first sentence on the very thing, where it is asked what that is about
_BY_RULE = 0.5  # of the log-odds that `Wanted` gives, beside what was learnt: by cross-validation over documents
_LONG = 10  # units of a text that has an introduction
_NAME = re.compile(r"[A-Za-z][\w+.-]*[A-Z0-9][\w+.-]*|[A-Z][\w+.-]+")  # E4M3, LoRA, Euler
# What a sentence is of stands first: «E5M2: …», «У LCM …», «Сэмплер LCM …»; «… под MIT лицензией» is of something else
_BEFORE_IT = r"(?:[А-ЯЁ]?[а-яё]+|[А-ЯЁ]|[Ff]or|[Ii]n|[Ww]ith|[Tt]he|[Aa]n?)"
_SUBJECT = re.compile(rf"\W*(?:{_BEFORE_IT}\s+)?(?P<name>{_NAME.pattern})")
_USUAL_LENGTH = 4.5  # log of characters
_SHORT = 35  # characters: a label rather than a sentence
_LEAST_SCORE, _LEAST_SHARE = 0.002, 0.02  # what no reading at all is taken for, below a logarithm
_UNDER_A_HEADING = 8  # sentences that a heading speaks for
_LONGEST_HEADING = 70  # characters of one without a mark
_BOLD_LINE = re.compile(r"\*\*[^*]{2,80}\*\*:?\.?")
_NO_HEADING = re.compile(r"[.!?…;,]$")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff]")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage's units with what speaks for each. `rules`: log-odds by rules of language, which count by weights that
    are learnt around 1: a definition where one is asked for, the words of a follow-up, names that another sentence
    holds."""

    passage: Passage
    units: tuple[Unit, ...]
    features: tuple[Mapping[str, float], ...]
    rules: tuple[Mapping[str, float], ...]

    @property
    def plain_worth(self) -> list[float]:
        """A score of 0 to about 3 for each unit, by which passages that correct each other are compared."""
        return [
            one["words"] + one["close"] + one["judged"] + one["shape"] + sum(more.values())
            for one, more in zip(self.features, self.rules, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    weights: Mapping[str, float]  # its terms with their rarity

    @classmethod
    def of(cls, text: str, frequencies: Frequencies) -> Question:
        return cls(text, rarity(content_terms(text), frequencies))


def gather(
    question: Question, passages: Sequence[Passage], meaning: Meaning, judge: Judge, wanted: Wanted
) -> list[Evidence]:
    """One `Evidence` per passage. Slow: reads each with the embedder and the judge."""
    highest = max((passage.score for passage in passages), default=0.0) or 1.0
    found: list[Evidence] = []
    read: list[Told] = []
    asked_in = detect_language(question.text)
    for place, passage in enumerate(passages):
        units = units_of(passage.text)
        texts = [unit.text for unit in units]
        lost = OTHER_LANGUAGE if passage.language != asked_in else 0.0
        of_passage = {
            "rank1": float(place == 1),
            "rank2": float(place >= 2),
            "found": passage.score / highest - 1.0,
            "dense": _SPREAD * ((passage.dense_score or _USUAL) + lost - _USUAL),
        }
        cosines = [one + lost for one in meaning.of_sentences(question.text, texts, passage.document_id)]
        readings = judge.sentences(question.text, texts, passage.title, passage.document_id)
        held = [frozenset(terms(unit.text)) for unit in units]
        features = _features(question, passage.title, units, held, cosines, readings)
        shapes = wanted.shapes(units)
        told, of_itself = wanted.reasons(passage, units), _of_itself(question, passage.title, units, held)
        for i, (unit, own) in enumerate(zip(units, held, strict=True)):
            nearest = bool(lost) and features[i]["close_here"] == 0  # of another language, which shares no words
            if advises_against(question.text, unit) and (nearest or _share(own, question.weights) >= _LEAST_ADVISED):
                of_itself["told_rule"][i] += _ADVISED
        rules = {**{name: [_BY_RULE * one for one in row] for name, row in told.items()}, **of_itself}
        found.append(
            Evidence(
                passage,
                tuple(units),
                tuple({**one, "shape": shape, **of_passage} for one, shape in zip(features, shapes, strict=True)),
                tuple({name: row[i] for name, row in rules.items()} for i in range(len(units))),
            )
        )
        read.append(Told(passage.title, units, held))
    dated = of_date(question.text, question.weights, read)
    counted = of_number(question.text, read)
    return [
        replace(one, rules=tuple({**rules, "dated": date + number} for rules, date, number in
                                 zip(one.rules, dates, numbers_, strict=True)))
        for one, dates, numbers_ in zip(found, dated, counted, strict=True)
    ]  # fmt: skip


def _features(  # noqa: PLR0917
    question: Question,
    title: str,
    units: Sequence[Unit],
    held: Sequence[frozenset[str]],
    cosines: Sequence[float],
    readings: Sequence[SentenceReading],
) -> list[dict[str, float]]:
    """`held`: each unit's terms."""
    titled = Terms(terms(title))
    discounted = {term: weight * (_TITLED if term in titled else 1.0) for term, weight in question.weights.items()}
    words = [_share(own, discounted) for own in held]
    close = [_SPREAD * (one - _USUAL) for one in cosines]
    nearest = max(close, default=0.0)
    kind = kind_of(question.text)
    asked_numbers = numbers(question.text)
    named = {term: question.weights.get(term, 1.0) for term in names(question.text)}
    long = min(1.0, len(units) / _LONG)
    headed = _headed(question, units, held)
    of_title = titled.share(question.weights) if question.weights else 0.0
    found = []
    for i, unit in enumerate(units):
        around = frozenset().union(*held[max(0, i - 1) : i + 2])
        counted = bool(numbers(unit.text) - asked_numbers)
        found.append(
            {
                "words": words[i],  # share of the question's words, by rarity
                "around": _share(around, question.weights),  # the same with its neighbours, the title's words in full
                "named": 2.0 * coverage(named, held[i]) - 1.0 if named else 0.0,
                "next": words[i + 1] if i + 1 < len(units) else 0.0,
                "close": close[i],  # cosine with the question
                "close_here": close[i] - nearest,  # the same below the passage's nearest sentence
                "close_before": close[i - 1] if i else 0.0,
                "close_after": close[i + 1] if i + 1 < len(units) else 0.0,
                "titled": of_title,  # share of the question's words in the title
                "heading": headed[i],  # and in the heading above
                "judged": readings[i].score,
                "log_judged": math.log(readings[i].score + _LEAST_SCORE),
                "place": readings[i].share,
                "log_place": math.log(readings[i].share + _LEAST_SHARE),
                "window": readings[i].log_odds,
                "kind": 2.0 * holds_kind(question.text, unit.text) - 1.0 if kind is not None else 0.0,
                "number": float(counted),
                "number_asked": float(counted and kind is not None and kind.counts),
                "first": long * (i == 0),
                "second": long * (i == 1),
                "position": i / max(1, len(units) - 1),
                "length": math.log(len(unit.text) + 1) - _USUAL_LENGTH,
                "units": math.log(len(units)),
                "short": float(len(unit.text) < _SHORT),
                "letters": sum(map(str.isalpha, unit.text)) / max(1, len(unit.text)),
                "emoji": float(bool(_EMOJI.search(unit.text))),
                "leans": float(needs_antecedent(unit.text)),
                "contrasts": float(contrasts(unit)),
                "is_title": float(is_title(unit.text, title)),
                "promises": float(unit.promises_more),
                "tags": float(unit.is_tags),
                "code": float(unit.code is not None),
            }
        )
    return found


def _headed(question: Question, units: Sequence[Unit], held: Sequence[frozenset[str]]) -> list[float]:
    """Of each unit, the share of the question's words in the nearest heading before it, as far as that reaches."""
    found: list[float] = []
    share, at = 0.0, -_UNDER_A_HEADING
    for i, unit in enumerate(units):
        found.append(share if i - at < _UNDER_A_HEADING else 0.0)
        if _is_heading(unit, units[i + 1] if i + 1 < len(units) else None):
            share, at = _share(held[i], question.weights), i
    return found


def _is_heading(unit: Unit, behind: Unit | None) -> bool:
    """A heading by its mark, a line in bold, or a short line of its own that ends like none."""
    text = unit.text.strip()
    if unit.is_heading or _BOLD_LINE.fullmatch(text):
        return True
    alone = unit.line_before and behind is not None and behind.line_before
    return alone and len(text) < _LONGEST_HEADING and text[:1] not in "-•*|" and not _NO_HEADING.search(text)


def _of_itself(
    question: Question, title: str, units: Sequence[Unit], held: Sequence[frozenset[str]]
) -> dict[str, list[float]]:
    """By name, log-odds of each unit: that it speaks of a sibling, that it says anew what was said, …"""
    asked = set(terms(question.text))
    opening = opening_of(question.text, title, units)
    return {
        "sibling": [-one for one in _of_siblings(question, title, units, held)],
        "not_of_title": [-one for one in _of_the_title(question, title, units, held)],
        "anew": [
            _UPDATED if place and updates(unit) and _share(own, question.weights) else 0.0
            for place, (unit, own) in enumerate(zip(units, held, strict=True))
        ],
        "opening": [_OPENING * (place == opening) for place in range(len(units))],
        "price": [_told_price(question, title, unit) for unit in units],
        "told_rule": [_told_rule(question, unit) for unit in units],
        "taken_back": [-_taken_back(asked, unit) for unit in units],
    }


def _told_price(question: Question, title: str, unit: Unit) -> float:
    return _PRICE if tells_price_of(asked_now(question.text), title, unit.text) else 0.0


def _told_rule(question: Question, unit: Unit) -> float:
    """A sentence that tells in words of its own who leads, where an author works, or what is lost on each day or hour:
    «каждый день опоздания» for «а если опоздаю на 2 дня?»"""
    asked = asked_now(question.text)
    if tells_who_leads(asked, unit.text) or tells_job(asked, unit.text):
        return _IN_OTHER_WORDS
    if asks_of_lateness(asked) and speaks_of_lateness(unit.text) and not unit.asks_or_names:
        return _RULE
    if not (asks_what_if(question.text) and _PER_TIME.search(asked_now(question.text)) and _EACH.search(unit.text)):
        return 0.0
    said = Terms(terms(_EACH.sub(" ", unit.text)))
    return _RULE if any(term in said for term in question.weights if not term.isdigit()) else 0.0


def _taken_back(asked: Collection[str], unit: Unit) -> float:
    """A sentence that says of something that it holds no more («~~Среда~~ больше не действует») answers who asks of
    that."""
    struck = {term for piece, is_struck in struck_parts(unit.text) if is_struck for term in terms(piece)}
    return _OF_STRUCK if struck and struck.isdisjoint(asked) else 0.0


def _of_siblings(question: Question, title: str, units: Sequence[Unit], held: Sequence[frozenset[str]]) -> list[float]:
    """Log-odds that each unit loses where the question's names stand in another one and not in it, or in what it leans
    on: it speaks of something else. What the title names every unit speaks of."""
    titled = Terms(terms(title))
    versions = other_versions(question.text, units)
    other = [
        _RIVAL * (one + more)
        for one, more in zip(under_siblings(question.text, title, units, held), versions, strict=True)
    ]
    named = {term: question.weights.get(term, 1.0) for term in names(question.text) if term not in titled}
    if not named:
        return other
    there = [coverage(named, own) for own in held]
    latin = any(map(str.isascii, named))  # a person is no rival of a format
    most = max(there, default=0.0)
    asked = set(terms(question.text))
    counted = _counted(question, units)
    told = any(own and number for own, number in zip(there, counted, strict=True))
    lost = []
    for i, (own, unit) in enumerate(zip(there, units, strict=True)):
        leans = needs_antecedent(unit.text)
        lost.append(_SIBLING * (most - max(own, there[i - 1] if i and leans else 0.0)))
        rival = _SUBJECT.match(unit.text) if latin and not own and not leans else None
        if rival and set(terms(rival["name"])) - asked:
            lost[-1] += _RIVAL * most
        if told and counted[i] and not own and not leans:
            lost[-1] += _OTHERS_NUMBER
    return [one + more for one, more in zip(lost, other, strict=True)]


def _of_the_title(question: Question, title: str, units: Sequence[Unit], held: Sequence[frozenset[str]]) -> list[float]:
    """Log-odds that each unit loses where the title names several («FP8: E4M3 и E5M2») and it speaks of one that is not
    asked of."""
    of_title = {term for name in _NAME.findall(title) for term in terms(name)}
    asked = of_title & set(terms(question.text))
    return [
        _RIVAL + _OTHERS_NUMBER * number if asked and own & of_title and not own & asked else 0.0
        for own, number in zip(held, _counted(question, units), strict=True)
    ]


def _counted(question: Question, units: Sequence[Unit]) -> list[bool]:
    """Whether each unit tells a number of its own, where one is asked for."""
    kind = kind_of(question.text)
    if kind is None or not kind.counts:
        return [False] * len(units)
    asked = numbers(question.text)
    return [bool(numbers(unit.text) - asked) for unit in units]


def _share(found: frozenset[str], wanted: Mapping[str, float]) -> float:
    return Terms(found).share(wanted) if wanted else 0.0
