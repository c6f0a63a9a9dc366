"""Speculation that costs nothing: what a grammar says must follow, else what followed in the context.

An answer that quotes its context probably goes on as the context does.

The last tokens of the answer are looked up in all that came before; what followed there is the draft. A step checks
a whole draft for little more than the price of one token, and the sampler keeps only what it would have chosen
itself, so the answer is the same with and without. (Prompt lookup decoding: github.com/apoorvumang.)
"""

from __future__ import annotations

from konspekt.serving.engine.sequence import Sequence

_MOST = 10  # draft tokens of one answer


def draft_room(sequence: Sequence, budget: int) -> int:
    """How many tokens may be drafted for the next step: at most `budget`, fewer while drafts keep failing."""
    return max(0, min(budget, sequence.draft_limit, sequence.params.max_tokens - sequence.output_length - 1))


def look_up(sequence: Sequence, room: int) -> tuple[int, ...]:
    """Draft tokens for the next step, at most `room`; none when nothing matches."""
    if room == 0:
        return ()
    tokens, table = sequence.tokens, sequence.ngrams
    table.extend(tokens)
    at = table.find(tokens)
    if at is None:
        return ()
    found = tokens[at : at + room]
    return sequence.grammar.fitting(found) if sequence.grammar is not None else tuple(found)


def certain(sequence: Sequence, budget: int) -> tuple[int, ...]:
    """Draft tokens of the text that the answer's grammar leaves no choice about."""
    if sequence.grammar is None:
        return ()
    left = sequence.params.max_tokens - sequence.output_length - 1
    return sequence.grammar.certain(min(budget, sequence.certain_limit, left))


def learn(sequence: Sequence, drafted: int, accepted: int, *, sure: bool = False) -> None:
    """Draft longer after success, shorter after failure: a rejected token costs time. `sure`: the draft was
    `certain`."""
    if drafted == 0:
        return
    limit = sequence.certain_limit if sure else sequence.draft_limit
    limit = min(_MOST, limit + 3) if accepted == drafted else max(1, min(limit, accepted + 2))
    if sure:
        sequence.certain_limit = limit
    else:
        sequence.draft_limit = limit
