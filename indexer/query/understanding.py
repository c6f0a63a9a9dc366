"""A question as it was meant: the right keyboard, the right alphabet, words without slips.

Everything is decided against the words of the index, so that a name it holds is never "corrected". A reader who typed
well gets the question back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from konspekt.indexer.clean_text import clean
from konspekt.indexer.lexical import ENGLISH_STOPS, base_form, is_dictionary_word, is_russian, is_stop_word, terms
from konspekt.indexer.query.keyboard import typed_in_english, typed_in_russian
from konspekt.indexer.query.spelling import by_ear, corrected
from konspekt.indexer.query.translations import is_english
from konspekt.indexer.query.transliteration import in_latin, russian_spellings
from konspekt.indexer.query.vocabulary import Known, Vocabulary

TOKEN = re.compile(r"\S+")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
LATIN_WORD = re.compile(r"[a-z46']*[a-z][a-z46']*")
EDGE = re.compile(r"[?!.,:;…)\"»]+$")
# Stop words of English that may be Russian ones in Latin letters: до, он, но, мы …
BOTH = frozenset({"a", "by", "do", "for", "he", "i", "in", "is", "my", "no", "on", "to"})
# Words that open a question, none of them English: one is enough to tell its language.
OPENS = frozenset(
    ("объясни", "обьясни", "расскажи", "опиши", "покажи", "сравни", "подскажи", "напиши", "почему", "зачем", "сколько")
)
# Whose a thing is: without the thing it is a name (`MoE` is «мое»)
POSSESSIVE = frozenset({"мой", "твой", "свой", "наш", "ваш"})
# Letters that hardly anybody writes Russian with, or no vowel at all: a name or a word of another language
FOREIGN = re.compile(r"[wqx]|ph|th|ck|ee|oo|^[^aeiouy]+$|.*\d")
SHORT = 4  # letters of a word that is rather a name in small letters where nothing knows it: `gguf`, `cfg`
MOST_ENGLISH = 1  # other English stop words in a question that is Russian all the same
LONG = 5  # letters of a word that hardly makes sense in another alphabet by chance
BY_CHANCE = 3  # letters of a dictionary word that keys of another layout often make by chance: `CFG` is «сап»
BETWEEN_LANGUAGES = frozenset({"vs", "vs."})  # stands in Russian questions as it is, and is none of «мы»
ALONE = 4  # … and of one among Russian words, where it is likelier a name: «что такое nerf» is none of «тука»
LONGEST_QUESTION = 60  # words: what is longer is a pasted text, and is searched as it stands
# Openings of questions, and each with a blank anywhere or nowhere: whole words have to follow.
_OPENINGS = tuple(
    (opening, re.compile(r"\s*" + r"\s?".join(opening.replace(" ", "")) + r"(?=\s+\w)", re.IGNORECASE))
    for opening in ("что такое", "кто такой", "кто такая", "что значит", "для чего", "what is", "what are", "how does")
)
CYRILLIC = re.compile("[а-яё]", re.I)
VOWEL = re.compile("[аеёиоуыэюя]", re.I)


@dataclass(frozen=True, slots=True)
class Understood:
    """`text`: the question as it was meant, `asked` itself where nothing had to be corrected."""

    asked: str
    text: str
    terms: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return self.text != self.asked


def understand(question: str, vocabulary: Vocabulary) -> Understood:
    """Read the question against an index's vocabulary."""
    asked = clean(question)
    text = asked
    if vocabulary.counts and len(TOKEN.findall(asked)) <= LONGEST_QUESTION:
        text = _other_keyboard(_respaced(text), vocabulary)
        text = _other_alphabet(text, vocabulary)
        text = WORD.sub(lambda match: _word(match.group(), vocabulary), text)
    return Understood(asked, text, tuple(dict.fromkeys([*terms(text), *terms(asked)])))


# ---------------------------------------------------------------- blanks


def _respaced(text: str) -> str:
    """«чтот акое лора» and «чтотакое лора»: how a question opens, its blanks in other places."""
    for opening, typed in _OPENINGS:
        if match := typed.match(text):
            rest = text[match.end() :].lstrip()
            return text if match.group().strip().lower() == opening else f"{opening} {rest}"
    return text


