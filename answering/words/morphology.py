"""Parts of speech of Russian words, by pymorphy3's dictionary, which loads at the first word."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from konspekt.indexer.lexical import is_dictionary_word, jargon_forms, morphology

PREDICATES = frozenset({"VERB", "INFN", "PRTS", "ADJS", "PRED"})


@lru_cache(maxsize=50_000)
def part_of_speech(word: str) -> str | None:
    """`NOUN`, `VERB`, … of the likeliest reading; of a search term that stands for Russian words («число» is `number`),
    theirs."""
    word = _russian_of().get(word, word)
    tag: Any = morphology().parse(word)[0].tag
    return str(tag.POS) if tag.POS else None


@lru_cache(maxsize=1)
def _russian_of() -> dict[str, str]:
    """A search term -> the first word of the Russian dictionary that it stands for."""
    found: dict[str, str] = {}
    for form, term in jargon_forms().items():
        if is_dictionary_word(form):
            found.setdefault(term, form)
    return found


@lru_cache(maxsize=20_000)
def is_of_a_third(word: str) -> bool:
    """Whether a word (lower case) is a verb of the third person singular: «весит», «отличается»."""
    return any({"VERB", "3per", "sing"} in parse.tag for parse in morphology().parse(word)[:1])


@lru_cache(maxsize=20_000)
def may_be_one_subject(word: str) -> bool:
    """Whether a word (lower case) may be a noun or pronoun in the nominative singular, question words aside."""
    if word in {"что", "чего", "сколько", "кто", "какой", "какая", "какое"}:
        return word == "кто"
    parses = morphology().parse(word)
    return any({"nomn", "sing"} in parse.tag and parse.tag.POS in {"NOUN", "NPRO"} for parse in parses)


@lru_cache(maxsize=20_000)
def is_first_person(word: str) -> bool:
    """Whether a word (lower case) is a verb of the one who speaks: «пойду», «попробую»."""
    return any({"VERB", "1per", "sing"} in parse.tag for parse in morphology().parse(word)[:1])


@lru_cache(maxsize=20_000)
def is_second_person(word: str) -> bool:
    """Whether a word (lower case) is a verb of the one who is spoken to as «ты»: «можешь», «берёшь»."""
    return any({"VERB", "2per", "sing"} in parse.tag for parse in morphology().parse(word)[:1])


@lru_cache(maxsize=20_000)
def is_first_name(word: str) -> bool:
    """Whether a word (lower case) is what somebody is called: «андрей», «вера» not in its likeliest reading."""
    return any("Name" in parse.tag for parse in morphology().parse(word)[:1])


@lru_cache(maxsize=20_000)
def is_plural(word: str) -> bool:
    """Whether a word (lower case) is a plural in its likeliest reading: «эпох», and not «памяти»."""
    return any("plur" in parse.tag for parse in morphology().parse(word)[:1])


@lru_cache(maxsize=20_000)
def is_imperative(word: str) -> bool:
    """Whether a word (lower case) tells somebody to do something: «скинь», «пришлите»."""
    return any("impr" in parse.tag for parse in morphology().parse(word)[:1])


def has_predicate(text: str) -> bool:
    """Whether a Russian phrase has a verb or the like: «а во второй версии?» has none."""
    return any(part_of_speech(word) in PREDICATES for word in re.findall(r"[а-яё]+", text.lower()))
