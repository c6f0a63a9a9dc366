"""Lessons into a post that is about to become a draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from konspekt.conversion.document import Blocks, Paragraph, Post, Run, Runs, all_runs, merge_runs, post_text, strip_runs
from konspekt.conversion.learnt.lessons import Lesson
from konspekt.conversion.parsing.inline import autolink
from konspekt.conversion.rewriting import map_lines


def learnt(post: Post, lessons: Sequence[Lesson]) -> tuple[Post, tuple[Lesson, ...]]:
    """The post with what its author said instead, and the lessons that changed it. `lessons` are those that hold for
    the draft, the newest first."""
    blocks = post.blocks
    used: list[Lesson] = []
    for lesson in lessons:
        if lesson.kind in ("opening", "sign-off"):
            if lesson.instead in post_text(blocks) or any(one.kind == lesson.kind for one in used):
                continue  # the newest line of each kind
            changed = _with_line(blocks, lesson)
        else:
            changed = _replaced(blocks, lesson)
        if changed != blocks:
            blocks = changed
            used.append(lesson)
    return (replace(post, blocks=blocks), tuple(used)) if used else (post, ())


def own_lines(post: Post, used: Sequence[Lesson]) -> Post:
    """The post as the draft is compared with it: lines that its author always adds belong to it."""
    lines = tuple(_line(lesson) for lesson in used if lesson.kind in ("opening", "sign-off"))
    return replace(post, blocks=(*post.blocks, *lines)) if lines else post


def _line(lesson: Lesson) -> Paragraph:
    return Paragraph(autolink((Run(lesson.instead),)))


def _with_line(blocks: Blocks, lesson: Lesson) -> Blocks:
    if lesson.kind == "opening":
        return (_line(lesson), *blocks)
    end = len(blocks)
    while end and _is_tags(blocks[end - 1]):
        end -= 1
    return (*blocks[:end], _line(lesson), *blocks[end:])


def _is_tags(block: object) -> bool:
    if not isinstance(block, Paragraph):
        return False
    runs = list(all_runs((block,)))
    return any(run.kind == "hashtag" for run in runs) and all(
        run.kind == "hashtag" or not run.text.strip() for run in runs
    )


def _replaced(blocks: Blocks, lesson: Lesson) -> Blocks:
    if lesson.kind == "hashtag":
        changed = map_lines(blocks, lambda runs: _tag(runs, lesson))
        return tuple(block for block in changed if not (isinstance(block, Paragraph) and not block.runs))
    same = lesson.said.casefold() == lesson.instead.casefold()
    words = re.compile(rf"(?<!\w){re.escape(lesson.said)}(?!\w)", 0 if same else re.IGNORECASE)

    def said(match: re.Match[str]) -> str:
        begins = match[0][:1].isupper() and lesson.said[:1].islower()
        return lesson.instead[:1].upper() + lesson.instead[1:] if begins else lesson.instead

    def change(runs: Runs) -> Runs:
        return merge_runs(
            [
                run.with_text(words.sub(said, run.text))
                if run.kind == "text" and "code" not in run.marks and run.text != run.url
                else run
                for run in runs
            ]
        )

    return map_lines(blocks, change)


def _tag(runs: Runs, lesson: Lesson) -> Runs:
    if all(run.kind != "hashtag" or run.text.casefold() != lesson.said.casefold() for run in runs):
        return runs
    kept: list[Run] = []
    for run in runs:
        if run.kind != "hashtag" or run.text.casefold() != lesson.said.casefold():
            kept.append(run)
        elif lesson.instead:
            kept.append(run.with_text(lesson.instead))
        elif kept and not kept[-1].text.strip():
            kept.pop()  # the space before it goes with it
    return strip_runs(merge_runs(kept))
