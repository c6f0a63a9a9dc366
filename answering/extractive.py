"""An answer without a model: the best sentences of the best passages, word for word, each with its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from answering.context import GAP, Scorer, sentence_scores
from answering.sentences import Sentence, split_sentences
from answering.vocabulary import coverage
from indexer.lexical import terms
from indexer.passages import Passage

MAX_QUOTES = 3
MAX_CHARS = 450  # of one quote
_WORTH = 0.5  # of the best quote's score; a weaker one only distracts


@dataclass(frozen=True, slots=True)
class Quote:
    """`text` is the passage's own; a gap between its sentences is shown as `…`."""

    passage: Passage
    text: str
    score: float


def best_quotes(passages: Sequence[Passage], weights: Mapping[str, float], scorer: Scorer | None = None) -> list[Quote]:
    """At most `MAX_QUOTES`, one a passage, in the order of the passages."""
    found = [quote for passage in passages[: MAX_QUOTES + 1] if (quote := _quote(passage, weights, scorer))]
    if not found:
        return []
    enough = _WORTH * max(quote.score for quote in found)
    return [found[0], *(quote for quote in found[1:] if quote.score >= enough)][:MAX_QUOTES]


def _quote(passage: Passage, weights: Mapping[str, float], scorer: Scorer | None) -> Quote | None:
    sentences = split_sentences(passage.text)
    if not sentences:
        return None
    if len(sentences) > 1 and sentences[0].text.rstrip(".!?") == passage.title.rstrip(".!?… "):
        sentences = sentences[1:]  # the title is shown in the list of sources
    scores = sentence_scores([sentence.text for sentence in sentences], weights, scorer)
    best = max(range(len(sentences)), key=lambda i: scores[i])
    kept = {best}
    length = len(sentences[best].text)
    for i in sorted((best + 1, best - 1, best + 2), key=lambda i: -scores[i] if 0 <= i < len(scores) else 1e9):
        if 0 <= i < len(sentences) and length + len(sentences[i].text) <= MAX_CHARS:
            kept.add(i)
            length += len(sentences[i].text)
    text = _joined(passage.text, sentences, sorted(kept))
    return Quote(passage, text, coverage(weights, terms(f"{passage.title}\n{passage.text}")) if weights else 1.0)


def _joined(source: str, sentences: Sequence[Sentence], kept: Sequence[int]) -> str:
    parts: list[str] = []
    for position, i in enumerate(kept):
        if position:
            neighbours = kept[position - 1] == i - 1
            parts.append(source[sentences[i - 1].end : sentences[i].start] if neighbours else f" {GAP} ")
        parts.append(sentences[i].text)
    text = "".join(parts)
    return text if len(text) <= MAX_CHARS * 2 else text[: MAX_CHARS * 2].rsplit(" ", 1)[0] + GAP
