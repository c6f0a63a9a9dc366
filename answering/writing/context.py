"""What of the passages goes into the prompt: whole where it fits, the best sentences where it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import coverage
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

MAX_SOURCES = 5
# How the budget is divided when the passages do not fit: the best one needs to be whole most often.
SHARES = (0.45, 0.25, 0.15, 0.1, 0.05)
_HEADER_TOKENS = 12  # "[1] ", the date, line ends
_CYRILLIC = re.compile(r"[а-яёА-ЯЁ]")
GAP = "…"
LEAST_ROOM = 80  # tokens; less of a piece than this says nothing
OWN_SHARE = 0.8  # of a piece's worth; the rest is its document's: measured, benchmarks/NOTES.md, "Retrieval"

Scorer = Callable[[Sequence[str]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class PromptSource:
    """Passage `n` as the model sees it: `text` is the passage's own, with `…` where sentences were left out."""

    n: int
    passage: Passage
    text: str


def estimate_tokens(text: str) -> int:
    """Tokens of a text for a Qwen-like tokenizer, a little too many rather than too few.

    Measured on Russian and English posts with Qwen2.5's tokenizer: 3.1 Cyrillic and 2.7 other characters a token.
    """
    cyrillic = len(_CYRILLIC.findall(text))
    return round(cyrillic / 2.95 + (len(text) - cyrillic) / 2.6) + 1


def build_context(
    passages: Sequence[Passage], weights: Mapping[str, float], budget: int, scorer: Scorer | None = None
) -> list[PromptSource]:
    """Numbered sources within `budget` tokens, best passage first.

    `weights` are the question's terms with their rarity; they choose the sentences when a passage is too long.
    `scorer` may add a closeness of meaning to each sentence (0 to 1).
    """
    chosen = list(passages[:MAX_SOURCES])
    if chosen and all(passage.pieces and passage.rerank_score is None for passage in chosen):
        return _best_pieces(chosen, weights, budget, scorer)
    sources: list[PromptSource] = []
    left = budget
    share_left = sum(SHARES[: len(chosen)])
    for passage, share in zip(chosen, SHARES, strict=False):
        allotted = int(left * share / share_left) if share_left else left
        share_left -= share
        room = allotted - estimate_tokens(passage.title) - _HEADER_TOKENS
        text = _fit(passage.text, weights, room, scorer)
        if not text:
            continue
        sources.append(PromptSource(len(sources) + 1, passage, text))
        left -= estimate_tokens(text) + estimate_tokens(passage.title) + _HEADER_TOKENS
    return sources


def _best_pieces(
    passages: Sequence[Passage], weights: Mapping[str, float], budget: int, scorer: Scorer | None
) -> list[PromptSource]:
    """The best pieces of all passages together: three halves of posts answer more often than one post whole."""
    worth = {
        (place, index): OWN_SHARE * piece.score + (1 - OWN_SHARE) * passage.score
        for place, passage in enumerate(passages)
        for index, piece in enumerate(passage.pieces)
    }
    taken: dict[int, dict[int, str]] = {}
    left = budget
    for place, index in sorted(worth, key=lambda key: -worth[key]):
        passage = passages[place]
        header = 0 if place in taken else estimate_tokens(passage.title) + _HEADER_TOKENS
        text = passage.pieces[index].text
        if estimate_tokens(text) + header > left:
            if left - header < LEAST_ROOM:
                continue
            text = _fit(text, weights, left - header, scorer)
        if text:
            taken.setdefault(place, {})[index] = text
            left -= estimate_tokens(text) + header + 1
    return [
        PromptSource(n, passages[place], _joined(passages[place], taken[place]))
        for n, place in enumerate(sorted(taken), 1)
    ]


def _joined(passage: Passage, taken: Mapping[int, str]) -> str:
    """Pieces in the order of the text; a gap where one is missing."""
    parts: list[str] = []
    for index in sorted(taken):
        if parts:
            parts.append("\n\n" if index - 1 in taken else f"\n{GAP}\n")
        parts.append(taken[index])
    return passage.text if len(taken) == len(passage.pieces) and _whole(passage, taken) else "".join(parts)


def _whole(passage: Passage, taken: Mapping[int, str]) -> bool:
    return all(piece.text == taken[index] for index, piece in enumerate(passage.pieces))


def _fit(text: str, weights: Mapping[str, float], room: int, scorer: Scorer | None) -> str:
    """The text itself, or its best sentences in their order."""
    if estimate_tokens(text) <= room:
        return text
    sentences = split_sentences(text)
    scores = _sentence_scores([sentence.text for sentence in sentences], weights, scorer)
    kept: set[int] = set()
    used = 0
    for index in sorted(range(len(sentences)), key=lambda i: -scores[i]):
        cost = estimate_tokens(sentences[index].text) + 1
        if used + cost <= room:
            kept.add(index)
            used += cost
    parts: list[str] = []
    for index in sorted(kept):
        if index - 1 in kept:
            parts.append(text[sentences[index - 1].end : sentences[index].start])
        elif index:
            parts.append(f" {GAP} " if parts else f"{GAP} ")
        parts.append(sentences[index].text)
    return "".join(parts)


def _sentence_scores(
    sentences: Sequence[str], weights: Mapping[str, float], scorer: Scorer | None = None
) -> list[float]:
    """How much each sentence answers: its share of the question, some of its neighbours', a little for coming early."""
    own = [coverage(weights, terms(sentence)) if weights else 0.0 for sentence in sentences]
    if scorer is not None:
        own = [lexical + meaning for lexical, meaning in zip(own, scorer(sentences), strict=True)]
    scores = []
    for i, value in enumerate(own):
        before = own[i - 1] if i else 0.0
        after = own[i + 1] if i + 1 < len(own) else 0.0
        scores.append(value + 0.35 * before + 0.25 * after + 0.15 / (1 + i))
    return scores
