"""Lines of a pasted channel page → its posts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from konspekt.indexer.sources.dumps.borders import (
    HEAD_LINES,
    THRESHOLD_IF_SIGNED,
    THRESHOLD_WITH_MARKS,
    find_borders,
)
from konspekt.indexer.sources.dumps.habits import Habits, find_habits, habit_key
from konspekt.indexer.sources.dumps.lines import Header, read_lines
from konspekt.indexer.sources.dumps.previews import is_preview, without_preview
from konspekt.indexer.sources.dumps.repeats import (
    STRONG_CHARS,
    Repeat,
    find_repeats,
    is_copy_of,
    key,
    merge,
    without_repeats,
)
from konspekt.indexer.sources.dumps.shape import is_title
from konspekt.indexer.sources.dumps.stretches import Stretch, find_stretches, slice_stretch
from konspekt.indexer.sources.headings import is_section_heading
from konspekt.indexer.sources.options import Similarity

# After the second copy of a post, so little is still its own: a link preview, or code that only the copy shows.
TAIL_LINES = 5
TAIL_CHARS = 600


@dataclass(slots=True)
class Post:
    """`preview` is what a link showed of another page; `signature` what every post of the channel ends with."""

    lines: list[str]
    number: int  # of its first line in the file
    forwarded_from: str | None = None
    author: str | None = None
    date: datetime | None = None
    preview: list[str] = field(default_factory=list)
    signature: str | None = None

    @property
    def text(self) -> str:
        return re.sub(r"\n{3,}", "\n\n", "\n".join(without_repeats(self.lines))).strip()


def split_dump(text: str, embed: Similarity | None = None) -> tuple[Header, list[Post]]:
    """Every post of a dump, in its order. `embed` helps where nothing but the subject shows a new post."""
    header, lines = read_lines(text)
    stretches = find_stretches(lines, header)
    habits = find_habits([[stretch.lines[number].text for number in stretch.words] for stretch in stretches])
    marked = len(stretches) > 1 or bool(habits.closers or habits.openers)
    head = _usual_head(stretches)
    posts: list[Post] = []
    seen: set[str] = set()
    for stretch in stretches:
        for part in _cut(stretch, habits, head, marked, embed):
            post = _post(part, habits)
            if posts and is_copy_of(post.lines, posts[-1].lines):
                continue  # the furniture stood between the two copies
            if posts and (union := _union(posts[-1].lines, post.lines)):
                posts[-1].lines = union
                continue
            if posts and _continues(post, posts[-1]):
                posts[-1].lines += ["", *post.lines]
                posts[-1].preview += post.preview
                continue
            text = post.text
            if text and not (len(text) >= STRONG_CHARS and text in seen):  # pasted twice
                posts.append(post)
                seen.add(text)
    return header, posts


def _union(first: list[str], second: list[str]) -> list[str] | None:
    """Two versions of one post as one with the lines of both. None if they are two posts."""
    words = [line for line in first if line]
    again = [line for line in second if line]
    if not words or not again or key(words[0]) != key(again[0]):
        return None
    repeats = [repeat for repeat in find_repeats([*words, *again]) if (repeat.start, repeat.copy) == (0, len(words))]
    return _with_blanks(first, _without_copies([*words, *again], repeats)[0]) if repeats else None


def _continues(post: Post, before: Post) -> bool:
    """A message that begins with the heading of a section continues the one above."""
    first = next((line for line in post.lines if line), "")
    same = (post.forwarded_from, post.author) == (before.forwarded_from, before.author)
    return same and is_section_heading(first)


def _cut(stretch: Stretch, habits: Habits, head: int, marked: bool, embed: Similarity | None) -> list[Stretch]:
    parts = slice_stretch(stretch, _habit_cuts(stretch, habits))
    parts = [piece for part in parts for piece in slice_stretch(part, _repeat_cuts(part, head))]
    return [
        piece
        for part in parts
        for piece in slice_stretch(part, _soft_cuts(part, _threshold(part, habits) if marked else None, embed))
    ]


def _soft_cuts(stretch: Stretch, threshold: float | None, embed: Similarity | None) -> set[int]:
    """Borders by structure, shape and subject, never between the first copy of a post and its second one."""
    words = stretch.words
    texts = [stretch.lines[number].text for number in words]
    gaps = [0, *(after - before - 1 for before, after in pairwise(words))]
    borders = find_borders(texts, gaps, threshold, embed)
    repeats = find_repeats(texts)
    if repeats:
        borders -= set(range(repeats[0].start, len(texts)))  # what follows the second copy has been decided on
    return {words[border] for border in borders}


def _habit_cuts(stretch: Stretch, habits: Habits) -> set[int]:
    """Positions after a signature (or several signature lines in a row) and before a rubric."""
    words = stretch.words
    keys = [habit_key(stretch.lines[number].text) for number in words]
    cuts = set()
    for place in range(1, len(words)):
        closed = keys[place - 1] in habits.closers and keys[place] not in habits.closers
        opened = keys[place] in habits.openers
        if closed or opened:
            cuts.add(words[place])
    return cuts


def _repeat_cuts(stretch: Stretch, head: int) -> set[int]:
    """Where the second copy of one post is over and the next post begins, `head` lines above what is repeated of it."""
    words = stretch.words
    texts = [stretch.lines[number].text for number in words]
    repeats = find_repeats(texts)
    cuts: set[int] = set()
    over = 0  # the end of the last second copy
    for repeat in repeats:
        begins = max(repeat.start - head, over)
        cuts.add(begins)
        if over and not _is_tail(texts[over:begins]):
            cuts.add(over)
        over = repeat.end
    if repeats and not _is_tail(texts[over:]):
        cuts.add(over)
    return {words[cut] for cut in cuts if 0 < cut < len(words)}


def _threshold(stretch: Stretch, habits: Habits) -> float:
    """How sure a border must be. A stretch that ends with the channel's signature, as every post does, is one post."""
    signed = habit_key(stretch.lines[stretch.words[-1]].text) in habits.closers
    return THRESHOLD_IF_SIGNED if signed else THRESHOLD_WITH_MARKS


