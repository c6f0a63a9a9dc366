"""A caption of three lines: what it is, what came out, what to take along; each a sentence of the post."""

from __future__ import annotations

from konspekt.conversion.by_rule.labels import elsewhere
from konspekt.conversion.by_rule.sentences import Sentence, is_title, points_back, sentences_of, strongest
from konspekt.conversion.document import Block, Blocks, Paragraph, Run, all_runs, post_text
from konspekt.conversion.manner.links import named_links
from konspekt.conversion.manner.opening import bare
from konspekt.conversion.manner.story import asks_readers, is_lesson

_WHOLE = 450  # characters: a post as short as this is its own caption
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
    lines = _lines(alone, head)
    if len(lines) < 2:  # hardly a sentence stands alone: the beginning, as it is
        lines = sentences[:3]
    if not lines:
        return blocks, 0
    caption: list[Block] = [Paragraph((Run(head),))] if head else []
    caption += [Paragraph(_unlinked(bare(sentence.runs))) for sentence in lines]
    return (*caption, *_foot(blocks)), len(lines)


def _lines(alone: list[Sentence], head: str) -> list[Sentence]:
    """Two sentences under a title, three without: the result, the lesson or question, else the first and the last; in
    the order of the post, a question last."""
    room = 2 if head else 3
    if not alone:
        return []
    best = strongest(alone, head)
    last = [sentence for sentence in alone if asks_readers(sentence.text) or is_lesson(sentence.text)][-1:]
    plain = [sentence for sentence in alone if "?" not in sentence.text]
    wanted = [*([alone[best]] if best is not None else []), *last, *plain[:1], *plain[-1:], *plain]
    chosen: dict[str, Sentence] = {}
    for sentence in wanted:
        chosen.setdefault(sentence.text, sentence)
    return sorted(list(chosen.values())[:room], key=lambda sentence: (asks_readers(sentence.text), sentence.place))


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
