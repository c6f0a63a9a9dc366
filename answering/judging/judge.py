"""Is exactly this stated in the passages, and in which sentence? Read from the embedder's own token vectors.

The network is trained by `training/`; its weights are `heads.safetensors` beside this file. It needs the embedded
model's layers, so that another EMBEDDING_MODEL has no judge, and the rule of `refusal.py` decides alone.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Protocol, cast

import torch
from safetensors import safe_open
from torch import Tensor

from konspekt.answering.judging.asked import lacks_kind
from konspekt.answering.judging.late import LateReader
from konspekt.answering.judging.places import token_spans
from konspekt.answering.judging.read_windows import ReadWindows
from konspekt.answering.judging.windows import Window, windows, windows_of
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.embedding.embeddings import Side
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage
from konspekt.storage.readings import ReadingsFile

READ = 3  # passages whose windows are read
MOST_WINDOWS = 7  # of one question: they bound what an answer costs, and three more find nothing more
LACKING = 4.0  # log-odds that a window loses when it holds nothing of the kind asked for
_QUESTIONS = 100
_UNSURE = 1e-6  # no probability is taken for nearer to 0 or 1


class TokenEncoder(Protocol):
    """An embedder that also tells its tokens' vectors."""

    def token_states(self, texts: Sequence[str], side: Side, depth: int) -> list[Tensor]: ...
    def count_tokens(self, text: str) -> int: ...


@dataclass(frozen=True, slots=True)
class SentenceScore:
    """Sentence number `sentence` (as `split_sentences` cuts the text) of passage number `passage`."""

    passage: int
    document_id: str
    sentence: int
    score: float  # 0 to 1: that this sentence says what was asked


@dataclass(frozen=True, slots=True)
class Judgement:
    """`probability` that the best window answers, not yet calibrated; `window` is its text. `sentences` best first;
    `windows` as they were read: the number of the passage, the text, the probability that it answers. In that one alone
    it does not count whether a window holds the kind of thing asked for."""

    probability: float
    sentences: tuple[SentenceScore, ...]
    window: str = ""
    windows: tuple[tuple[int, str, float], ...] = ()

    @property
    def logit(self) -> float:
        return _log_odds(self.probability)


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """`score`, 0 to 1: that this sentence says what was asked, which is its `share` of its window, 0 to 1, times the
    probability that the window answers; `log_odds` of that probability."""

    score: float
    share: float
    log_odds: float


