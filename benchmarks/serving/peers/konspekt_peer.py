"""Our engine, stepped in its own process without HTTP."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

from benchmarks.serving.peers.clocks import clocks, elapsed
from konspekt.serving.engine.detokenizer import Detokenizer
from konspekt.serving.engine.engine import Engine, EngineConfig
from konspekt.serving.engine.scheduler import Limits
from konspekt.serving.engine.sequence import Delta, SamplingParams, Sequence


class KonspektPeer:
    def __init__(self, path: Path, threads: int) -> None:
        import torch

        from konspekt import kernels
        from konspekt.serving.model.model import load_model

        torch.set_num_threads(1)
        kernels.set_threads(threads)
        self._model = load_model(path)
        self._engines: dict[bool, Engine] = {}

    def _engine(self, lookup: bool) -> Engine:
        if lookup not in self._engines:
            self._engines.clear()
            gc.collect()  # an engine and its thread know each other: without this its cache stays in memory
            limits = Limits() if lookup else Limits(draft_tokens=0)
            engine = self._engines[lookup] = Engine(self._model, EngineConfig(4096, 8 * 1152, limits=limits))
            if lookup:
                engine.time_steps()  # as at a server's start
        return self._engines[lookup]

    def run(self, prompts: list[list[int]], tokens: int, *, keep: bool = False, lookup: bool = False) -> dict[str, Any]:
        if not keep:
            self._engines.clear()
        engine = self._engine(lookup)
        params = SamplingParams(max_tokens=tokens, temperature=0, ignore_eos=True)
        sequences = [Sequence(prompt, params, Detokenizer(self._model.tokenizer)) for prompt in prompts]
        started: dict[int, tuple[float, float]] = {}
        done: dict[int, tuple[float, float]] = {}

        def watch(sequence: Sequence, delta: Delta) -> None:
            now = clocks()
            started.setdefault(sequence.id, now)
            if delta.finish:
                done[sequence.id] = now

        begin = clocks()
        engine.submit([(s, lambda delta, s=s: watch(s, delta)) for s in sequences])  # type: ignore[misc]
        engine._take_inbox()
        while not engine.scheduler.idle:
            engine.step()
        return {
            **elapsed("first", begin, max(started.values())),
            **elapsed("total", begin, max(done.values())),
            "tokens": [s.tokens[s.prompt_length :] for s in sequences],
        }
