"""The one document that every post becomes and every network is written from.

A document is a list of blocks; the text inside a block is a flat list of runs, each with all of its marks. Flat runs
make nested and overlapping formatting one case, and let a block be cut anywhere without losing a mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Mark = Literal["bold", "italic", "underline", "strike", "code", "spoiler"]
MARKS: tuple[Mark, ...] = ("spoiler", "bold", "italic", "underline", "strike", "code")
RunKind = Literal["text", "mention", "hashtag", "emoji"]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text with one look. `emoji` is a custom emoji; its `text` is the fallback that everyone can show.

    A run with a `url` is a link; a bare link has its own address as `text`.
    """

    text: str
    marks: frozenset[Mark] = frozenset()
    url: str | None = None
    kind: RunKind = "text"
    emoji_id: str | None = None

    def with_text(self, text: str) -> Run:
        return Run(text, self.marks, self.url, self.kind, self.emoji_id)

    def looks_like(self, other: Run) -> bool:
        return (
            self.marks == other.marks
            and self.url == other.url
            and self.kind == other.kind
            and self.emoji_id == other.emoji_id
        )


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text; a `\\n` inside is a line break that the author made.

    `tight` on any block: no blank line stood before it. `inset`: how many lists it stands in, 1 under an item of depth
    0. Both are layout, not content, and do not count in comparisons.
    """

    runs: Runs
    tight: bool = field(default=False, compare=False)
    inset: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Heading:
    runs: Runs
    level: int = 2  # 1 (largest) to 6
    tight: bool = field(default=False, compare=False)
    inset: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListItem:
    """`marker` is what the author wrote before the item: `•`, `➤`, `3.`"""

    runs: Runs
    marker: str = "•"
    depth: int = 0


@dataclass(frozen=True, slots=True)
class ListBlock:
    items: tuple[ListItem, ...]
    ordered: bool = False
    tight: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Quote:
    paragraphs: tuple[Runs, ...]
    tight: bool = field(default=False, compare=False)
    inset: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    language: str = ""
    tight: bool = field(default=False, compare=False)
    inset: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MediaItem:
    """A picture, film or file. `path` is where it can be read, or None if only its existence is known."""

    kind: str  # photo, video, animation, audio, voice, document, sticker, poll
    name: str | None = None
    path: str | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class MediaBlock:
    """Media at its place in an article. The caption is part of the text."""

    media: MediaItem
    tight: bool = field(default=False, compare=False)
    inset: int = field(default=0, compare=False, repr=False)


Block = Paragraph | Heading | ListBlock | Quote | Code | MediaBlock
Blocks = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """A post as conversion sees it. `title` is set when it stands apart from the text (an article, a course file).

    `folder` is where the post came from: its media are files inside it, and nothing outside it is ever read.
    """

    blocks: tuple[Block, ...]
    id: str = ""
    title: str = ""
    lang: str = "ru"
    url: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    media: tuple[MediaItem, ...] = ()
    reply_url: str | None = None
    forwarded_from: str | None = None
    folder: str | None = None


def runs_text(runs: Runs) -> str:
    return "".join(run.text for run in runs)


def block_runs(block: Block) -> Iterator[Runs]:
    """Every list of runs in a block, in reading order."""
    if isinstance(block, Paragraph | Heading):
        yield block.runs
    elif isinstance(block, ListBlock):
        for item in block.items:
            yield item.runs
    elif isinstance(block, Quote):
        yield from block.paragraphs


def all_runs(blocks: tuple[Block, ...]) -> Iterator[Run]:
    for block in blocks:
        for runs in block_runs(block):
            yield from runs


def block_text(block: Block) -> str:
    """The words of a block, without any formatting, lines separated by `\\n`."""
    if isinstance(block, Code):
        return block.text
    if isinstance(block, MediaBlock):
        return block.media.caption or ""
    if isinstance(block, ListBlock):
        return "\n".join(f"{item.marker} {runs_text(item.runs)}" for item in block.items)
    return "\n".join(runs_text(runs) for runs in block_runs(block))


def post_text(blocks: tuple[Block, ...]) -> str:
    return "\n\n".join(block_text(block) for block in blocks)


def all_media(post: Post) -> tuple[MediaItem, ...]:
    inline = tuple(block.media for block in post.blocks if isinstance(block, MediaBlock))
    return post.media + tuple(item for item in inline if item not in post.media)


def merge_runs(runs: Iterator[Run] | list[Run] | Runs) -> Runs:
    """Neighbours of the same look become one run; empty runs go."""
    merged: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if merged and run.kind in ("text", "hashtag") and merged[-1].looks_like(run) and not _whole(run):
            merged[-1] = run.with_text(merged[-1].text + run.text)
        else:
            merged.append(run)
    return tuple(merged)


def _whole(run: Run) -> bool:
    """A bare link or a hashtag is one thing: two of them side by side stay two."""
    return run.kind == "hashtag" or run.url == run.text


def slice_runs(runs: Runs, start: int, end: int) -> Runs:
    """The runs between two character positions of their joined text."""
    result: list[Run] = []
    position = 0
    for run in runs:
        left, right = max(start, position), min(end, position + len(run.text))
        if left < right:
            cut = run.text[left - position : right - position]
            result.append(run if cut == run.text else run.with_text(cut))
        position += len(run.text)
        if position >= end:
            break
    return tuple(result)


def strip_runs(runs: Runs) -> Runs:
    """Without white space at either end."""
    text = runs_text(runs)
    stripped = text.strip()
    if stripped == text:
        return runs
    start = len(text) - len(text.lstrip())
    return slice_runs(runs, start, start + len(stripped))
