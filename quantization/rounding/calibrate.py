"""What each matrix sees: the calibration text runs through the model one layer at a time.

Hidden states of one layer and the Hessians of one layer are all that is held; a layer runs again once it is quantised,
so that the next one is calibrated on the input it will really get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from konspekt.quantization.perplexity import WINDOW
from konspekt.quantization.rounding.hessian import Hessian
from konspekt.quantization.source import Source


class _Caught(Exception):
    """Stops the model once the first layer's input is known."""


class Calibration:
    """`hidden`: float32 [1, tokens, width] of each window, the input of the layer that comes next."""

    def __init__(self, source: Source, ids: torch.Tensor) -> None:
        self._source = source
        self.hidden: list[torch.Tensor] = []
        self._arguments: list[dict[str, Any]] = []
        windows = [w for w in torch.split(ids, WINDOW) if len(w) > 1]
        self._catch_inputs(windows)

    @torch.inference_mode()
    def _catch_inputs(self, windows: list[torch.Tensor]) -> None:
        def catch(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            self.hidden.append(args[0] if args else kwargs["hidden_states"])
            self._arguments.append({k: v for k, v in kwargs.items() if k != "hidden_states"})
            raise _Caught

        handle = self._source.layers[0].register_forward_pre_hook(catch, with_kwargs=True)
        try:
            for window in windows:
                try:
                    self._source.model(window[None], use_cache=False)
                except _Caught:
                    continue
        finally:
            handle.remove()

    def _run(self, layer: int) -> Iterator[torch.Tensor]:
        for hidden, arguments in zip(self.hidden, self._arguments, strict=True):
            result = self._source.layers[layer](hidden, **arguments)
            yield result[0] if isinstance(result, tuple) else result

    @torch.inference_mode()
    def hessians(self, layer: int, step: Callable[[], None] = lambda: None) -> dict[str, Hessian]:
        """By the name of each matrix of the layer. Matrices that are given the same inputs share one."""
        sums: dict[str, torch.Tensor] = {}
        sharer: dict[str, str] = {}  # name -> the first matrix with the same inputs
        before: list[tuple[str, torch.Tensor]] = []
        handles = []

        def watch(name: str, module: torch.nn.Linear) -> Any:
            def add(_: Any, args: tuple[torch.Tensor, ...]) -> None:
                x = args[0]
                if name not in sharer:
                    sharer[name] = next((other for other, seen in before if seen is x), name)
                    before.append((name, x))
                if sharer[name] == name:
                    rows = x.reshape(-1, x.shape[-1]).float()
                    total = sums.setdefault(name, torch.zeros(module.in_features, module.in_features))
                    total.addmm_(rows.T, rows)

            return module.register_forward_pre_hook(add)

        try:
            handles += [watch(name, module) for name, module in self._source.matrices(layer)]
            for _ in self._run(layer):
                before.clear()
                step()
        finally:
            for handle in handles:
                handle.remove()
        made = {name: Hessian(total) for name, total in sums.items()}
        return {name: made[owner] for name, owner in sharer.items()}

    @torch.inference_mode()
    def advance(self, layer: int) -> None:
        """`hidden` becomes the output of the layer, which is quantised by now."""
        self.hidden = list(self._run(layer))
