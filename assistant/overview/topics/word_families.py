"""The other words that a topic's word stands for: forms, words of one root, other alphabets, synonyms, compounds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from konspekt.indexer.lexical import base_form, is_dictionary_word, is_russian, is_stop_word, jargon_forms, terms
from konspekt.indexer.query.transliteration import in_latin, russian_spellings

Terms = tuple[str, ...]  # index terms that must all be there

_WORD = re.compile(r"[^\s,;()«»\"“”]+")
# Endings that make nouns, verbs and participles of one Russian root: «квантизация», «квантовать», «квантование»
_SUFFIX = re.compile(
    r"(?:овочный|изионный|ационный|ционный|ионный|изирован(?:ие|ный)|изировать|изация|ирован(?:ие|ный)|ировать|ован(?:ие|ный)|овать|овка|евать|ывать|ивать|"
    r"яция|иция|ация|ция|ия|ани[ея]|ени[ея]|яни[ея]|анный|енный|янный|ать|ять|ить|еть|ка)$"
)
_REFLEXIVE = re.compile(r"(?:ся|сь)$")
_HUMP = re.compile(r"[a-z][A-Z]")  # inside a name of two words
_SHORTEST_ROOT = 4
_SHORTEST_COMPOUND = 5
ALSO_RELATED = 2  # words of one root that are named to the reader
# Heads of phrases that say nothing by themselves: «диффузионные модели» are spoken of as «диффузия» too
_HEADS = frozenset(
    {
        base_form(word)
        for word in re.findall(
            r"\w+",
            "модель метод подход архитектура алгоритм технология техника задача тема способ приём вопрос модуль "
            "model method approach architecture algorithm technique topic question",
        )
    }
)
_SMALL_WORDS = frozenset({"в", "на", "из", "для", "у", "по", "of", "in", "for", "the", "a", "an", "и", "and"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a topic. A text holds it when it holds all terms of one of the `readings`.

    `agent`: the word names a thing that does (`tokenizer`), and its stem is also that of what is done (`token`): then
    a word of the text must fit this too.
    """

    shown: str
    readings: frozenset[Terms]
    agent: re.Pattern[str] | None = None

    def held_by(self, held: Collection[str], text: str) -> bool:
        """`held`: the terms of `text`."""
        if not any(all(term in held for term in reading) for reading in self.readings):
            return False
        return self.agent is None or self.agent.search(text) is not None


class Families:
    """Over the vocabulary of one generation of the index: term -> chunks that hold it."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._roots: dict[str, list[str]] = defaultdict(list)
        self._compounds: list[str] = []
        for term in counts:
            if is_russian(term):
                if root := _root(term):
                    self._roots[root].append(term)
                if len(term) > _SHORTEST_COMPOUND + 2 and not is_dictionary_word(term):
                    self._compounds.append(term)
        for form, term in jargon_forms().items():
            if term in counts and (root := _root(base_form(form))):
                self._roots[root].append(term)

    def words(self, topic: str) -> list[Word]:
        """The topic's words, each with all that stands for it. A synonym of several words stands for the phrase."""
        phrase = [match.group().strip(".!?:'") for match in _WORD.finditer(topic)]
        wanted = [one for one in phrase if one.lower() not in _SMALL_WORDS and _own(one)]
        telling = [one for one in wanted if base_form(one.lower()) not in _HEADS]
        return [Word(one, frozenset(self._readings(one)), _agent(one)) for one in telling or wanted]

    def phrases(self, topic: str) -> list[str]:
        """The topic's other names: phrases that `synonyms.txt` has for the whole of it."""
        return [other for other in _synonyms().get(_key(topic), ()) if " " in other or " " in topic.strip()]

    def also(self, topic: str) -> list[str]:
        """What is counted with the topic beside its own forms, in words that a reader knows."""
        told: list[str] = list(self.phrases(topic))
        for word in self.words(topic):
            own = {base_form(word.shown.lower()), *_own(word.shown)}
            synonyms = [other for other in _synonyms().get(_key(word.shown), ()) if " " not in other]
            told += [other for other in synonyms if all(term in self._counts for term in _own(other))]
            terms_of_word = [reading[0] for reading in word.readings if len(reading) == 1]
            related = [term for term in terms_of_word if term not in own and is_dictionary_word(term)]
            told += sorted((term for term in related if not _REFLEXIVE.search(term)), key=len)[:ALSO_RELATED]
        return list(dict.fromkeys(told))

    def _readings(self, word: str) -> Iterable[Terms]:
        own = _own(word)
        yield from _ways(word)
        for other in _synonyms().get(_key(word), ()):
            if " " not in other:
                yield _own(other)
        for spelling in self._spellings(word.lower()):
            yield (spelling,)
        for term in self._of_one_root(word.lower(), own):
            yield (term,)

    def _of_one_root(self, word: str, own: Terms) -> Iterable[str]:
        russian = [base_form(word)] if is_russian(word) else []
        russian += [base_form(form) for form, term in jargon_forms().items() if len(own) == 1 and term == own[0]]
        for base in russian:
            if root := _root(base):
                yield from self._roots.get(root, ())
            if len(base) >= _SHORTEST_COMPOUND:
                yield from (term for term in self._compounds if term.startswith(base))

    def _spellings(self, word: str) -> Iterable[str]:
        """The word in the other alphabet, where the index holds it so."""
        if not word.isalpha() or len(word) < _SHORTEST_ROOT:
            return
        others = [in_latin(word)] if is_russian(word) else list(russian_spellings(word, 20))
        for other in others:
            if is_russian(other) and is_dictionary_word(other) and base_form(other) != other:
                continue  # «DALI» is no form of «дать»
            for term in terms(other):
                if term in self._counts and not (is_russian(word) and is_dictionary_word(word)):
                    yield term


