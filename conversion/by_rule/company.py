"""A part of a thread that is only a link, a tag or a label says nothing by itself: its neighbours take it in."""

from __future__ import annotations

import re

from konspekt.conversion.by_rule.cutting import Fits, cut_text
from konspekt.conversion.document import Block, Blocks, Paragraph, Run, all_runs

_WORDS = 3  # with fewer a part is no thought


def in_company(parts: list[Blocks], fits: Fits) -> list[Blocks]:
    """The parts with none that stands alone where a neighbour can take it in, or give it a sentence."""
    result = list(parts)
    place = 0
    while place < len(result):
        if len(result) > 1 and _is_lone(result[place]):
            before = result[place - 1] if place else ()
            after = result[place + 1] if place + 1 < len(result) else ()
            if before and fits((*before, *result[place])):
                result[place - 1 : place + 1] = [(*before, *result[place])]
                continue
            if after and fits((*result[place], *after)):
                result[place : place + 2] = [(*result[place], *after)]
                continue
            if before and (given := _last_thought(before)) is not None:
                rest, thought = given
                if fits((*thought, *result[place])) and not _is_lone(rest):
                    result[place - 1 : place + 1] = [rest, (*thought, *result[place])]
        place += 1
    return result


def _is_lone(blocks: Blocks) -> bool:
    if any(not isinstance(block, Paragraph) for block in blocks):
        return False
    text = " ".join(run.text for run in all_runs(blocks) if run.url is None and run.kind == "text")
    return len(re.findall(r"[^\W\d_]{2,}", text)) < _WORDS


def _last_thought(blocks: Blocks) -> tuple[Blocks, Blocks] | None:
    """The blocks without their last paragraph or its last sentence, and that."""
    *rest, last = blocks
    if rest:
        return tuple(rest), (last,)
    if not isinstance(last, Paragraph):
        return None
    for level in (0, 1):
        cuts = list(cut_text(last.runs, level))
        if len(cuts) > 1:
            head: list[Run] = []
            for number, (runs, glue) in enumerate(cuts[:-1]):
                head += ([Run(glue)] if number and glue else []) + list(runs)
            first: Block = Paragraph(tuple(head), tight=last.tight, inset=last.inset)
            return (first,), (Paragraph(cuts[-1][0], inset=last.inset),)
    return None