class Judge:
    """Thread-safe. What is read of a window is remembered between questions."""

    def __init__(self, encoder: TokenEncoder, reader: LateReader, depth: int, kept: ReadingsFile | None = None) -> None:
        """`kept`: where what is read of windows outlasts this process."""
        self._encoder, self._reader, self._depth = encoder, reader, depth
        self._windows = ReadWindows(self._of_texts, kept)
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, Tensor] = OrderedDict()

    def judge(self, question: str, passages: Sequence[Passage]) -> Judgement:
        """Of the first passages. Without passages nothing is answered."""
        cut = windows_read(question, passages)
        if not cut:
            return Judgement(0.0, ())
        documents = [passages[number].document_id for number, _ in cut]
        read, shares = self._read(question, [window for _, window in cut], documents)
        answers = [
            _less(answer) if lacks_kind(question, window.text) else answer
            for answer, (_, window) in zip(read, cut, strict=True)
        ]
        best: dict[tuple[int, int], float] = {}
        for (number, window), answer, share in zip(cut, answers, shares, strict=True):
            for i, mass in enumerate(share):
                key = (number, window.first + i)
                best[key] = max(best.get(key, 0.0), answer * mass)
        scored = [SentenceScore(p, passages[p].document_id, s, score) for (p, s), score in best.items()]
        likeliest = max(range(len(cut)), key=answers.__getitem__)
        sentences = tuple(sorted(scored, key=lambda one: -one.score))
        windows = tuple((number, window.text, answer) for (number, window), answer in zip(cut, read, strict=True))
        return Judgement(answers[likeliest], sentences, cut[likeliest][1].text, windows)

    def sentences(
        self, question: str, sentences: Sequence[str], title: str = "", document: str = ""
    ) -> list[SentenceReading]:
        """What is made of each of one text's sentences in a row: of the windows it stands in, the likeliest.

        `document`: the id of the one that they stand in.
        """
        cut = windows_of(title, sentences)
        found = [_UNREAD] * len(sentences)
        if not cut:
            return found
        answers, shares = self._read(question, cut, [document] * len(cut))
        for window, answer, share in zip(cut, answers, shares, strict=True):
            for i, mass in enumerate(share):
                before = found[window.first + i]
                found[window.first + i] = SentenceReading(
                    max(before.score, answer * mass), max(before.share, mass), max(before.log_odds, _log_odds(answer))
                )
        return found

    @torch.inference_mode()
    def _read(
        self, question: str, cut: Sequence[Window], documents: Sequence[str]
    ) -> tuple[list[float], list[list[float]]]:
        """Of each window: the probability that it answers, and how that is shared among its sentences."""
        asked = self._question(question)
        states = self._windows.of({window.text: document for window, document in zip(cut, documents, strict=True)})
        in_order = [states[window.text] for window in cut]
        logits, places = self._reader.of_projected([asked] * len(cut), in_order)
        shares = []
        for window, state, place in zip(cut, in_order, places, strict=True):
            start = place[len(asked) : len(asked) + len(state), 0].softmax(-1)
            spans = token_spans(self._encoder.count_tokens, window.text, window.spans, len(state))
            masses = [float(start[a:b].sum()) for a, b in spans]
            total = sum(masses) or 1.0
            shares.append([mass / total for mass in masses])
        return logits.sigmoid().tolist(), shares

    @torch.inference_mode()
    def _of_texts(self, texts: Sequence[str], side: Side = "passage") -> list[Tensor]:
        """All that is read of each text, [tokens, width]."""
        return [self._reader.projected(one) for one in self._encoder.token_states(texts, side, self._depth)]

    def _question(self, text: str) -> Tensor:
        with self._lock:
            known = self._asked.get(text)
        if known is None:
            known = self._of_texts([text], "query")[0]
            with self._lock:
                self._asked[text] = known
                while len(self._asked) > _QUESTIONS:
                    self._asked.popitem(last=False)
        return known


def _log_odds(probability: float) -> float:
    p = min(max(probability, _UNSURE), 1 - _UNSURE)
    return math.log(p / (1 - p))


_UNREAD = SentenceReading(0.0, 0.0, _log_odds(0.0))


def _less(probability: float) -> float:
    """LACKING less of log-odds."""
    odds = math.exp(-LACKING) * probability
    return odds / (odds + 1 - probability)


def open_judge(encoder: object | None, kept: ReadingsFile | None = None) -> Judge | None:
    """None where the embedder does not tell its tokens' vectors: only the embedded model does."""
    if encoder is None or not getattr(encoder, "has_token_states", False):
        return None
    reader, depth = _reader()
    return Judge(cast(TokenEncoder, encoder), reader, depth, kept)


@cache
def _reader() -> tuple[LateReader, int]:
    file = resources.files("konspekt.answering").joinpath("judging", "heads.safetensors")
    with resources.as_file(file) as path, safe_open(str(path), "pt") as stored:
        depth, hidden = int(stored.metadata()["depth"]), int(stored.metadata()["hidden"])
        weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  # it is no mapping
    return LateReader(hidden).load(weights), depth


def shipped_depth() -> int:
    """Layers that the shipped network wants a text to have gone through."""
    return _reader()[1]


def windows_read(question: str, passages: Sequence[Passage]) -> list[tuple[int, Window]]:
    """What a question is judged by: windows with the number of their passage, in order.

    Where there are too many, those with most of the question's words.
    """
    cut = [(number, window) for number, one in enumerate(passages[:READ]) for window in windows(one.title, one.text)]
    if len(cut) <= MOST_WINDOWS:
        return cut
    weights = dict.fromkeys(content_terms(question), 1.0)
    worth = [Terms(terms(window.text)).share(weights) for _, window in cut]
    chosen = sorted(range(len(cut)), key=lambda i: -worth[i])[:MOST_WINDOWS]
    return [cut[i] for i in sorted(chosen)]
