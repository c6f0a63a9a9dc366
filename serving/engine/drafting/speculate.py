"""Speculation that costs nothing: what a grammar says must follow, else what followed in the context.

An answer that quotes its context probably goes on as the context does. The longest end of the answer that stood before
is looked up; what followed there is the draft. A step checks a draft for less than its tokens would cost one by one,
and the sampler keeps only what it would have chosen itself, so the answer is the same with and without. (Prompt lookup
decoding: github.com/apoorvumang.)

How long a draft is depends on two numbers: how often tokens of its kind were right in this answer, and what the rows
of a step cost on this machine.
"""

from __future__ import annotations

from collections.abc import Sequence as Rows
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.serving.engine.drafting.costs import StepCosts

if TYPE_CHECKING:
    from konspekt.serving.engine.sequence import Sequence

# kinds of drafts, and how often their tokens are right before an answer has shown it (answers of the 1.5B model)
CERTAIN, GUESSED = "certain", "guessed"
_USUAL = {CERTAIN: 0.95, GUESSED: 0.7, "1": 0.2, "2": 0.45, "3": 0.6, "4": 0.75, "8": 0.9, "16": 0.95}
_LENGTHS = (16, 8, 4, 3, 2, 1)  # tokens that stood before, from which on the next kind begins
_WEIGHT = 4.0  # tokens that the usual counts for
_FADING = 0.9  # of what was seen, with each draft


class Acceptance:
    """How often drafted tokens of one answer were right, kind by kind."""

    def __init__(self) -> None:
        self._right: dict[str, float] = {}
        self._tried: dict[str, float] = {}

    def odds(self, kind: str) -> float:
        """That one more token of such a draft is right, those before it being so; within 0 … 1."""
        return (_WEIGHT * _USUAL[kind] + self._right.get(kind, 0.0)) / (_WEIGHT + self._tried.get(kind, 0.0))

    def learn(self, kind: str, drafted: int, accepted: int) -> None:
        """Tokens after the first wrong one say nothing."""
        if drafted:
            self._right[kind] = _FADING * self._right.get(kind, 0.0) + accepted
            self._tried[kind] = _FADING * self._tried.get(kind, 0.0) + accepted + (accepted < drafted)


@dataclass(frozen=True, slots=True)
class Proposal:
    """`tokens` that may follow, of which the first few are checked; without any a drafter may guess `room` of them."""

    tokens: tuple[int, ...]
    kind: str
    odds: float
    room: int = 0

    @property
    def most(self) -> int:
        return len(self.tokens) or self.room


NOTHING = Proposal((), GUESSED, 0.0)


def propose(sequence: Sequence, budget: int, *, drafter: bool) -> Proposal:
    """What may follow the tokens of `sequence`, at most `budget` of them."""
    budget = min(budget, sequence.params.max_tokens - sequence.output_length - 1)
    if budget <= 0:
        return NOTHING
    acceptance = sequence.acceptance
    if sure := certain(sequence, budget):
        return Proposal(sure, CERTAIN, acceptance.odds(CERTAIN))
    found, matched = look_up(sequence, budget)
    if found:
        kind = str(next(length for length in _LENGTHS if matched >= length))
        return Proposal(found, kind, acceptance.odds(kind))
    if drafter and sequence.uncomputed == 1:
        return Proposal((), GUESSED, acceptance.odds(GUESSED), budget)
    return NOTHING


def look_up(sequence: Sequence, most: int) -> tuple[tuple[int, ...], int]:
    """(what followed where the end of `sequence` stood before, how many of its last tokens stood there)."""
    tokens, suffixes = sequence.tokens, sequence.suffixes
    suffixes.extend(tokens)
    found = suffixes.find()
    if found is None:
        return (), 0
    matched, at = found
    following = tokens[at : at + most]
    return sequence.grammar.fitting(following) if sequence.grammar is not None else tuple(following), matched


def certain(sequence: Sequence, most: int) -> tuple[int, ...]:
    """Draft tokens of the text that the answer's grammar leaves no choice about."""
    return sequence.grammar.certain(most) if sequence.grammar is not None else ()


def lengths(proposals: Rows[Proposal], rows: int, beside: int, most: int, costs: StepCosts) -> list[int]:
    """How many tokens of each proposal to check, together at most `most`, so that the step gives most tokens a second.

    rows: of the step without drafts, one for each answer and those that grammars forced; beside: rows of prompts that
    the step will hold as well, which answers did not ask for: drafts are charged what they add to the whole.
    """
    # the tokens that are likeliest to count first; those of one draft come in order, for each needs the one before it
    candidates = sorted(
        ((p.odds ** (place + 1), -place, i) for i, p in enumerate(proposals) for place in range(p.most)), reverse=True
    )[:most]
    base, already = costs.seconds(rows), costs.seconds(rows + beside)
    gained, best, count = float(len(proposals)), len(proposals) / base, 0
    for n, (odds, _, _) in enumerate(candidates, 1):
        gained += odds
        rate = gained / (base + costs.seconds(rows + beside + n) - already)
        if rate > best:
            best, count = rate, n
    found = [0] * len(proposals)
    for _, _, i in candidates[:count]:
        found[i] += 1
    return found