@lru_cache(maxsize=20_000)
def _root(term: str) -> str:
    """The root of a Russian noun or verb that is made with one of the usual endings; "" for all others."""
    term = _REFLEXIVE.sub("", term)
    match = _SUFFIX.search(term)
    return term[: match.start()] if match and match.start() >= _SHORTEST_ROOT else ""


_DOER = re.compile(r"(?:er|or|ers|ors|тор|йзер|зер)$")


def _agent(word: str) -> re.Pattern[str] | None:
    """What the word of a text must look like, where stemming has made «токенизатор» and «токен» one term."""
    base = base_form(word.lower()) if is_russian(word) else word.lower().removesuffix("s")
    own = _own(word)
    if len(own) != 1 or not _DOER.search(base) or _DOER.search(own[0]) or is_russian(own[0]):
        return None
    forms = [form for form, term in jargon_forms().items() if term == own[0] and _DOER.search(form)]
    russian = [re.escape(form) for form in {*forms, base} if is_russian(form)]
    english = rf"{re.escape(own[0])}\w*?(?:er|or)s?"
    return re.compile(rf"\b(?:{english}|(?:{'|'.join(russian) or english})\w*)\b", re.IGNORECASE)


def _ways(word: str) -> Iterable[Terms]:
    """«LTX-Video» and `SageAttention` are their parts together, or the whole; `MXFP4` is only itself."""
    own = _own(word)
    if not own or (re.fullmatch(r"[a-zа-яё]+\d*", word.lower()) and not _HUMP.search(word)):
        yield own[:1]
        return
    yield own[-1:]
    if len(own) > 1:
        yield own[:-1]


def _own(word: str) -> Terms:
    return () if is_stop_word(word.lower()) else tuple(dict.fromkeys(terms(word)))


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(base_form(word) for word in re.findall(r"[\w-]+", phrase.lower()))


@cache
def _synonyms() -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """Base forms of a word or phrase -> what else stands for it, from `synonyms.txt`."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    text = resources.files("konspekt.assistant.overview.topics").joinpath("synonyms.txt").read_text("utf-8")
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if ">" in line:
            asked, meant = (side.strip() for side in line.split(">"))
            found[_key(asked)].append(meant)
            continue
        names = [name.strip() for name in line.split("=")]
        for name in names:
            found[_key(name)] += [other for other in names if other != name]
    return {key: tuple(dict.fromkeys(others)) for key, others in found.items()}
