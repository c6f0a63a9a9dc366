"""What stands on each picture: the title, a thought or two of text, a block of code; in the post's order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from konspekt.conversion.by_rule.convert import first_line
from konspekt.conversion.by_rule.labels import without_dead_labels
from konspekt.conversion.by_rule.splitting import split
from konspekt.conversion.document import Block, Blocks, Code, MediaBlock, Post, block_runs
from konspekt.conversion.draft import Card, Draft
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network
from konspekt.conversion.writing.plain import PlainStyle, quotes_of, write_plain

_TEXT = 420  # characters of text that are read easily on a phone
_LINES = 22  # of code
_WIDTH = 56  # characters of a line of code, above which it is wrapped


def cards_of(post: Post, most: int) -> tuple[Card, ...]:
    """At most `most` cards, the first of the post."""
    title, rest = first_line(post.blocks)
    title = post.title or title
    blocks, _ = without_dead_labels(rest)
    cards = [Card("title", title)] if title else []
    cards += [card for group in _groups(blocks) for card in _cards(group, post.lang)]
    return tuple(card for card in cards if re.search(r"\w", card.text))[:most]


def with_cards(draft: Draft, post: Post, network: Network, speak: str) -> Draft:
    """The draft with the pictures that its network wants in place of long text; the post's own pictures come first.

    `post` is in the draft's language, `speak` the language of its warnings.
    """
    room = (network.media_limit or 10) - len(draft.media)
    if not network.slides or room <= 0:
        return draft
    cards = cards_of(post, room)
    unneeded = say(speak, "media_required", network=network.title) if cards else ""
    warnings = tuple(warning for warning in draft.warnings if warning != unneeded)
    return replace(draft, cards=cards, warnings=warnings)


def _groups(blocks: Blocks) -> Iterator[Blocks]:
    """Runs of text, and each block of code by itself."""
    run: list[Block] = []
    for block in blocks:
        if isinstance(block, MediaBlock) or _is_tags(block):
            continue
        if isinstance(block, Code):
            if run:
                yield tuple(run)
                run = []
            yield (block,)
        else:
            run.append(block)
    if run:
        yield tuple(run)


def _is_tags(block: Block) -> bool:
    """Hashtags work in the caption; on a picture they are noise."""
    runs = [run for part in block_runs(block) for run in part]
    return any(run.kind == "hashtag" for run in runs) and all(
        run.kind == "hashtag" or not re.search(r"\w", run.text) for run in runs
    )


def _cards(blocks: Blocks, lang: str) -> Iterator[Card]:
    if isinstance(blocks[0], Code):
        lines = [piece for line in blocks[0].text.split("\n") for piece in _wrapped(line)]
        for start in range(0, len(lines), _LINES):
            yield Card("code", "\n".join(lines[start : start + _LINES]), blocks[0].language)
        return
    for part in split(blocks, _TEXT, lambda some: len(_text(some, lang)), lambda some: len(_text(some, lang)) <= _TEXT):
        text = _text(part, lang).strip()
        if text:
            yield Card("text", text)


def _wrapped(line: str) -> list[str]:
    """A long line of code in pieces, the later ones under its indent."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    pieces = [line[:_WIDTH]]
    rest = line[_WIDTH:]
    while rest:
        room = max(_WIDTH - len(indent), 20)
        pieces.append(indent + rest[:room])
        rest = rest[room:]
    return pieces


def _text(blocks: Blocks, lang: str) -> str:
    """Words alone: an address cannot be pressed on a picture."""
    return write_plain(blocks, PlainStyle(links="span", quotes=quotes_of(lang))).text
