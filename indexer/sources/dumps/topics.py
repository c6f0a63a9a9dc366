"""Where a text changes its subject: the words (or embeddings) before a line against those after it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from konspekt.indexer.sources.options import Similarity

Array = NDArray[np.float32]

# So much text on either side: a paragraph or two. Less is noise, more reaches into the next post.
WINDOW_CHARS = 700
# A line of so many characters has full weight: a heading says less about the subject than a paragraph does.
FULL_CHARS = 200
EMBED_CHARS = 300  # the beginning of a paragraph tells its subject, and costs a third
BOTH = 1.5  # between the mean of two scores and the spread of their sum if they were independent
STEM_CHARS = 5  # Russian endings begin about there: "квант|изация", "квант|ованный"
BLOCK_LINES, CONTEXT_LINES = 500, 30
FEW_LINES = 8  # fewer positions than this have no meaningful average

_WORD = re.compile(r"[A-Za-zА-Яа-яЁё0-9]{3,}")
_STOP_WORDS = """
    and the for with this that are was you your from but not can has have will its they their our all one out more
    как что это все для при или она они его так тут там уже еще где чем нам мне нас вас был был была были есть под над
    без про после очень если только можно также более когда котор чтобы потом просто даже тоже этот эта эти быть может
    свой своей
"""
_STOP = frozenset(_STOP_WORDS.split())


def topic_shifts(lines: Sequence[str], embed: Similarity | None = None) -> Array:
    """For every line, how much the subject changes at its beginning, in standard deviations of this text: [lines].

    The first line has 0, and so has every line of a text too short to have an average.
    """
    if len(lines) < FEW_LINES:
        return np.zeros(len(lines), np.float32)
    shifts = _shifts(lines, _counted)
    if embed is not None:
        shifts = (shifts + _shifts(lines, partial(_embedded, embed))) / BOTH  # the two err in different places
    return shifts


def _shifts(lines: Sequence[str], vectorise: Callable[[Sequence[str]], Array]) -> Array:
    shifts = np.zeros(len(lines), np.float32)
    for start in range(0, len(lines), BLOCK_LINES):  # a dump of ten years does not fit in one matrix
        first = max(start - CONTEXT_LINES, 0)
        block = lines[first : start + BLOCK_LINES + CONTEXT_LINES]
        weights = np.array([min(1.0, len(line) / FULL_CHARS) for line in block], np.float32)
        vectors = vectorise(block) * weights[:, None]
        for number in range(max(start, 1), min(start + BLOCK_LINES, len(lines))):
            before = _window(block, number - first - 1, -1)
            after = _window(block, number - first, 1)
            shifts[number] = 1 - _cosine(vectors[before].sum(0), vectors[after].sum(0))
    spread = float(shifts[1:].std())
    if spread > 0:
        shifts[1:] = (shifts[1:] - shifts[1:].mean()) / spread
    return shifts


def _window(lines: Sequence[str], start: int, step: int) -> list[int]:
    chosen, chars = [], 0
    number = start
    while 0 <= number < len(lines) and chars < WINDOW_CHARS:
        chosen.append(number)
        chars += len(lines[number])
        number += step
    return chosen


def _cosine(one: Array, other: Array) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 0 else 0.0


def _embedded(embed: Similarity, lines: Sequence[str]) -> Array:
    """[lines, dimension]; without their common part, which all texts of one channel share."""
    vectors = np.array(embed([line[:EMBED_CHARS] for line in lines]), np.float32)
    vectors -= vectors.mean(0)
    unit: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def _counted(lines: Sequence[str]) -> Array:
    """Stems weighted by their rarity: [lines, stems that occur in two lines or more]."""
    counts = [Counter(_stems(line)) for line in lines]
    spread = Counter(stem for count in counts for stem in count)
    places = {stem: place for place, stem in enumerate(stem for stem, lines_ in spread.items() if lines_ > 1)}
    vectors = np.zeros((len(lines), max(len(places), 1)), np.float32)
    for row, count in enumerate(counts):
        for stem, times in count.items():
            if stem in places:
                vectors[row, places[stem]] = (1 + math.log(times)) * math.log(1 + len(lines) / spread[stem])
    return vectors


def _stems(line: str) -> list[str]:
    words = _WORD.findall(line.casefold().replace("ё", "е"))
    return [word[:STEM_CHARS] for word in words if word not in _STOP]
