"""What people say to a channel's bot that no channel answers: talk, errands, private matters, orders, the wide world.

Told by the question's own vector, by a line for each kind (softmax of `weight` · x + `bias`), in any wording and in
both languages. The lines are trained by `python -m training.asides`, fit the embedded model alone, and are
`asides.safetensors` beside this file. What is asked *of this material* sounds alike now and then («посоветуй сэмплер»),
so that a rule looks at the index as well before anything is refused: `calibration/aside.json`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from konspekt.answering.judging.logistic import load_rule
from konspekt.answering.question.ranking import defined_name
from konspekt.answering.words.morphology import part_of_speech
from konspekt.answering.words.vocabulary import Frequencies, content_terms, names, rarity
from konspekt.indexer.embedding.embeddings import DEFAULT_MODEL
from konspekt.indexer.lexical import terms
from konspekt.indexer.query.translations import is_english

AsideKind = Literal["talk", "request", "private", "orders", "world"]
HARDLY_ANSWERED: frozenset[AsideKind] = frozenset({"private", "request", "orders"})
QUESTION = "question"  # what asks about the material, as far as its words tell
RULE = "aside"
# What the rule looks at, and whether more of it speaks for an aside (+1) or for the material (-1).
DIRECTIONS: Mapping[str, int] = {
    "stray": 1,  # log-odds of an aside, by the lines alone
    "cosine": -1,  # highest cosine with a passage
    "found": -1,  # how much of its words the index holds, by rarity, counted in rarest words (logarithm of 1 + that)
}
_IMPERATIVE = re.compile(
    r"^\W*(?:по)?(?:советуй|рекомендуй|скажи|кажи|рисуй|пиши|напиши|расскажи|найди|дай|подбери|выбери|recommend|suggest|"
    r"show|give|tell|write|find)(?:те)?\b",
    re.IGNORECASE,
)
_WHAT_IF = re.compile(
    r"^\W*(?:а |и |ну |а что,? |что делать,? |что будет,? )*если (?:я|мы|у меня|у нас|кто|вдруг)\b"
    r"|^\W*(?:а |и |ну )*что (?:будет|бывает|ждёт|мне будет|нам будет)\b.*\b(?:если|за)\b|\bwhat happens if\b"
    r"|^\W*(?:я|мы|у меня|у нас)\b.*[,.;] ?(?:что|чего|как) (?:мне |нам |теперь |тогда )*(?:делать|быть)\b"
    r"|\S\s+(?:что|ч[оёе]|шо|чего) (?:мне |нам |теперь |тогда )*(?:делать|быть)\W*$"
    r"|\bwhat (?:should|do|can) i do\W*$"
    r"|\b(?:what|and) if (?:i|we|my)\b|^\W*if (?:i|we|my)\b",
    re.IGNORECASE,
)
_MAY_I = re.compile(  # «я болею, можно продлить?»
    r"^\W*(?:а |и |ну )*(?:я|мы|у меня|у нас)\b.*\s(?:можно|нельзя|продлят|примут|зачтут|засчитают|дадут|разрешат)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^\W*(?:а |и |ну |and |so )*(?:"
    r"(?:что|чем|кто|как(?:ой|ая|ое|ие|ую)?|где|куда|когда|почему|зачем|сколько|wh\w+|how)\b|"
    r"(?:is|are|was|were|do|does|did|has|have|will|can|may|should)\b(?! you\b))",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_NAME = 4  # letters of a name in small ones
_RARE = 0.1  # of the passages
_UNSURE = 1e-4
_PLAIN = 4.0  # log-odds of an aside that the words of a question leave no doubt of
LIKELY = 1.5  # log-odds from which on a private matter, an errand or an order must be answered surely


@dataclass(frozen=True, slots=True)
class Aside:
    """`kind`: the likeliest one, if it is an aside; `log_odds` that it is."""

    kind: AsideKind
    log_odds: float

    @property
    def sounds_asked(self) -> bool:
        """Whether it is rather a question about a material, by its own words: it may still be none about this one."""
        return self.log_odds < 0


@dataclass(frozen=True, slots=True)
class Lines:
    """`weight` [K, D], `bias` [K], `mean` [D] of the questions trained on; `kinds` by row, `QUESTION` among them."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    mean: NDArray[np.float32]
    kinds: tuple[str, ...]

    def read(self, vector: NDArray[np.float32]) -> Aside:
        """Of a question's embedding [D]."""
        scores = self.weight @ centred(vector, self.mean) + self.bias
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        by_kind = dict(zip(self.kinds, map(float, shares), strict=True))
        asked = min(max(by_kind.pop(QUESTION), _UNSURE), 1 - _UNSURE)
        likeliest = max(by_kind, key=by_kind.__getitem__)
        return Aside(cast(AsideKind, likeliest), math.log((1 - asked) / asked))


