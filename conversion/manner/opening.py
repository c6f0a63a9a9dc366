"""The opening of a thread or a story: the sentence with the post's largest result, where the reader would not get to it
by himself. It is moved where nothing hangs on its old place, and said again where that is far away."""

from __future__ import annotations

import re
from dataclasses import replace

from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.by_rule.sentences import (
    is_title,
    leans,
    sentences_of,
    stands,
    strength,
    strongest,
)
from konspekt.conversion.document import (
    Block,
    Blocks,
    Paragraph,
    Run,
    Runs,
    merge_runs,
    post_text,
    runs_text,
    slice_runs,
)

_SEEN = 260  # characters: what stands nearer to the beginning is read anyway
_FAR = 900  # further away it can be said twice
_TITLE = 100


def title_apart(blocks: Blocks) -> Blocks:
    """A title line that only a line break parts from the text, as a block of its own."""
    first = blocks[0] if blocks else None
    if not isinstance(first, Paragraph):
        return blocks
    text = runs_text(first.runs)
    line, found, _ = text.partition("\n")
    if not found or not is_title(Paragraph((Run(line.strip()),))) or len(line) > _TITLE or line.rstrip()[-1:] in ",;":
        return blocks
    rest = replace(first, runs=slice_runs(first.runs, len(line) + 1, len(text)), tight=True)
    return (replace(first, runs=slice_runs(first.runs, 0, len(line))), rest, *blocks[1:])


def with_hook(blocks: Blocks) -> Blocks:
    """The blocks with their strongest result under the title, or as they are where there is none to be moved."""
    if not blocks:
        return blocks
    head = blocks[:1] if is_title(blocks[0]) else ()
    title = post_text(head)
    sentences = sentences_of(blocks)
    place = strongest(sentences, title)
    opening = post_text(blocks)[:_SEEN]
    if place is None or sentences[place].place < _SEEN or any(strength(one) for one in _sentences(title, opening)):
        return blocks
    hook = sentences[place]
    line = Paragraph(bare(hook.runs))
    rest = blocks[len(head) :]
    if hook.place >= _FAR:
        return (*head, line, *rest)
    moved = _without(rest, hook.runs)
    return blocks if moved is None else (*head, line, *moved)


def _sentences(*texts: str) -> list[str]:
    return [sentence for text in texts for sentence in re.split(r"(?<=[.!?])\s+|\n", text)]


def _without(blocks: Blocks, hook: Runs) -> Blocks | None:
    """The blocks without a sentence that nothing after it hangs on; None where something would."""
    for index, block in enumerate(blocks):
        if not isinstance(block, Paragraph):
            continue
        lines = [[*cut_text(line, 1)] for line, _ in cut_text(block.runs, 0)]
        for row, line in enumerate(lines):
            places = [place for place, (runs, _) in enumerate(line) if runs == hook]
            if not places:
                continue
            place = places[0]
            following = line[place + 1 :] or (lines[row + 1] if row + 1 < len(lines) else [])
            if following and leans(runs_text(following[0][0])):
                return None
            if not following and index + 1 < len(blocks) and _hangs(blocks[index + 1]):
                return None
            del line[place]
            runs = _joined(lines)
            kept: Blocks = (replace(block, runs=runs),) if runs else ()
            return (*blocks[:index], *kept, *blocks[index + 1 :])
    return None


def _hangs(block: Block) -> bool:
    if not isinstance(block, Paragraph):
        return True  # a list or code belongs to the sentence before it
    words = "".join(run.text for run in block.runs if run.kind != "hashtag" and run.url is None)
    return bool(re.search(r"\w", words)) and leans(words)


def _joined(lines: list[list[tuple[Runs, str]]]) -> Runs:
    runs: list[Run] = []
    for line in lines:
        for place, (piece, glue) in enumerate(line):
            if runs:
                runs.append(Run((glue if place else "\n") or " "))
            runs += piece
    return merge_runs(runs)


def bare(runs: Runs) -> Runs:
    """A sentence without emoji or signs before it: an opening is plain. The first letter is a capital."""
    text = runs_text(runs)
    match = re.match(r"^[^\w«“\"(#@]+", text)
    runs = slice_runs(runs, match.end(), len(text)) if match else runs
    if runs and runs[0].kind == "text" and runs[0].url is None and runs[0].text[:1].islower() and stands(text):
        first = runs[0]
        runs = (first.with_text(first.text[0].upper() + first.text[1:]), *runs[1:])
    return runs
