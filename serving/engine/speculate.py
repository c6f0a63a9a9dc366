"""Prompt-lookup speculation: an answer that quotes its context probably goes on as the context does.

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
    return tuple(tokens[at : at + room]) if at is not None else ()


def learn(sequence: Sequence, drafted: int, accepted: int) -> None:
    """Draft longer after success, shorter after failure: a rejected token costs time."""
    if drafted == 0:
        return
    if accepted == drafted:
        sequence.draft_limit = min(_MOST, sequence.draft_limit + 3)
    else:
        sequence.draft_limit = max(1, min(sequence.draft_limit, accepted + 2))