def _is_tail(lines: Sequence[str]) -> bool:
    """So little can still belong to the post above: the preview of a link, or code that only the second copy shows."""
    if not lines or is_preview(lines, after_copy=True):
        return True
    return len(lines) <= TAIL_LINES and sum(map(len, lines)) <= TAIL_CHARS and not is_title(lines[0])


def _usual_head(stretches: Sequence[Stretch]) -> int:
    """How many lines of a post its second copy leaves out at the top: its title, as a rule."""
    heads: Counter[int] = Counter()
    for stretch in stretches:
        over = 0
        for repeat in find_repeats([stretch.lines[number].text for number in stretch.words]):
            if repeat.start - over <= HEAD_LINES:
                heads[repeat.start - over] += 1
            over = repeat.end
    return heads.most_common(1)[0][0] if heads else 1


def _post(stretch: Stretch, habits: Habits) -> Post:
    """One post without its furniture, its second copy, its signature."""
    lines = [line.text for line in stretch.lines]
    words = stretch.words
    texts = [lines[number] for number in words]
    post = Post([], stretch.lines[words[0]].number, stretch.forward)
    if stretch.stamp:
        post.author, post.date = stretch.stamp.name, stretch.stamp.date
    repeats = find_repeats(texts)
    if repeats:
        texts, post.preview = _without_copies(texts, repeats)
        lines = texts if len(words) == len(lines) else _with_blanks(lines, texts)
    else:
        lines, post.preview = without_preview(lines)
    while lines and (not lines[-1] or _is_signature(lines[-1], habits)):
        line = lines.pop()
        post.signature = line or post.signature
    post.lines = lines
    return post


def _without_copies(texts: list[str], repeats: Sequence[Repeat]) -> tuple[list[str], list[str]]:
    once: list[str] = []
    done = 0
    for repeat in repeats:
        once += texts[done : repeat.start] + merge(texts, repeat)
        done = repeat.end
    rest = texts[done:]
    return (once, rest) if is_preview(rest, after_copy=True) else (once + rest, [])


def _with_blanks(lines: list[str], texts: list[str]) -> list[str]:
    """`texts` with the empty lines that stood before them in the original."""
    result: list[str] = []
    place = 0
    for text in texts:
        found = next((number for number in range(place, len(lines)) if lines[number] == text), None)
        if found is not None:
            if found > 0 and not lines[found - 1]:
                result.append("")
            place = found + 1
        result.append(text)
    return result


def _is_signature(line: str, habits: Habits) -> bool:
    value = habit_key(line)
    if value == "#":
        return False
    return value != "" and value in habits.closers