# ---------------------------------------------------------------- keyboard


def _other_keyboard(text: str, vocabulary: Vocabulary) -> str:
    """The whole question as the other layout's keys, when more of its words make sense so.

    Where some of it is Russian already the reader switched halfway: each word is decided by itself.
    """
    tokens = TOKEN.findall(text)
    switched = [None if CYRILLIC.search(token) else _switched(token, vocabulary) for token in tokens]
    if CYRILLIC.search(text):
        half = [
            word
            if word
            and token.lower() not in BETWEEN_LANGUAGES
            and not _by_chance(word, token, vocabulary, ALONE)
            and _known(token, vocabulary) is Known.NOT
            else token
            for token, word in zip(tokens, switched, strict=True)
        ]
        return text if half == tokens else " ".join(half)
    sense = sum(
        word is not None and not _by_chance(word, token, vocabulary)
        for token, word in zip(tokens, switched, strict=True)
    )
    as_typed = sum(_known(token, vocabulary) >= Known.STOP_WORD for token in tokens)
    if sense <= as_typed or 2 * sense < len(tokens):
        return text
    return " ".join(
        word or (token if _is_name(token, vocabulary) else typed_in_russian(token))
        for token, word in zip(tokens, switched, strict=True)
    )


def _by_chance(word: str, token: str, vocabulary: Vocabulary, most: int = BY_CHANCE) -> bool:
    """A short word of the dictionary alone, or a name in capitals, that the other layout happens to make a word of."""
    body = EDGE.sub("", word)
    if vocabulary.known(body) >= Known.STOP_WORD:
        return False
    return len(body) <= most or (len(token) > 1 and token.isupper())


def _is_name(token: str, vocabulary: Vocabulary) -> bool:
    """A name as it was typed: the index holds it, or its capitals or the lack of a vowel in the other layout say so."""
    if _known(token, vocabulary) is Known.INDEXED:
        return True
    body = EDGE.sub("", token)
    switched = typed_in_russian(body)
    if not (body.isascii() and body.isalnum()) or in_latin(switched.lower()) in vocabulary.counts:
        return False
    return any(letter.isupper() for letter in body[1:]) or not VOWEL.search(switched)


def _switched(token: str, vocabulary: Vocabulary) -> str | None:
    """The token in Russian letters, where that is a word; a question mark at its end stays one."""
    for body, edge in ((token, ""), (EDGE.sub("", token), (EDGE.search(token) or [""])[0])):
        word = typed_in_russian(body.lower())
        if word and WORD.fullmatch(word) and vocabulary.known(word) > Known.NOT:
            return word + edge
    return None


def _known(token: str, vocabulary: Vocabulary) -> Known:
    word = EDGE.sub("", token)
    return vocabulary.known(word) if word.isascii() and WORD.fullmatch(word) else Known.NOT


# ---------------------------------------------------------------- alphabet


