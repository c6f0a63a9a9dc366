"""A channel's own terms: hints for the model, and a second look at what it heard.

«ло ра» is LoRA where the channel writes of LoRA and has no word «ло». Only words that the channel does not have are
looked at, and only terms that it does have come out, so a question in plain words stays as it was heard.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz, process

from konspekt.recognition.speech.sounds import SHORTEST, readings, sound

TERM = re.compile(r"(?<![\w/.@#-])[A-Za-z][A-Za-z0-9]*(?:[-+.][A-Za-z0-9]+)*(?![\w/@])")
WEB = re.compile(r"https?://\S+|\S+\.(?:com|org|ru|io|net|me)\S*")
WORD = re.compile(r"[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*")
GAP = re.compile(r"[\s.,·-]{1,3}")  # the model cuts a term into pieces, with and without a mark between them
LONGEST_WINDOW = 5  # words that may be one term: the letters of an abbreviation
HINTED, HINT_CHARS = 24, 220
ENDINGS = ("", "a", "i", "u", "e", "ai", "am", "ah", "af", "ami")  # sounds of «лоры», «раге», «лорой»
LIKE, LIKE_FROM = 84.0, 6  # of a hundred, and sounds: the least likeness of what is not quite the same
FEWEST = 2  # documents that hold a term

Known = Callable[[str], bool]


def terms_of(texts: Iterable[str]) -> list[str]:
    """Terms in Latin letters, as they are mostly written, the most frequent first (by texts that hold them)."""
    spelt: dict[str, Counter[str]] = {}
    for text in texts:
        for term in dict.fromkeys(TERM.findall(WEB.sub(" ", text))):
            spelt.setdefault(term.lower(), Counter())[term] += 1
    usual = {found.most_common(1)[0][0]: found.total() for found in spelt.values()}
    return [term for term, count in Counter(usual).most_common() if count >= FEWEST and _is_term(term)]


def _is_term(term: str) -> bool:
    """`LoRA`, `RAG`, `GPT-4`, `PyTorch`: what no English word looks like. A lone letter is none."""
    return len(term) > 1 and (any(c.isupper() for c in term[1:]) or any(c.isdigit() for c in term))


def hint(terms: Iterable[str]) -> str:
    """What the model is told to have written before, so that it writes these words so again."""
    taken: list[str] = []
    for term in terms:
        if len(taken) == HINTED or len(", ".join([*taken, term])) > HINT_CHARS:
            break
        taken.append(term)
    return ", ".join(taken) + "." if taken else ""


@dataclass(frozen=True, slots=True)
class Sounds:
    """Terms by how they may be read aloud."""

    terms: dict[str, str]  # sound -> term

    @classmethod
    def of(cls, terms: Iterable[str]) -> Sounds:
        """Of two terms that sound alike the first one counts."""
        found: dict[str, str] = {}
        for term in terms:
            for read in readings(term):
                if len(read) >= SHORTEST:
                    found.setdefault(read, term)
        return cls(found)

    def restored(self, text: str, known: Known) -> str:
        """`text` with terms in place of what only sounds like them. `known`: whether the channel has a word."""
        words = list(WORD.finditer(text))
        pieces: list[str] = []
        at, place = 0, 0
        while place < len(words):
            size, term = self._longest(text, words, place, known)
            if term is None:
                place += 1
                continue
            pieces += [text[at : words[place].start()], term]
            at = words[place + size - 1].end()
            place += size
        return "".join([*pieces, text[at:]])

    def _longest(self, text: str, words: list[re.Match[str]], place: int, known: Known) -> tuple[int, str | None]:
        """The term that most words from `place` on sound like, and how many they are. It neither begins nor ends with
        a word that the channel has: «LoRA и …» is not one."""
        for size in range(min(LONGEST_WINDOW, len(words) - place), 0, -1):
            window = words[place : place + size]
            gaps = [text[one.end() : two.start()] for one, two in pairwise(window)]
            if not all(GAP.fullmatch(gap) for gap in gaps) or known(window[0].group()) or known(window[-1].group()):
                continue
            new = not any(known(word.group()) for word in window)
            if (term := self._term("".join(word.group() for word in window), fuzzy=new)) is not None:
                return size, term
        return 1, None

    def _term(self, word: str, *, fuzzy: bool) -> str | None:
        read = sound(word)
        for ending in ENDINGS:
            stem = read.removesuffix(ending)
            if (stem == read and ending) or len(stem) < SHORTEST:
                continue
            for tried in (stem, stem + "a"):
                if tried in self.terms:
                    return self.terms[tried]
        if not fuzzy or len(read) < LIKE_FROM:
            return None
        best = process.extractOne(read, self.terms.keys(), scorer=fuzz.ratio, score_cutoff=LIKE)
        return self.terms[best[0]] if best is not None and len(best[0]) >= LIKE_FROM else None
