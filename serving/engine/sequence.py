"""One answer in the making: its tokens, its pages, how it is sampled and why it ended."""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from konspekt.serving.engine.detokenizer import Detokenizer
from konspekt.serving.engine.drafting.speculate import Acceptance
from konspekt.serving.engine.drafting.suffixes import SuffixAutomaton

if TYPE_CHECKING:
    from konspekt.serving.engine.grammar import GrammarState

STEP_MOST = 16  # tokens of one answer in a decoding step: those that its grammar left no choice about, and drafts

FinishReason = Literal["stop", "length", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How the next token is chosen; the names and meanings of OpenAI's API and vLLM's extensions.

    `temperature` 0 is greedy. `top_k` 0: all tokens. `logprobs` None: none, n: the chosen token and the n best.
    Repetition penalty counts prompt and answer, presence and frequency penalties the answer alone.
    """

    max_tokens: int
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int = field(default_factory=lambda: secrets.randbits(63))
    logit_bias: tuple[tuple[int, float], ...] = ()
    logprobs: int | None = None
    stop: tuple[str, ...] = ()
    stop_token_ids: frozenset[int] = frozenset()
    ignore_eos: bool = False
    min_tokens: int = 0
    show_control_tokens: bool = False

    @property
    def plain(self) -> bool:
        """Nothing changes the model's logits."""
        penalties = (self.repetition_penalty, self.presence_penalty, self.frequency_penalty) != (1.0, 0.0, 0.0)
        return not penalties and not self.logit_bias and self.min_tokens == 0

    @property
    def restricted(self) -> bool:
        """Some of the tokens are cut off."""
        return self.top_k > 0 or self.top_p < 1.0 or self.min_p > 0.0


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """`top` holds the best alternatives as (id, logprob), best first. Natural logarithms of the model's own
    distribution, before temperature, penalties and grammar."""

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """What one step added to one answer. `finish` is set in its last delta."""

    text: str
    tokens: tuple[int, ...]
    logprobs: tuple[TokenLogprob, ...] = ()
    finish: FinishReason | None = None
    error: str | None = None


_ids = itertools.count()


class Sequence:
    """Tokens 0 … `computed` have their keys and values in `pages`; what follows is still to be computed."""

    def __init__(
        self,
        prompt: list[int],
        params: SamplingParams,
        detokenizer: Detokenizer,
        grammar: GrammarState | None = None,
        after: Sequence | None = None,
    ) -> None:
        self.id = next(_ids)
        self.asked_length = self.prompt_length = len(prompt)  # the second without what was forgotten since
        self.tokens = list(prompt)
        self.said: list[int] = []  # the answer, whatever of it was forgotten
        self.params = params
        self.detokenizer = detokenizer
        self.grammar = grammar
        self.after = after  # a sibling with the same prompt, whose pages this one will share
        self.pages: list[int] = []
        self.page_keys: list[bytes] = []  # chained hashes of the full pages, see block_manager
        self.computed = 0
        self.draft_computed = 0  # the same of a draft model, whose keys and values lie in pages with the same numbers
        self.suffixes = SuffixAutomaton()
        self.acceptance = Acceptance()
        self.cached_tokens: int | None = None  # of the prompt, found in the prefix cache at first admission
        self.finish: FinishReason | None = None
        self.counts: dict[int, int] = {}  # how often each token is in the answer
        self.created_at = time.perf_counter()
        self.first_token_at: float | None = None
        self.cancelled = False
        self.slid = False  # keys were turned back: pages hold what no other request may find in them

    @property
    def output_length(self) -> int:
        return len(self.said)

    @property
    def uncomputed(self) -> int:
        return len(self.tokens) - self.computed

    @property
    def forced(self) -> int | None:
        """The next token where the grammar leaves no choice, so that no logits are needed; None elsewhere."""
        params = self.params
        if self.grammar is None or params.logprobs is not None or params.show_control_tokens:
            return None
        return self.grammar.only() if self.output_length >= params.min_tokens else None

    @property
    def plain_greedy(self) -> bool:
        """The next token is the largest logit and nothing else."""
        return self.params.temperature == 0 and self.params.plain and self.grammar is None

    @property
    def plain_draw(self) -> bool:
        """The next token is drawn from the best ones as the model has them."""
        return self.params.temperature > 0 and self.params.plain and self.params.restricted and self.grammar is None

    @property
    def prefilling(self) -> bool:
        """More is missing than a decoding step computes: one token, and those that the grammar forced after it."""
        return self.computed < self.prompt_length or self.uncomputed > STEP_MOST

    def forget(self, begin: int, end: int) -> None:
        """The tokens `begin` … `end`, which are computed, leave the context."""
        self.prompt_length -= max(0, min(end, self.prompt_length) - begin)
        del self.tokens[begin:end]
        self.computed -= end - begin
        self.suffixes = SuffixAutomaton()  # it knows places in the tokens
        self.slid = True

    def append(self, token: int) -> None:
        self.tokens.append(token)
        self.said.append(token)
        self.counts[token] = self.counts.get(token, 0) + 1
        if self.first_token_at is None:
            self.first_token_at = time.perf_counter()
