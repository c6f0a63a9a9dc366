"""A passage cut into what is read at once: a few sentences with their title and the sentence before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.words.sentences import Sentence, split_sentences

NEW_CHARACTERS = 320  # of sentences that a window is for: some 90 tokens
BEFORE = 160  # of the sentence before them, which often says what they speak of
TITLE = 120
LONGEST = 700  # of one sentence; code and tables are cut, and only for reading


@dataclass(frozen=True, slots=True)
class Window:
    """`text` is the title, a line break, and sentences as they stand, joined by blanks.

    `spans[i]` is where sentence number `first + i` of the passage stands in `text`.
    """

    text: str
    first: int
    spans: tuple[tuple[int, int], ...]


def windows(title: str, text: str) -> list[Window]:
    """Each sentence stands in one window or two, in the second only as what goes before."""
    return windows_of(title, [sentence.text for sentence in split_sentences(text)] or [text])


def windows_of(title: str, sentences: Sequence[str]) -> list[Window]:
    found: list[Window] = []
    start = 0
    while start < len(sentences):
        end = start + 1
        length = len(sentences[start])
        while end < len(sentences) and length + len(sentences[end]) <= NEW_CHARACTERS:
            length += len(sentences[end])
            end += 1
        first = start - 1 if start and len(sentences[start - 1]) <= BEFORE else start
        found.append(_window(title, sentences, first, end))
        start = end
    return found


def covering(sentences: Sequence[Sentence], start: int, end: int) -> list[int]:
    """Numbers of the sentences that the stretch `start:end` of their text touches."""
    return [i for i, sentence in enumerate(sentences) if sentence.start < end and start < sentence.end]


def _window(title: str, sentences: Sequence[str], first: int, end: int) -> Window:
    text = f"{title[:TITLE].strip()}\n"
    spans = []
    for sentence in sentences[first:end]:
        piece = sentence[:LONGEST]
        spans.append((len(text), len(text) + len(piece)))
        text += piece + " "
    return Window(text.rstrip(), first, tuple(spans))
