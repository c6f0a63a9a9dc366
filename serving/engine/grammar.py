"""Answers that must follow a JSON schema, a regular expression, a choice or a grammar; the work is xgrammar's."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Literal

import torch
import xgrammar

from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.model.tokenizer import Tokenizer

GrammarKind = Literal["json", "json_schema", "regex", "ebnf"]
_REMEMBERED = 32  # compiled grammars


@dataclass(frozen=True, slots=True)
class GrammarSpec:
    """`source` is the schema as JSON text, the regular expression or the EBNF grammar; unused for plain `json`."""

    kind: GrammarKind
    source: str = ""

    @classmethod
    def choice(cls, options: list[str]) -> GrammarSpec:
        """One of `options`, word for word."""
        return cls("ebnf", "root ::= " + " | ".join(json.dumps(option, ensure_ascii=False) for option in options))


class GrammarState:
    """Where one answer stands in its grammar."""

    def __init__(self, compiled: xgrammar.CompiledGrammar, vocab_size: int) -> None:
        self._matcher = xgrammar.GrammarMatcher(compiled)
        self._bitmask = xgrammar.allocate_token_bitmask(1, vocab_size)

    def mask(self, logits: torch.Tensor) -> None:
        """Set forbidden tokens of `logits` [vocab] to -inf, in place."""
        if self._matcher.fill_next_token_bitmask(self._bitmask, 0):
            xgrammar.apply_token_bitmask_inplace(logits[None], self._bitmask.to(logits.device))

    def accept(self, token: int) -> None:
        """The answer goes on with `token`, which the mask allowed."""
        self._matcher.accept_token(token)


class GrammarFactory:
    """Compiles grammars for one vocabulary and remembers the latest. Thread-safe; compiling may take a second."""

    def __init__(self, tokenizer: Tokenizer, vocab_size: int) -> None:
        self._tokenizer, self._vocab_size = tokenizer, vocab_size
        self._lock = threading.Lock()
        self._compiler: xgrammar.GrammarCompiler | None = None
        self._compiled: OrderedDict[GrammarSpec, xgrammar.CompiledGrammar] = OrderedDict()

    def start(self, spec: GrammarSpec) -> GrammarState:
        """Raises InvalidRequestError when the schema or grammar cannot be compiled."""
        with self._lock:
            if spec not in self._compiled:
                self._compiled[spec] = self._compile(spec)
                if len(self._compiled) > _REMEMBERED:
                    self._compiled.popitem(last=False)
            self._compiled.move_to_end(spec)
            return GrammarState(self._compiled[spec], self._vocab_size)

    def _compile(self, spec: GrammarSpec) -> Any:
        compiler = self._compiler = self._compiler or self._new_compiler()
        try:
            if spec.kind == "json":
                return compiler.compile_builtin_json_grammar()
            if spec.kind == "json_schema":
                # without a limit to white space small models write it for ever
                return compiler.compile_json_schema(spec.source, any_whitespace=False)
            if spec.kind == "regex":
                return compiler.compile_regex(spec.source)
            return compiler.compile_grammar(spec.source)
        except (RuntimeError, ValueError, TypeError) as error:
            reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
            raise InvalidRequestError(f"the {spec.kind} cannot be compiled: {reason}", "response_format") from None

    def _new_compiler(self) -> xgrammar.GrammarCompiler:
        special = self._tokenizer.special
        pieces = [b"" if i in special.control_ids else piece for i, piece in enumerate(self._tokenizer.token_bytes)]
        info = xgrammar.TokenizerInfo(
            pieces,
            xgrammar.VocabType.RAW,
            vocab_size=self._vocab_size,
            stop_token_ids=sorted(special.eos_ids),
        )
        return xgrammar.GrammarCompiler(info, max_threads=1, cache_limit_bytes=64 << 20)
