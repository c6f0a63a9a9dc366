"""Hashtags by the habit of a network: none in articles, one topic on Threads, two on X, five under a LinkedIn post."""

from __future__ import annotations

import re
from dataclasses import replace

from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.document import Block, Blocks, Paragraph, Run, Runs, all_runs, merge_runs
from konspekt.conversion.rewriting import map_lines, map_runs

_ANNOUNCED = re.compile(
    r"\W*(?:навигация|рубрики?|теги?|хе[шт]{1,2}еги?|темы|tags?|hashtags?|topics?|navigation)\W*", re.IGNORECASE
)


def habitual_tags(blocks: Blocks, most: int | None) -> tuple[Blocks, tuple[str, ...]]:
    """The blocks with at most that many hashtags in the lines that only have hashtags, and the tags left out of them.

    Where a network has none, a tag inside the text is a word like any other: it is part of a sentence.
    """
    if most is None:
        return blocks, ()
    left = most
    out: list[str] = []
    kept: list[Block] = []
    for block in _lines_apart(blocks):
        if not is_tag_line(block):
            kept.append(block)
            continue
        tags = [run for run in all_runs((block,)) if run.kind == "hashtag"]
        out += [run.text for run in tags[left:]]
        line = [piece for run in tags[:left] for piece in (Run(" "), run)][1:]
        left -= len(tags[:left])
        if line:
            kept.append(replace(block, runs=merge_runs(line)))  # type: ignore[arg-type]
    result: Blocks = tuple(kept)
    if not most:
        out += [run.text for run in all_runs(result) if run.kind == "hashtag"]
        result = map_runs(map_lines(result, _without_hanging), _as_word)
    return (result, tuple(dict.fromkeys(out))) if result else (blocks, ())


def _lines_apart(blocks: Blocks) -> Blocks:
    """A line of tags inside a paragraph as a paragraph of its own."""
    result: list[Block] = []
    for block in blocks:
        lines = [line for line, _ in cut_text(block.runs, 0)] if isinstance(block, Paragraph) else []
        pieces = [Paragraph(line, tight=True) for line in lines]
        if len(lines) < 2 or not any(is_tag_line(piece) for piece in pieces):
            result.append(block)
            continue
        assert isinstance(block, Paragraph)
        kept: list[Run] = []
        for piece in [*pieces, None]:
            if piece is not None and not is_tag_line(piece):
                kept += [*([Run("\n")] if kept else []), *piece.runs]
                continue
            if kept:
                result.append(replace(block, runs=merge_runs(kept)))
                kept = []
            result += [piece] if piece is not None else []
    return tuple(result)


def _without_hanging(runs: Runs) -> Runs:
    """The lines without tags that hang behind their last sentence: «Нужно смотреть! #ликбез»."""
    lines: list[Run] = []
    for line, glue in cut_text(runs, 0):
        kept = list(line)
        while kept and (kept[-1].kind == "hashtag" or not re.search(r"\w", kept[-1].text)):
            last = kept.pop()
            if last.kind != "hashtag" and last.text.strip():
                kept.append(last)
                break
        ended = bool(kept) and len(kept) < len(line) and re.search(r"[.!?…][»”\")]*\s*$", kept[-1].text)
        if ended:
            kept[-1] = kept[-1].with_text(kept[-1].text.rstrip())
        lines += [*([Run(glue)] if lines and glue else []), *(kept if ended else line)]
    return merge_runs(lines)


def is_tag_line(block: Block) -> bool:
    """Whether a paragraph is hashtags and nothing else, but perhaps the word that announces them."""
    if not isinstance(block, Paragraph) or all(run.kind != "hashtag" for run in block.runs):
        return False
    words = "".join(run.text for run in block.runs if run.kind != "hashtag")
    return not any(char.isalnum() for char in words) or _ANNOUNCED.fullmatch(words) is not None


def _as_word(run: Run) -> Run:
    return replace(run, text=run.text.lstrip("#").replace("_", " "), kind="text") if run.kind == "hashtag" else run
