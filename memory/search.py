"""Searching a reader's own turns: by meaning and by words, exactly, over their rows alone.

A reader has at most some thousand turns, so each is scored: no approximate index is needed, none of another reader's
turns is ever near the computation, and forgetting a turn is deleting its row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from konspekt.answering.words.vocabulary import content_terms, names
from konspekt.indexer.lexical import terms
from konspekt.indexer.searching.fusion import fuse
from konspekt.storage.remembered.turns import StoredTurn

K1 = 1.2
QUESTION_WEIGHT = 2.0  # a term of the question against one of the answer
MENTIONED = 0.8  # a word of the topic that only the answer holds
MOST_ANSWER_TERMS = 80
SAME_ANSWER = 0.6  # of two answers' words that are shared: then their questions asked for one thing

Floats = NDArray[np.float32]
Vector = Floats  # [dimension], of length 1


@dataclass(frozen=True, slots=True)
class Hit:
    """`covered`: the share of the topic's words that the turn holds; of its names where it has any. `cosine`: with the
    turn's question, None without a vector."""

    turn: StoredTurn
    score: float
    covered: float
    cosine: float | None


def turn_terms(question: str, answer: str) -> tuple[str, str]:
    """The terms of a turn as they are stored: of the question, and of the answer's beginning."""
    return " ".join(content_terms(question) or terms(question)), " ".join(content_terms(answer)[:MOST_ANSWER_TERMS])


def as_bytes(vector: Vector) -> bytes:
    """float16: half the disk, and no question is found differently."""
    return vector.astype("<f2").tobytes()


def search_turns(topic: str, turns: Sequence[StoredTurn], vector: Vector | None, model: str | None) -> list[Hit]:
    """All the turns, best first. `vector`: the topic's by `model`, None for a search by words alone."""
    if not turns:
        return []
    wanted = content_terms(topic) or terms(topic)
    questions = [f" {turn.question_terms} " for turn in turns]
    answers = [f" {turn.answer_terms} " for turn in turns]
    telling = names(topic) & set(wanted) or set(wanted)  # «сэмплер DDIM»: it is the name that tells
    weights = _rarity(wanted, questions, answers)
    lexical: dict[int, float] = {}
    covered = [0.0] * len(turns)
    for place, (question, answer) in enumerate(zip(questions, answers, strict=True)):
        held = {}
        for term in wanted:
            token = f" {term} "
            frequency = QUESTION_WEIGHT * (token in question) + (token in answer)
            if frequency:
                held[term] = weights[term] * frequency * (K1 + 1) / (frequency + K1)
        if held:
            lexical[place] = sum(held.values())
            asked = sum(f" {term} " in question for term in telling)
            covered[place] = (asked + MENTIONED * (len(telling & held.keys()) - asked)) / len(telling)
    dense = _cosines(turns, vector, model)
    scores = fuse(dense, lexical) if dense else lexical
    order = sorted(range(len(turns)), key=lambda i: (-scores.get(i, -math.inf), -turns[i].created_at.timestamp()))
    return [Hit(turns[i], scores.get(i, 0.0), covered[i], dense.get(i)) for i in order]


def alike(found: Sequence[Hit], others: Sequence[Hit], least: float) -> list[Hit]:
    """Those of the others whose question is at least so close to one of those found, or whose answer is the same."""
    said = [set(hit.turn.answer_terms.split()) for hit in found]
    same = {
        hit.turn.answer_id
        for hit in others
        if any(_shared(terms_of, set(hit.turn.answer_terms.split())) >= SAME_ANSWER for terms_of in said)
    }
    seeds, seen = [hit for hit in found if hit.cosine is not None], [hit for hit in others if hit.cosine is not None]
    if seeds and seen:
        closest = (_matrix([hit.turn for hit in seen]) @ _matrix([hit.turn for hit in seeds]).T).max(axis=1)  # [seen]
        same |= {hit.turn.answer_id for hit, score in zip(seen, closest, strict=True) if score >= least}
    return [hit for hit in others if hit.turn.answer_id in same]


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _matrix(turns: Sequence[StoredTurn]) -> Floats:
    """float32 [turns, dimension] of turns that have a vector."""
    data = b"".join(turn.vector or b"" for turn in turns)
    return np.frombuffer(data, "<f2").reshape(len(turns), -1).astype(np.float32)


def _rarity(wanted: Sequence[str], questions: Sequence[str], answers: Sequence[str]) -> Mapping[str, float]:
    total = len(questions)
    weights = {}
    for term in wanted:
        token = f" {term} "
        holding = sum(token in question or token in answer for question, answer in zip(questions, answers, strict=True))
        weights[term] = math.log(1 + (total - holding + 0.5) / (holding + 0.5))
    return weights


def _cosines(turns: Sequence[StoredTurn], vector: Vector | None, model: str | None) -> dict[int, float]:
    if vector is None:
        return {}
    size = 2 * len(vector)
    places = [
        i
        for i, turn in enumerate(turns)
        if turn.vector is not None and turn.model == model and len(turn.vector) == size
    ]
    if not places:
        return {}
    return dict(zip(places, (float(score) for score in _matrix([turns[i] for i in places]) @ vector), strict=True))
