"""What the frozen layers make of each text, computed once and kept between epochs and between runs."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from konspekt.indexer.embedding.e5.model import E5Model
from konspekt.indexer.embedding.e5.normalising import PROMPTS

BATCH_TOKENS = 2048


class States:
    """float16 [tokens, hidden] of each text at `depth`; a text is a question or a window."""

    def __init__(self, model: E5Model, depth: int, folder: Path) -> None:
        self._model, self._depth, self._folder = model, depth, folder
        self._kept: dict[str, torch.Tensor] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(folder.glob(f"states-{depth}-*.npz")):
            with np.load(file) as stored:
                self._kept |= {key: torch.from_numpy(stored[key]) for key in stored.files}

    def question(self, text: str) -> Tensor:
        return self._kept[_key("query", text)].float()

    def window(self, text: str) -> Tensor:
        return self._kept[_key("passage", text)].float()

    def prepare(self, questions: Sequence[str], windows: Sequence[str], every: int = 1500) -> None:
        """Compute what is missing, written to disk every so many texts: a run that is stopped loses little."""
        wanted = {_key("query", text): PROMPTS["query"] + text for text in questions}
        wanted |= {_key("passage", text): PROMPTS["passage"] + text for text in windows}
        missing = sorted((key for key in wanted if key not in self._kept), key=lambda key: len(wanted[key]))
        for start in range(0, len(missing), every):
            part = missing[start : start + every]
            print(f"frozen layers: {start} of {len(missing)} texts", file=sys.stderr, flush=True)
            made = self._compute(part, [wanted[key] for key in part])
            self._kept |= made
            name = hashlib.sha256("".join(part).encode()).hexdigest()[:12]
            arrays = {key: value.numpy() for key, value in made.items()}
            np.savez(self._folder / f"states-{self._depth}-{name}.npz", **arrays)  # type: ignore[arg-type]

    def _compute(self, keys: Sequence[str], texts: Sequence[str]) -> dict[str, Tensor]:
        made: dict[str, Tensor] = {}
        batch: list[int] = []
        for i in range(len(texts)):
            batch.append(i)
            longest = max(len(texts[j]) for j in batch) // 3 + 4
            if longest * len(batch) >= BATCH_TOKENS or i == len(texts) - 1:
                ids, mask = self._model.tokenize([texts[j] for j in batch])
                states = self._model.network.states(ids, mask, self._depth)
                for row, j in enumerate(batch):
                    made[keys[j]] = states[row, : int(mask[row].sum())].half().clone()
                batch = []
        return made


def _key(side: str, text: str) -> str:
    return hashlib.sha256(f"{side}\0{text}".encode()).hexdigest()[:24]
