"""Compiled grammars of one vocabulary, and where each answer stands in its own."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import xgrammar

from konspekt.serving.engine.grammar.process import CompilerProcess, GrammarLimits
from konspekt.serving.engine.grammar.spec import GrammarSpec
from konspekt.serving.errors import InvalidRequestError, QueueFullError
from konspekt.serving.model.tokenizer import Tokenizer

_REMEMBERED = 32  # compiled grammars, and as many that were refused
_REMEMBERED_BYTES = 64 << 20
WAITING = 8  # grammars to be compiled; they are compiled one at a time


class GrammarState:
    """Where one answer stands in its grammar. `encode`: text to the tokens that the model itself would write."""

    def __init__(self, compiled: xgrammar.CompiledGrammar, vocab_size: int, encode: Callable[[str], list[int]]) -> None:
        self._matcher = xgrammar.GrammarMatcher(compiled)
        self._encode = encode
        self._bitmask = xgrammar.allocate_token_bitmask(1, vocab_size)
        self._filled: bool | None = None  # the bitmask is of this place, and forbids something; None: of another place

    def mask(self, logits: torch.Tensor) -> None:
        """Set forbidden tokens of `logits` [vocab] to -inf, in place."""
        if (only := self.only()) is not None:
            kept = logits[only].clone()
            logits.fill_(-torch.inf)[only] = kept
        elif self._fill():
            xgrammar.apply_token_bitmask_inplace(logits[None], self._bitmask.to(logits.device))

    def accept(self, token: int) -> None:
        """The answer goes on with `token`, which the mask allowed."""
        self._matcher.accept_token(token)
        self._filled = None

    def only(self) -> int | None:
        """The one token that may come next, whatever the model thinks; None where there are several.

        Where nothing but an end may come, all ends give the same answer, and the first of them is meant.
        """
        if not self._fill():
            return None
        words = self._bitmask[0].numpy().view(np.uint32)
        used = np.flatnonzero(words)
        if len(used) > len(self._matcher.stop_token_ids):
            return None
        allowed = [32 * int(at) + bit for at in used for bit in range(32) if int(words[at]) >> bit & 1]
        ends = set(self._matcher.stop_token_ids)
        return allowed[0] if len(allowed) == 1 or (allowed and ends.issuperset(allowed)) else None

    def certain(self, most: int) -> tuple[int, ...]:
        """At most so many tokens of the text that must follow here. The text is certain, its cut into tokens is not:
        the model may write it in other pieces, so these are drafts."""
        if most <= 0:
            return ()
        try:
            text = self._matcher.find_jump_forward_string()
        except UnicodeDecodeError:  # it begins within a character
            return ()
        return self.fitting(self._encode(text)[:most]) if text else ()

    def fitting(self, tokens: Sequence[int]) -> tuple[int, ...]:
        """The first of `tokens`, as far as the grammar allows them one after another."""
        count = 0
        while count < len(tokens) and self._matcher.accept_token(tokens[count]):
            count += 1
        if count:
            self._matcher.rollback(count)
        return tuple(tokens[:count])

    def _fill(self) -> bool:
        if self._filled is None:
            self._filled = bool(self._matcher.fill_next_token_bitmask(self._bitmask, 0))
        return self._filled


@dataclass(frozen=True, slots=True)
class Grammar:
    """A compiled grammar; any number of answers may follow it."""

    compiled: xgrammar.CompiledGrammar
    vocab_size: int
    encode: Callable[[str], list[int]]

    def start(self) -> GrammarState:
        return GrammarState(self.compiled, self.vocab_size, self.encode)


class GrammarFactory:
    """Compiles grammars for one vocabulary in a process of its own and remembers the latest. Thread-safe.

    Anyone may send a grammar, and a small one can take minutes and gigabytes: see `GrammarLimits`.
    """

    def __init__(self, tokenizer: Tokenizer, vocab_size: int, limits: GrammarLimits | None = None) -> None:
        self._tokenizer, self._vocab_size = tokenizer, vocab_size
        self.limits = limits or GrammarLimits()
        self._lock = threading.Lock()  # of what follows; held for moments only
        self._info: xgrammar.TokenizerInfo | None = None
        self._compiled: OrderedDict[tuple[str, str], Grammar] = OrderedDict()
        self._refused: OrderedDict[tuple[str, str], str] = OrderedDict()
        self.compiling = 0
        self.process = CompilerProcess(lambda: str(self._vocabulary().serialize_json()), self.limits)

    def known(self, spec: GrammarSpec) -> Grammar | None:
        """A grammar that is compiled already; None: `compile` it. Never waits. Raises InvalidRequestError for one that
        was refused before, or is too long to be tried."""
        if len(spec.source) > self.limits.source:
            raise InvalidRequestError(
                f"the {spec.kind} has {len(spec.source)} characters, at most {self.limits.source} are compiled",
                spec.field,
                "invalid_grammar",
            )
        with self._lock:
            if (reason := self._refused.get(spec.key)) is not None:
                raise InvalidRequestError(reason, spec.field, "invalid_grammar")
            if (found := self._compiled.get(spec.key)) is not None:
                self._compiled.move_to_end(spec.key)
            return found

    def compile(self, spec: GrammarSpec, stopped: threading.Event | None = None) -> Grammar:
        """Takes as long as `limits` allow, and the first one a process's start; `stopped` ends it early (with
        CompilationStoppedError). Raises InvalidRequestError when the grammar is wrong or over a limit, and
        QueueFullError."""
        if (found := self.known(spec)) is not None:
            return found
        with self._lock:
            if self.compiling >= WAITING:
                raise QueueFullError(f"{self.compiling} grammars are being compiled; try again later", 5)
            self.compiling += 1
        try:
            text = self.process.compile(spec, stopped or threading.Event())
            compiled = xgrammar.CompiledGrammar.deserialize_json(text, self._vocabulary())
        except InvalidRequestError as error:
            with self._lock:
                self._refused[spec.key] = str(error)
                if len(self._refused) > _REMEMBERED:
                    self._refused.popitem(last=False)
            raise
        finally:
            with self._lock:
                self.compiling -= 1
        grammar = Grammar(compiled, self._vocab_size, partial(self._tokenizer.encode, parse_special=False))
        with self._lock:
            self._compiled[spec.key] = grammar
            while len(self._compiled) > 1 and self._too_many():
                self._compiled.popitem(last=False)
        return grammar

    def start(self, spec: GrammarSpec) -> GrammarState:
        """Compile `spec` if need be, and begin an answer that follows it."""
        return self.compile(spec).start()

    def close(self) -> None:
        self.process.close()

    def _too_many(self) -> bool:
        size = sum(grammar.compiled.memory_size_bytes for grammar in self._compiled.values())
        return len(self._compiled) > _REMEMBERED or size > _REMEMBERED_BYTES

    def _vocabulary(self) -> xgrammar.TokenizerInfo:
        with self._lock:
            if self._info is None:
                control = self._tokenizer.special.control_ids
                pieces = [b"" if i in control else piece for i, piece in enumerate(self._tokenizer.token_bytes)]
                self._info = xgrammar.TokenizerInfo(
                    pieces,
                    xgrammar.VocabType.RAW,
                    vocab_size=self._vocab_size,
                    stop_token_ids=sorted(self._tokenizer.special.eos_ids),
                )
            return self._info
