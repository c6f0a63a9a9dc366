"""What both languages find in the same way: by their lists."""

from __future__ import annotations

from konspekt.conversion.facts.facts import numbers_of
from konspekt.conversion.facts.number_words import spoken_numbers
from konspekt.conversion.meaning.lexicon import pattern, persons
from konspekt.conversion.meaning.measures import measured, units_of
from konspekt.conversion.meaning.traits import Person, Traits


def listed(text: str, lang: str) -> Traits:
    """Traits of a line as far as closed lists tell them; `subjects` by pronouns alone."""
    subjects = said_of(text, lang, "subject")
    negations = len(pattern(lang, "negation").findall(text))
    negations -= len(pattern(lang, "not_negated").findall(text)) + len(pattern(lang, "double").findall(text))
    return Traits(
        subjects=subjects,
        named=subjects | said_of(text, lang, "named"),
        open=bool(pattern(lang, "open").search(text)),
        negations=max(negations, 0),
        without=bool(pattern(lang, "without").search(text)),
        hinted=bool(pattern(lang, "hint").search(text)),
        can=bool(pattern(lang, "can").search(text)),
        must=bool(pattern(lang, "must").search(text)),
        unsure=bool(pattern(lang, "unsure").search(text)),
        forbidden=bool(pattern(lang, "forbidden").search(text)),
        turns=_turns(text, lang),
        units=units_of(text),
        up=bool(pattern(lang, "up").search(text)),
        down=bool(pattern(lang, "down").search(text)),
        earlier=bool(pattern(lang, "earlier").search(text)),
        later=bool(pattern(lang, "later").search(text)),
        measured=measured(text),
        numbers=tuple(numbers_of(text)),
        counts=len(spoken_numbers(text)),
        words=len(text.split()),
        others=bool(pattern(lang, "others").search(text)),
        one_other=bool(pattern(lang, "one_other").search(text)),
        it=bool(pattern(lang, "it").search(text)),
        nobody=bool(pattern(lang, "nobody").search(text)),
        sure=bool(pattern(lang, "sure").search(text)),
        same=bool(pattern(lang, "same").search(text)),
        other=bool(pattern(lang, "other").search(text)),
        one_and_a_half=bool(pattern(lang, "one_and_a_half").search(text)),
    )


def _turns(text: str, lang: str) -> tuple[str, ...]:
    places = [(match.start(), way) for way in ("up", "down") for match in pattern(lang, way).finditer(text)]
    return tuple(way for _, way in sorted(places))


def said_of(text: str, lang: str, role: str) -> frozenset[Person]:
    return frozenset(person for person, words in persons(lang, role) if words.search(text))
