"""A text as search sees it: one way to write each letter, and nothing that a reader cannot see.

What is stored and shown stays the author's. Terms and embeddings are made of the clean text, of documents and of
questions alike, so that a word meets itself however a PDF, a keyboard or a font wrote it.
"""

from __future__ import annotations

import re
import unicodedata

# Nothing here is NFKC already and invisible at once: plain text in either language is let through untouched.
PLAIN = re.compile(r"[\t\n\r -~ «»—–А-Яа-яЁё]*")
TWO_ALPHABETS = re.compile("[A-Za-z][А-Яа-яЁё]|[А-Яа-яЁё][A-Za-z]")
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]")
KEPT = frozenset("№…")  # NFKC would make words of them: «№5» would be «No5»
WORD_CUT = re.compile(r"(?<=[^\W\d_])[-\u2010][ \t]*\n[ \t]*(?=[^\W\d_])")  # a word that a line's end divides
STRESS = re.compile(r"(?<=[А-Яа-яЁё])[\u0300-\u036f]+")  # after composition: й and ё hold no mark any more
LETTERS = re.compile(r"[^\W\d_]+")

LATIN_TWINS = "AaBCcEeHIiJjKMOoPpSsTXxYy"
CYRILLIC_TWINS = "АаВСсЕеНІіЈјКМОоРрЅѕТХхУу"
TO_CYRILLIC = str.maketrans(LATIN_TWINS, CYRILLIC_TWINS)
TO_LATIN = str.maketrans(CYRILLIC_TWINS, LATIN_TWINS)
LATIN = re.compile("[A-Za-z]")
CYRILLIC = re.compile("[А-Яа-яЁёІіЈјЅѕ]")


def clean(text: str) -> str:
    """NFKC without what NFKC spoils; no invisible characters, stress marks or letters of a look-alike alphabet.

    A word divided at a line's end is put together around its hyphen: whether the hyphen was there before, no one can
    tell. `10²` becomes `10^2`, not the number 102.
    """
    if PLAIN.fullmatch(text) and not TWO_ALPHABETS.search(text):
        return WORD_CUT.sub("-", text) if "-" in text else text
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    text = STRESS.sub("", unicodedata.normalize("NFC", "".join(_simple(character) for character in text)))
    return LETTERS.sub(lambda match: one_alphabet(match.group()), WORD_CUT.sub("-", text))


def joined_words(text: str) -> str:
    """For an embedding, which reads words: divided words without their hyphen. `text` need not be clean."""
    return clean(WORD_CUT.sub("", INVISIBLE.sub("", text)))


def one_alphabet(word: str) -> str:
    """`Москвa` with a Latin `a` is Russian, `LоRA` with a Russian `о` is not; `GPTшка` is both, and stays."""
    if not (LATIN.search(word) and CYRILLIC.search(word)):
        return word
    russian, english = word.translate(TO_CYRILLIC), word.translate(TO_LATIN)
    if LATIN.search(russian):
        return word if CYRILLIC.search(english) else english
    if CYRILLIC.search(english):
        return russian
    return russian if len(CYRILLIC.findall(word)) * 2 >= len(word) else english  # every letter has a twin


def _simple(character: str) -> str:
    if character < "\x80" or character in KEPT or "А" <= character <= "я":
        return character
    kind = unicodedata.decomposition(character).partition(" ")[0]
    plain = unicodedata.normalize("NFKC", character)
    if kind == "<super>":
        return f"^{plain}"
    return f" {plain}" if kind == "<fraction>" else plain