def centred(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """[..., D] without what all questions share, of length 1."""
    moved = vectors - mean
    return cast("NDArray[np.float32]", moved / np.linalg.norm(moved, axis=-1, keepdims=True))


def has_lines(encoder: object) -> bool:
    """Whether the shipped lines fit its vectors: they were trained for the embedded model."""
    return getattr(encoder, "name", "") == DEFAULT_MODEL


@cache
def shipped_lines() -> Lines:
    file = resources.files("konspekt.answering").joinpath("question", "asides.safetensors")
    with resources.as_file(file) as path, safe_open(str(path), "np") as stored:
        kinds = tuple(stored.metadata()["kinds"].split())
        weight, bias, mean = (stored.get_tensor(name) for name in ("weight", "bias", "mean"))
        return Lines(weight, bias, mean, kinds)


def aside_features(question: str, aside: Aside, cosine: float, frequencies: Frequencies) -> dict[str, float]:
    """The rule's inputs, named as in `DIRECTIONS`. `cosine`: the highest one with a passage, 0 without passages."""
    weights = rarity(content_terms(question), frequencies)
    counts = frequencies.containing(weights)
    held = sum(weight for term, weight in weights.items() if counts.get(term))
    passages = frequencies.passages()
    rarest = math.log(1 + (passages + 0.5) / 0.5) if passages else 1.0
    return {
        "stray": aside.log_odds,
        "cosine": cosine,
        "found": math.log1p(held / rarest),
    }


def is_aside(features: Mapping[str, float], *, sure: bool) -> bool:
    """Whether a question is none about the material. `sure`: the passages seem to answer it without a doubt, and only
    the surest asides are none."""
    rule = load_rule(RULE)
    return rule.probability(features) >= (rule.sure if sure else rule.threshold)


def is_plain_aside(aside: Aside, question: str, frequencies: Frequencies) -> bool:
    """Whether nothing has to be searched to tell: talk, errands and orders without one word that the index holds."""
    if aside.kind not in {"talk", "request", "orders"} or aside.log_odds < _PLAIN:
        return False
    return not any(frequencies.containing(content_terms(question)).values())


def has_foreign_name(question: str) -> bool:
    """Whether a Russian question names something in Latin letters, as the things of a technical channel are."""
    return bool(re.search("[а-яё]", question, re.IGNORECASE)) and any(map(str.isascii, names(question)))


def as_meant(kind: AsideKind, question: str) -> AsideKind:
    """What is asked is no errand: who asks «что будет, если списать?» gets no «этого я не умею»."""
    return "world" if kind in {"request", "orders"} and _ASKS.search(question) else kind


def holds_every_word(question: str, frequencies: Frequencies) -> bool:
    """Whether the index holds all of a question's words, at least two, the verb that asks for something aside."""
    return len(_held(question, frequencies)) > 1


def _held(question: str, frequencies: Frequencies) -> list[str]:
    """A question's words, where the index holds all of them."""
    wanted = list(content_terms(_IMPERATIVE.sub("", question)))
    counts = frequencies.containing(wanted)
    return wanted if all(counts.get(term) for term in wanted) else []


def names_a_topic(question: str, frequencies: Frequencies) -> bool:
    """Whether a question names something of this index: «LoRA», «что такое сэмплер», «слайды» and nothing else."""
    defined = defined_name(question) or _single_noun(question)
    if defined and (wanted := terms(defined)):
        counts = frequencies.containing(wanted)
        return all(counts.get(term) for term in wanted)
    if any(frequencies.containing(names(question)).values()):
        return True
    held = _held(question, frequencies)
    if len(held) == 1 and not _IMPERATIVE.search(question):
        return part_of_speech(held[0]) == "NOUN"  # «как получить сертификат»
    return len(held) > 1


def named_by_a_title(question: str, titles: Iterable[str]) -> bool:
    """Whether a title has a name of the question: in an English one it needs no capitals ("how does llama see")."""
    asked = (term for term in content_terms(question) if term.isascii() and term.isalpha() and not is_english(term))
    return not {term for term in asked if len(term) >= _NAME}.isdisjoint(
        one for title in titles for one in names(title)
    )


def stands_together(question: str, texts: Iterable[str], frequencies: Frequencies) -> bool:
    """Whether two rare nouns of a question stand in one text: what is asked of them may not be told, and is none that
    has nothing to do with the channel."""
    nouns = [term for term in content_terms(question) if part_of_speech(term) == "NOUN"]
    counts = frequencies.containing(nouns)
    rare = {term for term in nouns if 0 < counts.get(term, 0) <= _RARE * frequencies.passages()}
    return any(len(rare.intersection(terms(text))) > 1 for text in texts)


def tells_own_case(question: str, frequencies: Frequencies) -> bool:
    """Whether a reader tells of a case («а если я болею?», «что будет, если опоздать?») in a word that the index holds:
    rules say what then happens, nobody chats so."""
    return bool(_WHAT_IF.search(question)) and any(frequencies.containing(content_terms(question)).values())


def asks_leave(question: str, frequencies: Frequencies) -> bool:
    """«Я болею, можно продлить?» in a word that the index holds: a case, where what is found surely tells the rule,
    and else how one chats («у меня кот, можно поиграть?»)."""
    return bool(_MAY_I.search(question)) and any(frequencies.containing(content_terms(question)).values())


def _single_noun(question: str) -> str | None:
    """The one word that the whole question is, where a post may be about it."""
    words = _WORD.findall(question)
    if len(words) != 1:
        return None
    return words[0] if words[0].isascii() or part_of_speech(words[0].lower()) == "NOUN" else None
