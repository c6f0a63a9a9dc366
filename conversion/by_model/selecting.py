"""Sentences of a post put to a model by their numbers. It chooses and never writes: half of a small model's own
sentences about a post are false (benchmarks/NOTES.md)."""

from __future__ import annotations

import re

from konspekt.conversion.by_rule.sentences import Sentence

MOST = 24  # sentences a model is shown: it reads a hundred tokens per second


def numbered(sentences: list[Sentence]) -> str:
    return "\n".join(f"{number}. {sentence.text}" for number, sentence in enumerate(sentences[:MOST], 1))


def chosen(answer: str, count: int) -> list[int]:
    """The places that an answer names, in its order, each once; what is out of range is left out."""
    places = [int(number) - 1 for number in re.findall(r"\d{1,3}", answer)]
    return [place for place in dict.fromkeys(places) if 0 <= place < count]
