"""A local model's states in this process, of many questions about one window at a time.

`konspekt serve` computes them one after another. Here a window is read once, and its questions stand behind it side by
side in one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import torch

from konspekt.kernels import Decoder, PagedBatch
from konspekt.serving.model.model import Model

PAGE = 16  # tokens; what a window has beyond whole pages is computed with every question
ROOM = 16_384  # tokens of a window with all its questions


class LocalStates:
    """The first `layers` layers of a model; asked for as `konspekt.llm_client.states.StateServer` is."""

    def __init__(self, model: Model, layers: int) -> None:
        whole = model.decoder
        self._model, self._layers = model, layers
        self._decoder = Decoder(
            whole.layers[:layers], whole.eps, whole.activation, whole.rope_style, whole.attention_scale
        )
        self._cache = model.new_cache(ROOM // PAGE, PAGE, layers=layers)

    def states(self, texts: Sequence[Sequence[str]], layer: int) -> list[list[float]]:
        """The state of each text's last token; pieces that all texts begin with are read once.

        Raises ValueError: another layer, or more tokens than there is room for."""
        if layer != self._layers:
            raise ValueError(f"states after {self._layers} layers are computed, not after {layer}")
        first = min(texts, key=len)
        same = sum(1 for _ in takewhile(lambda at: all(one[at] == first[at] for one in texts), range(len(first) - 1)))
        before = self._tokens(first[:same])
        return self._after(before, [self._tokens(one[same:]) for one in texts]).tolist()

    def _tokens(self, pieces: Sequence[str]) -> list[int]:
        return [token for piece in pieces for token in self._model.tokenizer.encode(piece)]

    @torch.inference_mode()
    def _after(self, before: Sequence[int], rest: Sequence[Sequence[int]]) -> torch.Tensor:
        """float32 [len(rest), hidden]"""
        pages = len(before) // PAGE  # that all of them share
        shared, free = list(range(pages)), pages
        ids = list(before[: pages * PAGE])
        lengths, contexts, tables = [len(ids)], [len(ids)], [shared]
        for tokens in rest:
            own = [*before[pages * PAGE :], *tokens]
            wanted = -(-len(own) // PAGE)
            tables.append([*shared, *range(free, free + wanted)])
            free += wanted
            ids += own
            lengths.append(len(own))
            contexts.append(pages * PAGE + len(own))
        if free * PAGE > ROOM:
            raise ValueError(f"{len(ids)} tokens are more than there is room for")
        skipped = 0 if pages else 1  # a sequence without a token is none
        batch = PagedBatch.of(lengths[skipped:], contexts[skipped:], tables[skipped:])
        hidden = self._decoder.forward(self._model.embedded(ids), self._cache, batch)
        return hidden[torch.tensor(lengths).cumsum(0)[1:] - 1].float()