def _other_alphabet(text: str, vocabulary: Vocabulary) -> str:
    """Russian words in Latin letters, put back into Russian ones; names that the index holds stay Latin."""
    words = [word.lower() for word in WORD.findall(text)]
    latin = [word for word in dict.fromkeys(words) if word.isascii() and LATIN_WORD.fullmatch(word)]
    english = sum(word in ENGLISH_STOPS and word not in BOTH for word in latin)
    if not latin or english > MOST_ENGLISH:
        return text
    if any(map(is_russian, words)):
        return WORD.sub(lambda match: _russian_among_russian(match.group(), vocabulary), text)
    readings = {word: _russian(word, vocabulary) for word in latin}
    if _is_english(readings):
        return text
    small = sum(known is Known.STOP_WORD and word not in ENGLISH_STOPS for word, (_, known) in readings.items())
    small += any(reading in OPENS and word not in ENGLISH_STOPS for word, (reading, _) in readings.items())
    as_russian = sum(known > Known.NOT and len(word) >= LONG for word, (_, known) in readings.items())
    as_they_are = sum(vocabulary.known(word) is Known.INDEXED and len(word) >= LONG for word in latin)
    if small <= english and (english or as_russian <= as_they_are or 2 * as_russian <= len(latin)):
        return text

    def read(match: re.Match[str]) -> str:
        word = match.group().lower()
        reading, known = readings.get(word, (match.group(), Known.NOT))
        if vocabulary.known(word) is not Known.INDEXED or known is Known.STOP_WORD:
            if known is not Known.NOT:
                same = terms(reading)[:1] == [word]  # `gguf` is «ггуф» as well
                return match.group() if same else reading
            name = match.group() != word or len(word) <= SHORT or FOREIGN.search(word) is not None
            return corrected(reading, vocabulary) or (match.group() if name else reading)
        longer = known is Known.INDEXED and len(word) >= LONG  # in both alphabets: the longer, the less by chance
        return reading if longer and match.group() == word else match.group()

    russian = WORD.sub(read, text)
    if terms(russian):
        return russian
    for word, (reading, _) in readings.items():
        if base_form(reading) in POSSESSIVE:
            readings[word] = (word, Known.NOT)
    return WORD.sub(read, text)


def _is_english(readings: Mapping[str, tuple[str, Known]]) -> bool:
    """Whether more of the words are English and make no sense in Russian than the other way round: «best team in
    homework 2». Words of both languages («test», «bonus») tell nothing."""
    english = sum(_may_be_english(word) and known is Known.NOT for word, (_, known) in readings.items())
    russian = sum(known > Known.NOT and not _may_be_english(word) for word, (_, known) in readings.items())
    return english > russian


def _may_be_english(word: str) -> bool:
    return word in ENGLISH_STOPS or is_english(word)


def _russian_among_russian(word: str, vocabulary: Vocabulary) -> str:
    """One word in Latin letters among Russian ones: «что такое kvantizaciya». Only for a word of the index."""
    low = word.lower()
    if word != low or len(low) < LONG or not LATIN_WORD.fullmatch(low) or vocabulary.known(low) is not Known.NOT:
        return word
    reading, known = _russian(low, vocabulary)
    return reading if known is Known.INDEXED else word


def _russian(word: str, vocabulary: Vocabulary) -> tuple[str, Known]:
    """The likeliest Russian word behind Latin letters, and how well it is known."""
    best = (word, Known.NOT)
    for spelling in russian_spellings(word):
        known = vocabulary.known(spelling)
        if known is Known.STOP_WORD and not is_stop_word(spelling):  # the dictionary takes «ето» for «это»
            best = max(best, (spelling, known), key=lambda one: one[1])
            continue
        if known is Known.DICTIONARY and not is_dictionary_word(spelling):
            continue  # «ггуф» is how `gguf` is said in jargon, and no sign that the question is in Russian
        if known >= Known.STOP_WORD:
            return spelling, known
        if known > best[1] or best[0] == word:
            best = (spelling, known)
    return best


# ---------------------------------------------------------------- single words


def _word(word: str, vocabulary: Vocabulary) -> str:
    """A word that neither the index nor the dictionary knows: a name in the other alphabet or layout, or a slip."""
    low = word.lower()
    known = vocabulary.known(low)
    if known is Known.DICTIONARY:
        return _letter_by_letter(low, vocabulary) or word
    if known is not Known.NOT:
        return word
    if is_russian(low):
        for other in (in_latin(low), typed_in_english(low)):
            if len(other) > 2 and other in vocabulary.counts:
                return other
    elif word != low:
        return word  # a name, as its capital letters say
    return corrected(low, vocabulary) or by_ear(low, vocabulary) or word


def _letter_by_letter(word: str, vocabulary: Vocabulary) -> str | None:
    """A Russian word that the index does not hold, where it holds the same one in Latin letters as a name: `Muon` is
    «мюон», which the dictionary knows for another thing."""
    base = base_form(word)
    if not is_russian(word) or len(base) < SHORT:
        return None
    latin = in_latin(base)
    written = (latin, latin.replace("yu", "u"))
    return next((name for name in written if name in vocabulary.counts and not is_english(name)), None)
