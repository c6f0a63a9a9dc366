"""Words that only name a link: `❱❱ Код ❱❱ Статья`, "Paper | Code | Demo". Without the link they say nothing."""

from __future__ import annotations

import re

from konspekt.conversion.document import Block, Blocks, Heading, Paragraph, Run, Runs, merge_runs, runs_text, slice_runs

_NAMES = (
    r"код\w*|стать[яиею]\w*|пейпер\w*|демо|сайт\w*|проект\w*|видео|веса|модел[ьи]\w*|датасет\w*|блог\w*|репо\w*|гитхаб\w*|пост|"
    r"источник\w*|ссылк[аи]|подробнее|читать|тут|здесь|code|papers?|arxiv|demo|site|website|project(?: page)?|videos?|"
    r"weights|models?|dataset|blog|repo(?:sitory)?|github|post|source|links?|read more|here|huggingface|hf|colab|space"
)
_GAP = r"[^\w#@]*"
_LABEL_LINE = re.compile(rf"{_GAP}(?:{_NAMES})(?:{_GAP}(?:(?:и|and)\s+)?(?:{_NAMES}))*{_GAP}", re.IGNORECASE)
_MARK = re.compile(r"[❱»›→➡👉🔗▶►➜⟶|/·•:\[\](){}–—-]")


def is_dead_label(text: str) -> bool:
    """Whether a line is made of such names and their ornaments alone. A bare word may be a sentence, and
    what ends in a colon is the heading of what follows."""
    line = text.strip()
    return not line.endswith(":") and bool(_LABEL_LINE.fullmatch(line)) and bool(_MARK.search(line))


def without_dead_labels(blocks: Blocks) -> tuple[Blocks, list[str]]:
    """The blocks without lines of labels whose links the source does not have; those lines."""
    kept: list[Block] = []
    dead: list[str] = []
    for block in blocks:
        if not isinstance(block, Paragraph | Heading):
            kept.append(block)
            continue
        runs = _living(block.runs, dead)
        if runs == block.runs:
            kept.append(block)
        elif runs:
            kept.append(type(block)(runs, tight=block.tight, inset=block.inset))
    return tuple(kept), dead


def _living(runs: Runs, dead: list[str]) -> Runs:
    lines: list[Runs] = []
    start = 0
    text = runs_text(runs)
    for line in text.split("\n"):
        piece = slice_runs(runs, start, start + len(line))
        start += len(line) + 1
        if is_dead_label(line) and all(run.url is None and run.kind in ("text", "emoji") for run in piece):
            dead.append(line.strip())
        else:
            lines.append(piece)
    if not dead or len(lines) == text.count("\n") + 1:
        return runs
    joined: list[Run] = []
    for place, line_runs in enumerate(lines):
        joined += ([Run("\n")] if place else []) + list(line_runs)
    return merge_runs(joined)
