"""Telegram text with entities into blocks. Offsets of entities count UTF-16 code units."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from konspekt.conversion.document import (
    Block,
    Code,
    Heading,
    Mark,
    Paragraph,
    Quote,
    Run,
    Runs,
    merge_runs,
    runs_text,
    slice_runs,
)
from konspekt.conversion.parsing.inline import autolink, with_scheme
from konspekt.conversion.parsing.plain import blocks_from_runs, blocks_from_text
from konspekt.indexer.documents import Entity

_MARKS: dict[str, Mark] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "spoiler": "spoiler",
    "code": "code",
}
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})


def blocks_from_telegram(text: str, entities: Sequence[Entity]) -> tuple[Block, ...]:
    """Blocks of a post. Entities may nest and overlap; what lies outside the text is ignored."""
    if not entities:
        return tuple(blocks_from_text(text))
    spans = _spans(text, entities)
    runs = _runs(text, spans)
    blocks: list[Block] = []
    position = 0
    for start, end, entity in sorted(_block_spans(spans), key=lambda span: (span[0], -span[1])):
        if start < position:
            continue  # a block inside a block: the outer one holds the text already
        blocks.extend(_prose(slice_runs(runs, position, start), follows=bool(blocks), at=position, more=True))
        tight = _tight(text, start)
        if entity.type == "pre":
            blocks.append(Code(text[start:end].strip("\n"), entity.language or "", tight=tight))
        else:
            blocks.append(_quote(slice_runs(runs, start, end), tight=tight))
        position = end
    blocks.extend(_prose(slice_runs(runs, position, len(text)), follows=bool(blocks), at=position, more=False))
    return tuple(blocks)


def _spans(text: str, entities: Sequence[Entity]) -> list[tuple[int, int, Entity]]:
    """Entities with offsets in Python characters, clipped to the text."""
    units: list[int] = []  # units[i]: UTF-16 offset of character i
    offset = 0
    for char in text:
        units.append(offset)
        offset += 2 if char > "\uffff" else 1
    spans = []
    for entity in entities:
        start = bisect_left(units, entity.offset)
        end = bisect_left(units, entity.offset + entity.length)
        if start < end:
            spans.append((start, end, entity))
    return spans


def _block_spans(spans: list[tuple[int, int, Entity]]) -> list[tuple[int, int, Entity]]:
    return [span for span in spans if span[2].type == "pre" or span[2].type in _QUOTES]


def _runs(text: str, spans: list[tuple[int, int, Entity]]) -> Runs:
    cuts = sorted({0, len(text), *(start for start, _, _ in spans), *(end for _, end, _ in spans)})
    runs: list[Run] = []
    for start, end in pairwise(cuts):
        covering = [entity for left, right, entity in spans if left <= start and right >= end]
        runs.append(_run(text, start, end, covering, spans))
    return autolink(merge_runs(runs))


def _run(text: str, start: int, end: int, covering: list[Entity], spans: list[tuple[int, int, Entity]]) -> Run:
    piece = text[start:end]
    run = Run(piece, frozenset(_MARKS[entity.type] for entity in covering if entity.type in _MARKS))
    for entity in covering:
        if entity.type == "text_link" and entity.url:
            run = replace(run, url=entity.url)
        elif entity.type == "url":
            whole = next((text[left:right] for left, right, other in spans if other is entity), piece)
            run = replace(run, url=with_scheme(whole))
        elif entity.type == "custom_emoji":
            run = replace(run, kind="emoji", emoji_id=_emoji_id(entity))
        elif entity.type == "mention" and run.kind == "text":
            run = replace(run, kind="mention")
        elif entity.type == "hashtag" and run.kind == "text":
            run = replace(run, kind="hashtag")
    return run


def _emoji_id(entity: Entity) -> str | None:
    """An export without its files has a remark where the number should be."""
    found = entity.custom_emoji_id or ""
    return found if found.isdigit() else None


def _prose(runs: Runs, *, follows: bool, at: int, more: bool) -> list[Block]:
    body = runs_text(runs)
    if not body.strip():
        return []
    blocks = blocks_from_runs(runs, tight=follows and not body.lstrip(" \t").startswith("\n\n"))
    if at == 0 and (more or len(blocks) > 1):
        first = blocks[0]
        if isinstance(first, Paragraph) and _is_headline(first.runs):
            plain = tuple(replace(run, marks=run.marks - {"bold"}) for run in first.runs)
            blocks[0] = Heading(merge_runs(plain), level=2)
    return blocks


def _is_headline(runs: Runs) -> bool:
    """The channel author's way to write a title: one short bold line, then a blank line."""
    words = [run for run in runs if run.text.strip() and run.kind != "emoji"]
    text = runs_text(runs)
    if "\n" in text or len(text) > 120 or not any("bold" in run.marks for run in words):
        return False
    return all("bold" in run.marks or not any(char.isalnum() for char in run.text) for run in words)


def _tight(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t")
    return bool(before) and not before.endswith("\n\n")


def _quote(runs: Runs, *, tight: bool) -> Quote:
    paragraphs: list[Runs] = []
    for block in blocks_from_runs(runs):
        if isinstance(block, Paragraph):
            paragraphs.append(block.runs)
        else:  # a list inside a quote: its lines stay lines
            lines: list[Run] = []
            for item in getattr(block, "items", ()):
                lines.extend(([Run("\n")] if lines else []) + [Run(f"{item.marker} "), *item.runs])
            paragraphs.append(merge_runs(lines))
    return Quote(tuple(paragraphs), tight=tight)
