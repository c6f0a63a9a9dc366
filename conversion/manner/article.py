"""A post as an article: lines that stand as headings are headings, code knows its language."""

from __future__ import annotations

import re
from dataclasses import replace

from konspekt.conversion.document import (
    Block,
    Blocks,
    Code,
    Heading,
    ListBlock,
    Paragraph,
    Run,
    Runs,
    runs_text,
    slice_runs,
)

_HEADING = 60  # characters
_LANGUAGES: tuple[tuple[str, str], ...] = (
    ("python", r"^(?:from [\w.]+ import |import \w|def \w+\(|class \w+[(:]|print\(|\w+ = torch\.|@\w+)"),
    ("bash", r"^(?:\$ |pip3? install|git clone|curl |sudo |docker |apt(?:-get)? |cd \w|export \w+=|python3? -m )"),
    ("json", r"^\s*[{\[]\s*\n?\s*[\"{\[]"),
    ("cpp", r"^(?:#include |template ?<|__global__ )"),
    ("sql", r"^(?:SELECT|INSERT|UPDATE|CREATE TABLE) "),
)


def as_article(blocks: Blocks) -> Blocks:
    """The blocks with their headings and the languages of their code."""
    apart = tuple(piece for place, block in enumerate(blocks) for piece in _opened(block, first=not place))
    headed = [heading_of(apart, place) for place in range(len(apart))]
    return tuple(_with_language(block) for block in headed)


def _opened(block: Block, *, first: bool) -> tuple[Block, ...]:
    """A paragraph whose first line is its heading, in two: `Что это такое?` above its text."""
    if not isinstance(block, Paragraph) or first or block.inset:
        return (block,)
    text = runs_text(block.runs)
    line, found, rest = text.partition("\n")
    if not found or len(rest) < 2 * len(line) or len(rest.split("\n")[0]) < _HEADING or not _reads_as_heading(line):
        return (block,)
    runs = slice_runs(block.runs, 0, len(line))
    if not _words(runs):
        return (block,)
    body = replace(block, runs=slice_runs(block.runs, len(line) + 1, len(text)), tight=False)
    return (Heading(_plain(runs), level=2), body)


def _reads_as_heading(line: str) -> bool:
    text = line.strip()
    return (
        3 <= len(text) <= _HEADING
        and (text[-1] in "?:" or text[-1].isalnum())
        and "=" not in text
        and not re.match(r"[-–—•*‣➤\d]", text)
    )


def heading_of(blocks: Blocks, place: int) -> Block:
    """A short line of words alone, above text or a list, is a heading that Telegram had no way to mark."""
    block = blocks[place]
    following = blocks[place + 1] if place + 1 < len(blocks) else None
    if not isinstance(block, Paragraph) or block.inset or following is None or not place:
        return block
    text = runs_text(block.runs).strip()
    if not _words(block.runs) or len(text) > _HEADING or "\n" in text or "=" in text:
        return block
    if not re.search(r"[^\W\d_]{3}", text):
        return block
    label = text.endswith(":") and isinstance(following, ListBlock | Code) and len(text.split()) <= 4
    if label or (text[-1].isalnum() and not text[0].islower() and not re.search(r",\s", text)):
        return Heading((Run(text.rstrip(":")),), level=2)
    return block


def _words(runs: Runs) -> bool:
    return all(run.url is None and run.kind in ("text", "emoji") and "code" not in run.marks for run in runs)


def _plain(runs: Runs) -> Runs:
    text = runs_text(runs).strip().rstrip(":")
    return (Run(text[:1].upper() + text[1:]),)


def _with_language(block: Block) -> Block:
    if not isinstance(block, Code) or block.language:
        return block
    for name, pattern in _LANGUAGES:
        if re.search(pattern, block.text, re.MULTILINE):
            return replace(block, language=name)
    return block
