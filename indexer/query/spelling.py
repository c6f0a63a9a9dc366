"""Words with a slip of the finger, and names written as they sound: which word of the index was meant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from rapidfuzz.distance import OSA, Indel
from rapidfuzz.process import extract

from konspekt.indexer.lexical import base_form, is_dictionary_word, is_russian
from konspekt.indexer.query.sounds import consonants, sound, sound_as_written
from konspekt.indexer.query.vocabulary import Known, Vocabulary

ALPHABET = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
SHORTEST = {True: 5, False: 6}  # is it Russian -> letters; English has no dictionary here to tell a rare word by
TWO_SLIPS = 9  # letters from which on two slips are forgiven, in Russian
CONSONANTS = 3  # of a name that is known by its sound, at least: shorter ones sound alike by chance
SOUNDS = 0.7  # letters in common of two sounds, of both
ENDING = 2  # English words that differ only at the end are two forms or two words: `latent`, `latency`


def corrected(word: str, vocabulary: Vocabulary) -> str | None:
    """The word of the index that `word` (lower case) is a misspelling of; None where it may well be correct.

    First one slip away among dictionary words, which keeps the inflection; then the index's own terms that begin with
    the same letter, which costs a few milliseconds for 100,000 of them.
    """
    russian = is_russian(word)
    if not word.isalpha() or len(word) < SHORTEST[russian] or vocabulary.known(word) is not Known.NOT:
        return None
    if russian:
        near = {w for w in one_slip_away(word) if is_dictionary_word(w) and vocabulary.known(w) >= Known.STOP_WORD}
        if near:
            return max(near, key=lambda w: (vocabulary.weight(w), w))
    return _nearest_term(word, vocabulary)


def by_ear(word: str, vocabulary: Vocabulary) -> str | None:
    """The name of the index in Latin letters that a Russian word (lower case) writes down as it sounds."""
    if not is_russian(word):
        return None
    near = [
        (Indel.normalized_similarity(said, sound(name)), vocabulary.weight(name), name)
        for said in {sound(word), sound_as_written(word)}
        if len(heard := consonants(said)) >= CONSONANTS
        for name in vocabulary.by_consonants.get(heard, ())
    ]
    alike, _, name = max(near, default=(0.0, 0, ""))
    return name if alike >= SOUNDS else None


def one_slip_away(word: str) -> Iterator[str]:
    """A letter left out, too many, mistaken or swapped with its neighbour: Russian letters, the first one right."""
    for i in range(1, len(word)):
        yield word[:i] + word[i + 1 :]
        if i + 1 < len(word):
            yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]
        yield from (word[:i] + letter + word[i + 1 :] for letter in ALPHABET)
        yield from (word[:i] + letter + word[i:] for letter in ALPHABET)
    yield from (word + letter for letter in ALPHABET)


def _nearest_term(word: str, vocabulary: Vocabulary) -> str | None:
    choices = vocabulary.by_first_letter.get(word[0], ())
    russian = is_russian(word)
    best: tuple[int, int, str] | None = None
    for form in {word, base_form(word)}:
        if len(form) < SHORTEST[True]:
            continue
        slips = 2 if russian and len(form) >= TWO_SLIPS else 1
        for term, distance, _ in extract(form, choices, scorer=OSA.distance, score_cutoff=slips, limit=8):
            if russian or not _another_word(form, term):
                candidate = (int(distance), -vocabulary.weight(term), term)
                best = min(best, candidate) if best else candidate
    return best[2] if best else None


def _another_word(form: str, term: str) -> bool:
    """Of two English words or names: `latency` and `latent`, `Mixtral` and `Mistral`."""
    mistaken_letter = len(form) == len(term) and sorted(form) != sorted(term)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(form, term, strict=False)))
    return mistaken_letter or shared > min(len(form), len(term)) - ENDING
