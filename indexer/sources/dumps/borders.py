"""Borders between posts where the page's furniture shows none: structure first, then shape and subject together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from konspekt.indexer.sources.dumps.repeats import key
from konspekt.indexer.sources.dumps.shape import (
    is_item,
    is_labels,
    is_last,
    is_title,
)
from konspekt.indexer.sources.dumps.topics import topic_shifts
from konspekt.indexer.sources.headings import is_section_heading, is_too_short
from konspekt.indexer.sources.options import Similarity

# A heading such as "Введение" must open so many posts before it means a beginning.
OPENER_COUNT = 3
OPENER_CHARS = 40
# It stands so near the top of the first post: title, authors, links, heading.
HEAD_LINES = 6
# Share of lines with an empty line above from which on the dump separates its paragraphs so.
BLANK_SHARE = 0.25
# Empty lines of more than the usual number are rare where they separate posts.
WIDE_SHARE = 0.35
SHORT_POST_CHARS = 200
SHORT_POST_CHARS_BARE = 800  # where headings inside posts look like titles of posts

# Points for and against a border above a line. Tuned on three real dumps with their furniture taken away, in several
# layouts; the sum has to reach the threshold.
ABUTS = 2.5  # paragraphs have empty lines between them, this line has none above but one below: messages meet here
WIDE = 2.5  # more empty lines above than anywhere inside a post
TITLE, NO_TITLE = 1.0, -1.0
LABELS_BELOW = 1.5  # a title and its links
AFTER_LAST = 1.5  # hashtags, a signature
AFTER_LABELS = 1.25
AFTER_TITLE = -0.75  # a heading under a heading
ABOVE_ITEMS = -1.0  # a heading of a list
ABOVE_PARAGRAPH, PARAGRAPH_CHARS = 0.4, 80
ONE_WORD = -0.75  # "Результат", "Код": parts of a post
SUBJECT, SUBJECT_BARE, SUBJECT_MAX = 0.6, 0.9, 1.5  # per standard deviation of the change of subject
AFTER_COLON, ITEM, RECURRING = -3.0, -3.0, -2.0
TOO_SHORT = -1.0  # right after a border; less and less up to `SHORT_POST_CHARS`

THRESHOLD = 2.5
# Where reactions show the ends of posts, only some are missing.
THRESHOLD_WITH_MARKS = 3.0
THRESHOLD_IF_SIGNED = 4.5
# A text without a single hint in its layout: then a title and a change of subject have to do.
THRESHOLD_BARE = 1.6


def find_borders(
    lines: Sequence[str], gaps: Sequence[int], threshold: float | None, embed: Similarity | None = None
) -> set[int]:
    """Numbers of lines that begin a post, the first one left out. `gaps` counts the empty lines above each line.

    A `threshold` of None: nothing else in the dump shows borders, and it depends on what there is.
    """
    openers = find_openers(lines)
    found = set(openers)
    if len(lines) < 2:
        return found
    usual = _usual_gap(gaps) if threshold is None else None  # people leave two empty lines inside posts, too
    recurring = {value for value, count in Counter(map(key, lines)).items() if count > 1}
    abutting = _abutting(lines, gaps)
    hinted = usual is not None or openers or any(is_title(lines[number]) for number in abutting)
    bare = threshold is None and not hinted
    if threshold is None:
        threshold = THRESHOLD_BARE if bare else THRESHOLD
    subject, short = (SUBJECT_BARE, SHORT_POST_CHARS_BARE) if bare else (SUBJECT, SHORT_POST_CHARS)
    shifts = topic_shifts(lines, embed if bare else None)  # embeddings cost seconds: only where there is nothing else
    begun = 0
    for number in range(1, len(lines)):
        if number in openers:
            begun = number
            continue
        if is_section_heading(lines[number]) or is_too_short(lines[number]):
            continue  # a part of the post above, whatever stands around it
        score = subject * max(-SUBJECT_MAX, min(float(shifts[number]), SUBJECT_MAX))
        score += _shape(lines, gaps, number, recurring)
        if number - 1 > begun:  # else the line above is the first of its post: a rubric, not an end
            score += _after(lines[number - 1], lines[number])
        if number in abutting:
            score += ABUTS
        if usual is not None and gaps[number] > usual:
            score += WIDE
        score += TOO_SHORT * max(0.0, 1 - sum(map(len, lines[begun:number])) / short)
        if score >= threshold:
            found.add(number)
            begun = number
    return found


def _shape(lines: Sequence[str], gaps: Sequence[int], number: int, recurring: set[str]) -> float:
    line, above = lines[number], lines[number - 1]
    score = TITLE if is_title(line) else NO_TITLE
    if is_title(line):
        if number + 1 < len(lines) and gaps[number + 1] == 0 and is_labels(lines[number + 1]):
            score += LABELS_BELOW
        elif number + 1 < len(lines) and gaps[number + 1] == 0 and is_item(lines[number + 1]):
            score += ABOVE_ITEMS
        if number + 1 < len(lines) and len(lines[number + 1]) >= PARAGRAPH_CHARS:
            score += ABOVE_PARAGRAPH
        if is_title(above):
            score += AFTER_TITLE
        if " " not in line:
            score += ONE_WORD
    if above.endswith(":"):
        score += AFTER_COLON
    if is_item(line) or is_labels(line) or is_last(line):
        score += ITEM
    if key(line) in recurring:
        score += RECURRING
    return score


def _after(above: str, line: str) -> float:
    """Points for a line below something that posts end with."""
    if is_last(above) and not is_last(line):
        return AFTER_LAST
    return AFTER_LABELS if is_labels(above) and not is_labels(line) else 0.0


def _abutting(lines: Sequence[str], gaps: Sequence[int]) -> set[int]:
    """Lines that begin a paragraph without an empty line above, where paragraphs have one: there messages meet."""
    if sum(gap > 0 for gap in gaps[1:]) < BLANK_SHARE * (len(lines) - 1):
        return set()
    return {
        number
        for number in range(1, len(lines))
        if gaps[number] == 0
        and (number + 1 == len(lines) or gaps[number + 1] > 0 or is_labels(lines[number + 1]))
        and not is_item(lines[number])
    }


def _usual_gap(gaps: Sequence[int]) -> int | None:
    """The number of empty lines inside posts, if some lines have more above them but not many."""
    count = Counter(gaps[1:])
    for usual in sorted(count):
        wider = sum(times for gap, times in count.items() if gap > usual)
        if 0 < wider <= WIDE_SHARE * (len(gaps) - 1):
            return usual
        if wider == 0:
            return None
    return None


def find_openers(lines: Sequence[str]) -> set[int]:
    """First lines of posts that are built alike: a title, link labels, and a heading that is always the same."""
    counts = Counter(key(line) for line in lines if len(line) <= OPENER_CHARS)
    heading = next(
        (
            key(line)
            for line in lines[1:HEAD_LINES]
            if counts[key(line)] >= OPENER_COUNT and is_title(line) and not is_labels(line)
        ),
        None,
    )
    if heading is None:
        return set()
    places = [number for number, line in enumerate(lines) if key(line) == heading]
    usual = places[0]  # lines above the heading in the first post
    labelled = is_labels(lines[usual - 1])
    found = set()
    for place in places[1:]:
        title = place - 1
        while title > 0 and place - title < HEAD_LINES and is_labels(lines[title]):
            title -= 1
        if title == place - 1 and not labelled:  # authors, perhaps: as many lines as the first post has
            title = place - usual
        if title > 0 and not is_section_heading(lines[title]):
            found.add(title)
    return found
