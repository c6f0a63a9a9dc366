"""Hashtags by the habit of a network: none in articles, one topic on Threads, two on X, five under a LinkedIn post."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.document import Block, Blocks, Paragraph, Run, all_runs, merge_runs
from konspekt.conversion.rewriting import map_runs


def habitual_tags(blocks: Blocks, most: int | None) -> tuple[Blocks, tuple[str, ...]]:
    """The blocks with at most that many hashtags in the lines that only have hashtags, and the tags left out of them.

    Where a network has none, a tag inside the text is a word like any other: it is part of a sentence.
    """
    if most is None:
        return blocks, ()
    left = most
    out: list[str] = []
    kept: list[Block] = []
    for block in blocks:
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
        result = map_runs(result, _as_word)
    return (result, tuple(dict.fromkeys(out))) if result else (blocks, ())


def is_tag_line(block: Block) -> bool:
    """Whether a paragraph is hashtags and nothing else."""
    if not isinstance(block, Paragraph):
        return False
    return any(run.kind == "hashtag" for run in block.runs) and all(
        run.kind == "hashtag" or not any(char.isalnum() for char in run.text) for run in block.runs
    )


def _as_word(run: Run) -> Run:
    return replace(run, text=run.text.lstrip("#").replace("_", " "), kind="text") if run.kind == "hashtag" else run
