"""Names in Latin letters that a question asks of and that nothing shown holds: «сколько токенов видел BitNet» is not
answered by a sentence on patches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from konspekt.answering.judging.beside import lacking_codes
from konspekt.answering.lacking.counted import stands_as_letter
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import names
from konspekt.indexer.lexical import is_russian, terms
from konspekt.indexer.query.translations import counterparts

_NAME = re.compile(r"(?<![\w@/])[A-Za-z][\w.+#-]*[\w+#]", re.ASCII)
_FORMAT = re.compile(r"(?:u?int|fp|bf|nf)\d+", re.IGNORECASE)  # what is told of these hardly names them again
_INITIALS = re.compile(r"[a-z]{2,5}")
_SHORTEST = 5  # letters of a name that a slip may be in
# Words that a text replaces by others («карта» for a GPU), or that name nothing
_MINOR = frozenset(
    ["vs", "or", "and", "ok", "it", "pls", "plz", "gpu", "cpu", "ram", "vram", "api", "ml", "ai", "phd", "ceo"]
)


@dataclass(frozen=True, slots=True)
class Name:
    written: str
    at: int  # where it stands in the question
    terms: tuple[str, ...]

    def stands_in(self, there: Terms) -> bool:
        """As a whole, or in all of its parts: «flash attention» for FlashAttention. Or in the other language:
        «v-предсказание» for "v prediction"."""
        whole = max(self.terms, key=len)
        if there.worth(whole):
            return True
        if any(there.worth(other) == 1 for other in counterparts(whole)):
            return True
        parts = [one for one in self.terms if one != whole]
        return bool(parts) and all(there.worth(one) for one in parts)

    @property
    def is_numbered(self) -> bool:
        return any(letter.isdigit() for letter in self.written)

    def is_a_slip_of(self, listed: Iterable[str]) -> bool:
        """«Min-SRN» for Min-SNR: one letter typed wrong, or two in the wrong order."""
        whole = max(self.terms, key=len)
        if len(whole) < _SHORTEST or any(letter.isdigit() for letter in whole):
            return False
        return any(OSA.distance(whole, one, score_cutoff=1) <= 1 for one in listed)

    def is_short_for(self, text: str) -> bool:
        """«cfg» for "Classifier-free guidance"."""
        letters = self.written.lower()
        if not _INITIALS.fullmatch(letters):
            return False
        words = [re.escape(letter) + r"\w+" for letter in letters]
        return bool(re.search(r"\b" + r"[\s-]+".join(words), text, re.IGNORECASE))


def asked_names(question: str) -> list[Name]:
    wanted, russian = names(question), is_russian(question)
    found = []
    for match in _NAME.finditer(question):
        own = tuple(terms(match.group()))
        minor = match.group().lower() in _MINOR or _FORMAT.fullmatch(match.group())
        if own and not minor and not wanted.isdisjoint(own) and not (russian and _is_a_common_word(match.group(), own)):
            found.append(Name(match.group(), match.start(), own))
    return found


def _is_a_common_word(written: str, own: Iterable[str]) -> bool:
    """`task` in a Russian question is «задание», which the question may have been asked with."""
    translated = (any(map(is_russian, counterparts(term))) for term in own)
    return written.isalpha() and written.islower() and all(translated)


def absent(wanted: Iterable[Name], text: str) -> list[Name]:
    """Those that do not stand in a text."""
    listed = terms(text)
    there = Terms(listed)
    return [one for one in wanted if not _is_there(one, there, listed, text)]


def _is_there(name: Name, there: Terms, listed: Sequence[str], text: str) -> bool:
    if stands_as_letter(name.written, text):
        return True
    if name.is_numbered:  # letter by letter: Qwen2.5-7B is no Qwen2.5-1.5B, and SageAttention no SageAttention2
        return max(name.terms, key=len) in listed or not lacking_codes(name.written, text)
    return name.stands_in(there) or name.is_a_slip_of(listed) or name.is_short_for(text)


def together(question: str, lost: Sequence[Name]) -> str:
    """The first of the names that are missing, with those right behind it: «textual inversion»."""
    first, *others = lost
    end = first.at + len(first.written)
    for one in others:
        if question[end : one.at].strip(" -"):
            break
        end = one.at + len(one.written)
    return question[first.at : end]
