"""Does a window say what was asked, by what a language model that runs here makes of the two?

The model is asked to speak nothing: its state after some of its layers is read by a line that was trained for it
(`training/probe.py`; the line is `probe.safetensors` beside this file). A line fits one model only. It holds what that
model makes of a text known to both, and a server whose model makes anything else of it is not asked again.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Protocol

import torch
from safetensors import safe_open
from torch import Tensor

from konspekt.answering.judging.judge import Judgement
from konspekt.answering.words.harmless import harmless
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.lexical import terms
from konspekt.llm_client import LLMError

# How a model is made to think of it. What stands first is read once for all questions about a window.
BEFORE = (
    "<|im_start|>user\nСказано ли в тексте прямо именно то, о чём спрашивают? Ответь одним словом: да или нет.\n\n"
    "Текст:\n"
)
BETWEEN = "\n\nВопрос: "
AFTER = "<|im_end|>\n<|im_start|>assistant\n"
KNOWN = ("В каком году основан Новгород?", "Новгород\nВпервые упомянут в летописи под 859 годом.")

SAME = 0.995  # cosine of states of one text by one model: builds for other processors round differently
PAUSE = 60.0  # seconds without asking a server that did not answer
_REMEMBERED = 500  # questions with a window
_WORDS, _RANK = 4.0, 0.7  # against the log-odds of the judge: all of a question's words; each place in what was found

log = logging.getLogger(__name__)


class States(Protocol):
    """`konspekt.llm_client.states.StateServer`, as much of it as is asked here."""

    def states(self, texts: Sequence[Sequence[str]], layer: int) -> list[list[float]]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """Log-odds = `weight` · state + `bias`, of states after `layer` layers of the model that makes `known`
    of KNOWN. `weight` and `known`: float32 [hidden]."""

    weight: Tensor
    bias: float
    layer: int
    known: Tensor
    model: str = ""

    def log_odds(self, state: Sequence[float]) -> float:
        return float(torch.tensor(state) @ self.weight) + self.bias

    def fits(self, known: Sequence[float]) -> bool:
        """Whether this is what its model makes of KNOWN."""
        if len(known) != len(self.known):
            return False
        return float(torch.nn.functional.cosine_similarity(torch.tensor(known), self.known, dim=0)) >= SAME


class Probe:
    """Thread-safe. Never raises: where nothing can be said in time, None, and the rule decides without."""

    def __init__(self, server: States, line: Line) -> None:
        self._server, self._line = server, line
        self._lock = threading.Lock()
        self._remembered: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._fits: bool | None = None
        self._silent_until = 0.0

    def log_odds(self, question: str, window: str) -> float | None:
        """That `window` says what is asked."""
        key = (question, window)
        with self._lock:
            if key in self._remembered:
                self._remembered.move_to_end(key)
                return self._remembered[key]
        if self._fits is False or time.monotonic() < self._silent_until:
            return None
        try:
            if self._fits is None:
                self._fits = self._line.fits(self._server.states([prompt(*KNOWN)], self._line.layer)[0])
                if not self._fits:
                    log.info("the model that runs here is not %s: it does not judge", self._line.model)
                    return None
            found = self._line.log_odds(self._server.states([prompt(question, window)], self._line.layer)[0])
        except LLMError as error:
            log.info("judged without the language model: %s", error)
            self._silent_until = time.monotonic() + PAUSE
            return None
        if not math.isfinite(found):
            return None
        with self._lock:
            self._remembered[key] = found
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return found


def prompt(question: str, window: str) -> tuple[str, ...]:
    """In pieces: what comes before the last ones is the same for every question."""
    return BEFORE, harmless(window), BETWEEN, harmless(question), AFTER


def likeliest(question: str, judgement: Judgement) -> str | None:
    """The window to read more closely, by the judge, the question's words and the order in which they were found."""
    wanted: Mapping[str, float] = dict.fromkeys(content_terms(question), 1.0)

    def worth(passage: int, text: str, probability: float) -> float:
        p = min(max(probability, 1e-6), 1 - 1e-6)
        words = Terms(terms(text)).share(wanted) if wanted else 0.0
        return math.log(p / (1 - p)) + _WORDS * words - _RANK * passage

    return max(judgement.windows, key=lambda one: worth(*one))[1] if judgement.windows else None


@cache
def shipped_line() -> Line | None:
    """None where there is none."""
    file = resources.files("konspekt.answering").joinpath("judging", "probe.safetensors")
    with resources.as_file(file) as path:
        return read_line(path) if path.is_file() else None


def read_line(path: Path) -> Line:
    with safe_open(str(path), "pt") as stored:
        said = stored.metadata()
        weight, known = stored.get_tensor("weight").float(), stored.get_tensor("known").float()
    return Line(weight, float(said["bias"]), int(said["layer"]), known, said["model"])
