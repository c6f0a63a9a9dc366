"""A caption of three lines: what it is, what came out, what to take along; each a sentence of the post."""

from __future__ import annotations

import re
from dataclasses import replace

from konspekt.conversion.by_rule.cutting import cut_text
from konspekt.conversion.by_rule.labels import elsewhere
from konspekt.conversion.by_rule.sentences import Sentence, asks_readers, is_title, points_back, sentences_of, strongest
from konspekt.conversion.document import (
    Block,
    Blocks,
    ListBlock,
    Paragraph,
    Run,
    Runs,
    all_runs,
    block_text,
    merge_runs,
    post_text,
    runs_text,
    slice_runs,
)
from konspekt.conversion.manner.links import named_links
from konspekt.conversion.manner.opening import bare
from konspekt.conversion.manner.story import is_lesson
from konspekt.conversion.manner.tags import is_tag_line

_OPENING, _SHORT = 300, 60  # characters of an opening; a sentence that is too short to be one
_SHORTEST = 40  # of the first sentence of a text that has no capital letters
_SLIGHT = 80  # characters: an opening as short as this goes on with the next paragraph
_WHOLE = 450  # characters: a post as short as this is its own caption
_FULL_STOP = re.compile(r"(?<=\w{3}[.!?…])\s+")
_LINKS = 5
_TAGS = 5


def captioned(blocks: Blocks, title: str = "") -> tuple[Blocks, int]:
    """The caption and how many sentences of the post it is made of; 0 where it is the whole post."""
    if len(post_text(blocks)) <= _WHOLE:
        return blocks, 0
    head = post_text(blocks[:1]).strip() if blocks and is_title(blocks[0]) else title
    sentences = sentences_of(blocks)
    told_there = set(elsewhere(blocks))
    sentences = [sentence for sentence in sentences if sentence.text not in told_there] or sentences
    alone = [sentence for sentence in sentences if not points_back(sentence.text)]
    body = blocks[1:] if head and blocks and post_text(blocks[:1]).strip() == head else blocks
    items = _items(body)
    lines = _lines(alone, [] if items else _opening(body), head)
    if not lines and not items:
        return blocks, 0
    caption: list[Block] = [Paragraph((Run(head),))] if head else []
    caption += [replace(items, tight=False)] if items else []
    caption += [Paragraph(_unlinked(bare(one.runs))) for one in lines if not items or one.text not in block_text(items)]
    return (*caption, *_foot(blocks)), len(caption) - bool(head)


def _items(body: Blocks) -> ListBlock | None:
    """The first items of a list that the post begins with: they are its news, the text below explains them."""
    first = next((block for block in body if isinstance(block, ListBlock | Paragraph) and not is_tag_line(block)), None)
    if not isinstance(first, ListBlock):
        return None
    kept = list(first.items)
    while len(kept) > 1 and sum(len(runs_text(item.runs)) for item in kept) > _OPENING:
        kept.pop()
    return replace(first, items=tuple(replace(item, runs=_unlinked(item.runs)) for item in kept))


def _opening(body: Blocks) -> list[Sentence]:
    """The first sentences of the text, in a row: what is said later hangs on them, they hang on nothing. One slight
    line («Было бы интересно сделать пост») is not enough of them: the paragraph after it goes on."""
    found: list[Sentence] = []
    length = 0
    for block in body:
        if found and length > _SLIGHT:
            break
        if not isinstance(block, Paragraph):
            if found:
                break  # a list or code belongs to the carousel
            continue
        if is_tag_line(block):
            continue
        for line, _ in cut_text(block.runs, 0):
            for sentence, _ in cut_text(line, 1):
                slight = found and length <= _SLIGHT and len(runs_text(sentence)) > _OPENING
                runs = _first_of(sentence) if slight else sentence
                text = runs_text(runs)
                if text.endswith(":") or not re.search(r"\w", text) or (found and length + len(text) > _OPENING):
                    return found
                found.append(Sentence(runs, length))
                length += len(text) + 1
    return found


def _first_of(runs: Runs) -> Runs:
    """The first sentence of a text whose author begins none with a capital letter."""
    text = runs_text(runs)
    end = next((match.start() for match in _FULL_STOP.finditer(text) if match.start() >= _SHORTEST), len(text))
    return slice_runs(runs, 0, end)


def _lines(alone: list[Sentence], opening: list[Sentence], head: str) -> list[Sentence]:
    """The opening, the result, the lesson or the question to the readers, in the order of the post, a question last. A
    sentence from further down that has no result is left out: without what it follows from it may say the opposite."""
    best = strongest(alone, head)
    result = [alone[best]] if best is not None else []
    last = [sentence for sentence in alone if asks_readers(sentence.text) or is_lesson(sentence.text)][-1:]
    said = _joined(opening if not result else opening[: 1 if len(opening) < 2 or len(opening[0].text) >= _SHORT else 2])
    lines = [*said, *(one for one in (*result, *last) if all(one.text not in other.text for other in said))]
    unique = {sentence.text: sentence for sentence in lines}
    return sorted(unique.values(), key=lambda sentence: (asks_readers(sentence.text), sentence.place))[:3]


def _joined(sentences: list[Sentence]) -> list[Sentence]:
    """The sentences as one paragraph of a caption; one without an end stays a line of its own."""
    runs: list[Run] = []
    for place, sentence in enumerate(sentences):
        ended = not place or re.search(r"[.!?…][»”\")]*$", sentences[place - 1].text)
        runs += [*([Run(" " if ended else "\n")] if place else []), *sentence.runs]
    return [Sentence(merge_runs(runs), 0)] if runs else []


def _unlinked(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    return tuple(Run(run.text, run.marks, None, run.kind) if run.url and run.text != run.url else run for run in runs)


def _foot(blocks: Blocks) -> Blocks:
    """The post's links, each with its name, and its tags: what a caption has below its lines."""
    links = [(name, url) for name, url in named_links(blocks) if url][:_LINKS]
    tags = list(dict.fromkeys(run.text for run in all_runs(blocks) if run.kind == "hashtag"))[:_TAGS]
    foot: list[Block] = []
    for place, (name, url) in enumerate(links):
        label = (Run(f"{name}: "),) if name[:1].isupper() else ()  # «в курсе» is no name of a link
        foot.append(Paragraph((*label, Run(url, url=url)), tight=place > 0))
    if tags:
        runs = [piece for tag in tags for piece in (Run(" "), Run(tag, kind="hashtag"))][1:]
        foot.append(Paragraph(tuple(runs)))
    return tuple(foot)
