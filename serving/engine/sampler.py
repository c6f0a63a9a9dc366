"""Logits to the next token of one answer.

A token is drawn from one uniform number that depends only on the request's seed and the token's place (Philox, a
counter-based generator), so the same seed gives the same answer whatever else is in the batch, after a preemption,
and with speculation: a draft is kept exactly when the token drawn for its place is the same.
"""

from __future__ import annotations

import numpy as np
import torch

from konspekt.serving.engine.sequence import SamplingParams, Sequence, TokenLogprob

_HEAD = 512  # top-p and min-p look at this many best tokens first; nearly always enough


def tokens_at_once(logits: torch.Tensor, rows: list[tuple[Sequence, int]]) -> list[int | None]:
    """The next token of every row that needs nothing but its logits and its place; None where `sample` must look.

    logits: float32 [rows, vocab]; rows: each row's answer, and how many places after its last token the row stands. A
    GPU is waited for once, and gives up few numbers: the best token of each row, the head of those that are drawn.
    Raises: ArithmeticError when the model computed NaN.
    """
    if not rows:
        return []
    best = logits.argmax(-1)  # NaN counts as the largest
    if bool(logits.gather(1, best[:, None]).isnan().any()):
        raise ArithmeticError("the model computed NaN")
    chosen = [token if s.plain_greedy else None for token, (s, _) in zip(best.tolist(), rows, strict=True)]
    drawn = [i for i, (sequence, _) in enumerate(rows) if sequence.plain_draw] if logits.is_cuda else []
    for i, token in zip(drawn, draw_from_heads(logits[drawn], [rows[i] for i in drawn]), strict=True):
        chosen[i] = token
    return chosen


def draw_from_heads(logits: torch.Tensor, rows: list[tuple[Sequence, int]]) -> list[int | None]:
    """What `sample` would draw, for all rows together; None where the best 512 tokens are not enough to say."""
    if not rows:
        return []
    temperatures = torch.tensor([s.params.temperature for s, _ in rows], dtype=torch.float64, device=logits.device)
    scaled = logits.double() / temperatures[:, None]
    values, ids = torch.topk(scaled, min(_HEAD, scaled.shape[1]))
    probabilities, ids = torch.exp(values - torch.logsumexp(scaled, -1, keepdim=True)).cpu(), ids.cpu()
    found: list[int | None] = []
    for row, places, (sequence, ahead) in zip(probabilities, ids, rows, strict=True):
        params = sequence.params
        kept = _kept(row, params)
        enough = kept < len(row) or len(row) == scaled.shape[1]
        uniform = _uniform(params, sequence.output_length + ahead)
        found.append(_invert(row[:kept], places[:kept], uniform) if enough else None)
    return found


def _uniform(params: SamplingParams, place: int) -> float:
    return float(np.random.Generator(np.random.Philox(key=params.seed, counter=place)).random())


def sample(logits: torch.Tensor, sequence: Sequence, eos_ids: frozenset[int]) -> int:
    """logits: float32 [vocab] (changed in place) -> the id of the next token."""
    params = sequence.params
    if not params.plain:
        _penalise(logits, sequence)
        for token, bias in params.logit_bias:
            logits[token] += bias
        if sequence.output_length < params.min_tokens:
            logits[list(eos_ids | params.stop_token_ids)] = -torch.inf
    if sequence.grammar is not None:
        sequence.grammar.mask(logits)
    if params.temperature == 0:
        return int(logits.argmax())
    return _draw(logits, params, sequence.output_length)


def guesses(logits: torch.Tensor, rows: list[tuple[Sequence, int]]) -> list[int]:
    """What a drafter says of each answer's token so many places after the next: drawn as the model's own will be, so
    that the two agree as often as their distributions do. Penalties and grammars are left to the verification."""
    return [
        _guess(row, *asked) if token is None else token
        for row, token, asked in zip(logits, tokens_at_once(logits, rows), rows, strict=True)
    ]


def _guess(logits: torch.Tensor, sequence: Sequence, ahead: int) -> int:
    if sequence.params.temperature == 0:
        return int(logits.argmax())
    return _draw(logits, sequence.params, sequence.output_length + ahead)


def _penalise(logits: torch.Tensor, sequence: Sequence) -> None:
    params = sequence.params
    if params.repetition_penalty != 1.0:
        seen = torch.tensor(sorted(set(sequence.tokens)), device=logits.device)
        values = logits[seen]
        penalty = params.repetition_penalty
        logits[seen] = torch.where(values > 0, values / penalty, values * penalty)
    if (params.presence_penalty or params.frequency_penalty) and sequence.counts:
        ids = torch.tensor(list(sequence.counts), device=logits.device)
        counts = torch.tensor(list(sequence.counts.values()), dtype=torch.float32, device=logits.device)
        logits[ids] -= params.presence_penalty + params.frequency_penalty * counts


def _draw(logits: torch.Tensor, params: SamplingParams, place: int) -> int:
    """Temperature, then min-p, top-k and top-p on what is left, then one draw by the inverse distribution."""
    scaled = logits.double() / params.temperature
    uniform = _uniform(params, place)
    if not params.restricted:
        probabilities = torch.softmax(scaled, -1)
        return _invert(probabilities, torch.arange(len(probabilities), device=logits.device), uniform)
    total = torch.logsumexp(scaled, -1)
    size = min(len(scaled), max(_HEAD, params.top_k))
    while True:
        values, ids = (
            torch.sort(scaled, descending=True, stable=True) if size == len(scaled) else torch.topk(scaled, size)
        )
        probabilities = torch.exp(values - total)
        kept = _kept(probabilities, params)
        if kept < len(probabilities) or size == len(scaled):
            return _invert(probabilities[:kept], ids[:kept], uniform)
        size = len(scaled)


def _kept(probabilities: torch.Tensor, params: SamplingParams) -> int:
    """How many of the best tokens remain. probabilities: descending."""
    kept = len(probabilities)
    if params.min_p > 0:
        kept = int((probabilities >= params.min_p * probabilities[0]).sum())
    if params.top_k > 0:
        kept = min(kept, params.top_k)
    if params.top_p < 1.0:
        share = torch.cumsum(probabilities[:kept], -1)
        share = share / share[-1] if params.min_p > 0 or params.top_k > 0 else share
        kept = min(kept, int((share < params.top_p).sum()) + 1)
    return max(kept, 1)


def _invert(probabilities: torch.Tensor, ids: torch.Tensor, uniform: float) -> int:
    cumulative = torch.cumsum(probabilities, -1)
    at = int(torch.searchsorted(cumulative, uniform * cumulative[-1], right=True))
    return int(ids[min(at, len(ids) - 1)])


def token_logprob(logits: torch.Tensor, token: int, top: int) -> TokenLogprob:
    """What the model itself, before `sample` changed anything, thought of `token` and the `top` best."""
    total = torch.logsumexp(logits.double(), -1)
    best: tuple[tuple[int, float], ...] = ()
    if top:
        values, ids = torch.topk(logits, top)
        best = tuple((int(i), float(v - total)) for v, i in zip(values, ids, strict=True))
    return TokenLogprob(token, float(logits[token] - total), best)
