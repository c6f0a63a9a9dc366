"""Traits of a Russian line: lists, and pymorphy3's dictionary for the persons of verbs."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from konspekt.conversion.meaning.common import listed
from konspekt.conversion.meaning.traits import Person, Traits
from konspekt.indexer.lexical import morphology

_WORD = re.compile(r"[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*")
_POSSESSED = re.compile(r"\b(?:у|для|от)\s+(меня|нас|тебя|вас)\b", re.IGNORECASE)  # «у нас вышло»: "we managed"
_WHOSE: dict[str, Person] = {"меня": "I", "нас": "we", "тебя": "you", "вас": "you"}
_NAMED = re.compile(r"[A-Z][a-z]+|(?<=[а-яё,;:—–-] )[А-ЯЁ][а-яё]+")  # Vera; «и Вера»
_THAN = re.compile(r"\b\w+(?:ее|ей|ше|же),?\s+чем\s+(?:у\s+|в\s+)?(?P<name>[A-Za-z][\w.-]*)", re.IGNORECASE)


def russian_traits(text: str) -> Traits:
    traits = listed(text, "ru")
    subjects = set(traits.subjects) | {_WHOSE[word.casefold()] for word in _POSSESSED.findall(text)}
    acting: set[Person] = set()
    is_open = open_one = traits.open
    suffers = finite = infinitive = False
    speaking: set[Person] = set()
    words = [word.casefold() for word in _WORD.findall(text)]
    for place, word in enumerate(words):
        person, anyone, one = _verb(word)
        if person is not None or word in ("я", "мы"):
            acting.add(person or ("I" if word == "я" else "we"))
        if person is not None:
            subjects.add(person)
        if person in ("I", "we") and not _is_passive(word):
            speaking.add(person)
        if word in ("я", "мы") and any(_acts(after) for after in words[place + 1 : place + 4]):
            speaking.add("I" if word == "я" else "we")
        after_people = bool(place) and _is_people(words[place - 1])
        infinitive |= one and anyone and _is_infinitive(word)
        finite |= anyone and not _is_infinitive(word)
        if not (after_people or acting or _is_infinitive(word)):
            is_open |= anyone
            open_one |= one
        suffers |= _is_passive(word)
    is_open |= infinitive
    open_one |= infinitive and not finite and not acting
    found = _THAN.search(text)
    return replace(
        traits,
        subjects=frozenset(subjects),
        named=traits.named | subjects,
        acting=frozenset() if suffers else frozenset(acting),
        open=is_open,
        open_one=open_one,
        than=found["name"].casefold() if found else None,
        speaking=frozenset(speaking),
        one_other=traits.one_other or any(map(_is_person, words)) or _NAMED.search(text) is not None,
        ordered=bool(words) and _is_infinitive(words[0]) and not traits.can,
    )


@lru_cache(maxsize=50_000)
def _verb(word: str) -> tuple[Person | None, bool, bool]:
    """The person of a verb; whether it leaves open who acts (an infinitive, «говорят», «запустил»); whether that may
    be one person (not «запустили»)."""
    tag = morphology().parse(word)[0].tag
    if tag.POS == "INFN":
        return None, True, True
    if tag.POS != "VERB":
        return None, False, False
    if "impr" in tag:
        return ("we" if "incl" in tag else "you"), True, False
    if "1per" in tag:
        return ("we" if "plur" in tag else "I"), False, False
    if "2per" in tag:
        return "you", True, True
    past = "past" in tag
    return None, past or ("3per" in tag and "plur" in tag), past and "plur" not in tag


def _acts(word: str) -> bool:
    """A finite verb that is not passive: «написала», «подаём»."""
    person, anyone, _ = _verb(word)
    return (person is not None or anyone) and not _is_infinitive(word) and not _is_passive(word)


@lru_cache(maxsize=50_000)
def _is_infinitive(word: str) -> bool:
    return bool(morphology().parse(word)[0].tag.POS == "INFN")


@lru_cache(maxsize=50_000)
def _is_passive(word: str) -> bool:
    """«удивлён», «был», «-лось»: who is named does not act."""
    tag = morphology().parse(word)[0].tag
    return tag.POS == "PRTS" or word in ("был", "была", "были") or (tag.POS == "VERB" and word.endswith(("ся", "сь")))


@lru_cache(maxsize=50_000)
def base_forms(word: str) -> tuple[str, ...]:
    """The dictionary forms of all that the word may be: «железе» is of «железа» and of «железо»."""
    return tuple(dict.fromkeys(str(reading.normal_form) for reading in morphology().parse(word)))


@lru_cache(maxsize=50_000)
def _is_person(word: str) -> bool:
    """«автор», «Карпатый», and words that the dictionary does not know: they may be names."""
    reading = morphology().parse(word)[0]
    return (reading.tag.POS == "NOUN" and "anim" in reading.tag) or not morphology().word_is_known(word)


@lru_cache(maxsize=50_000)
def _is_people(word: str) -> bool:
    """«авторы», «исследователи»: the verb after it is theirs."""
    tag = morphology().parse(word)[0].tag
    return tag.POS == "NOUN" and {"nomn", "anim"} in tag
