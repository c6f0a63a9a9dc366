"""llama.cpp through the low-level API of llama-cpp-python: batches of 512, all sequences in one decode call.

That is what its own server does: prompts in pieces, then one token of every sequence per step. Flash attention and KV
type are left at their defaults (automatic, F16).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import llama_cpp as llama
import numpy as np

from benchmarks.serving.peers.clocks import clocks, elapsed

BATCH = 512


class LlamaCppPeer:
    def __init__(self, path: Path, threads: int) -> None:
        self._quiet = llama.llama_log_callback(lambda *_: None)
        llama.llama_log_set(self._quiet, None)
        llama.llama_backend_init()
        self._threads = threads
        self._model = llama.llama_model_load_from_file(str(path).encode(), llama.llama_model_default_params())
        self._vocab = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self._model))
        self._batch = llama.llama_batch_init(BATCH, 0, 1)
        self._context: Any = None
        self._room = (0, 0)
        self._held: list[list[int]] = []  # tokens whose keys and values each sequence holds

    def _prepare(self, prompts: list[list[int]], tokens: int, keep: bool) -> None:
        needed = max(len(prompt) for prompt in prompts) + tokens
        if keep and self._context is not None and self._room[0] == len(prompts) and self._room[1] >= needed:
            return
        room = needed + 256  # for a later, somewhat longer prompt that keeps what is here
        if self._context is not None:
            llama.llama_free(self._context)
        params = llama.llama_context_default_params()
        params.n_ctx = room * len(prompts)
        params.n_batch = params.n_ubatch = BATCH
        params.n_seq_max = len(prompts)
        params.n_threads = params.n_threads_batch = self._threads
        self._context = llama.llama_init_from_model(self._model, params)
        self._room, self._held = (len(prompts), room), [[] for _ in prompts]

    def run(self, prompts: list[list[int]], tokens: int, *, keep: bool = False, lookup: bool = False) -> dict[str, Any]:
        del lookup  # the comparison is with plain decoding
        self._prepare(prompts, tokens, keep)
        begin = clocks()
        last = [self._read(s, prompt) for s, prompt in enumerate(prompts)]
        first = clocks()
        output = [[token] for token in last]
        for _ in range(tokens - 1):
            self._batch.n_tokens = 0
            for s, prompt in enumerate(prompts):
                self._put(output[s][-1], len(prompt) + len(output[s]) - 1, s, wanted=True)
            self._decode()
            for s in range(len(prompts)):
                output[s].append(self._best(s))
        total = clocks()
        self._held = [prompt + answer[:-1] for prompt, answer in zip(prompts, output, strict=True)]
        return {**elapsed("first", begin, first), **elapsed("total", begin, total), "tokens": output}

    def _read(self, sequence: int, prompt: list[int]) -> int:
        known = 0
        held = self._held[sequence]
        while known < min(len(held), len(prompt) - 1) and held[known] == prompt[known]:
            known += 1
        llama.llama_memory_seq_rm(llama.llama_get_memory(self._context), sequence, known, -1)
        for start in range(known, len(prompt), BATCH):
            piece = prompt[start : start + BATCH]
            self._batch.n_tokens = 0
            for i, token in enumerate(piece):
                self._put(token, start + i, sequence, wanted=start + i == len(prompt) - 1)
            self._decode()
        return self._best(len(piece) - 1)

    def _put(self, token: int, position: int, sequence: int, *, wanted: bool) -> None:
        batch, i = self._batch, self._batch.n_tokens
        batch.token[i], batch.pos[i] = token, position
        batch.n_seq_id[i], batch.seq_id[i][0] = 1, sequence
        batch.logits[i] = wanted
        batch.n_tokens += 1

    def _decode(self) -> None:
        if code := llama.llama_decode(self._context, self._batch):
            raise RuntimeError(f"llama_decode returned {code}")

    def _best(self, row: int) -> int:
        logits = llama.llama_get_logits_ith(self._context, row)
        return int(np.ctypeslib.as_array(logits, shape=(self._vocab,)).argmax())
