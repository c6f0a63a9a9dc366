"""What stands on each picture: the title, a thought or two of text, a block of code; in the post's order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from konspekt.conversion.by_rule.convert import first_line
from konspekt.conversion.by_rule.labels import is_dead_label, without_dead_labels, without_dead_pointers
from konspekt.conversion.by_rule.sentences import strength
from konspekt.conversion.by_rule.splitting import split
from konspekt.conversion.by_rule.thoughts import split_thoughts
from konspekt.conversion.document import Block, Blocks, Code, MediaBlock, Post, block_runs, block_text
from konspekt.conversion.draft import Card, Draft
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network
from konspekt.conversion.writing.bullets import bulleted
from konspekt.conversion.writing.plain import PlainStyle, quotes_of, write_plain
from konspekt.conversion.writing.tex import without_tex

_TEXT = 420  # characters of text that are read easily on a phone
_LINES = 22  # of code
_WIDTH = 56  # characters of a line of code, above which it is wrapped


def cards_of(post: Post) -> tuple[Card, ...]:
    """All of a post on cards: its title, its thoughts, its code."""
    title, rest = first_line(post.blocks)
    title = post.title or title
    blocks, _ = without_dead_labels(without_dead_pointers(rest, keep_links=False))
    cards = [Card("title", title)] if title else []
    cards += [card for group in _groups(blocks) for card in _cards(group, post.lang)]
    cards = [card for card in cards if re.search(r"\w", card.text)]
    said_again = len(cards) == 2 and cards[1].text.startswith(title)  # the title of a short post is its beginning
    return tuple(cards[1:] if said_again else cards)


def with_cards(draft: Draft, post: Post, network: Network, speak: str) -> Draft:
    """The draft with the pictures that its network wants in place of long text; the post's own pictures come first.

    `post` is in the draft's language, `speak` the language of its warnings.
    """
    room = (network.media_limit or 10) - len(draft.media)
    if not network.slides or room <= 0:
        return draft
    cards = cards_of(post)
    unneeded = say(speak, "media_required", network=network.title) if cards else ""
    warnings = tuple(warning for warning in draft.warnings if warning != unneeded)
    left = len(cards) - room
    if left > 0:
        warnings += (say(speak, "slides_left", network=network.title, limit=room, left=left),)
    return replace(draft, cards=most_telling(cards, room), warnings=warnings)


def most_telling(cards: tuple[Card, ...], most: int) -> tuple[Card, ...]:
    """At most that many, in their order: the title, the results, the code, the first and the last thought before
    others."""

    def rank(place: int) -> tuple[bool, float, int]:
        card = cards[place]
        ends = card.kind == "title" or place in (0, 1, len(cards) - 1)
        result = max((strength(sentence) for sentence in re.split(r"(?<=[.!?])\s|\n", card.text)), default=0.0)
        return (not ends, -result - (card.kind == "code"), place)

    kept = sorted(sorted(range(len(cards)), key=rank)[:most])
    return tuple(cards[place] for place in kept)


def _groups(blocks: Blocks) -> Iterator[Blocks]:
    """Runs of text, and each block of code by itself."""
    run: list[Block] = []
    for block in blocks:
        if isinstance(block, MediaBlock) or _is_tags(block) or is_dead_label(block_text(block)):
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

    def size(some: Blocks) -> int:
        return len(_text(some, lang))

    def fits(some: Blocks) -> bool:
        return size(some) <= _TEXT

    for part in split_thoughts(blocks, _TEXT, size, fits) or split(blocks, _TEXT, size, fits):
        text = _text(part, lang).strip()
        if text:
            yield Card("text", text)


def _wrapped(line: str) -> list[str]:
    """A long line of code in pieces, the later ones under its indent."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    cut = _cut(line, _WIDTH)
    pieces = [line[:cut].rstrip()]
    rest = line[cut:].lstrip()
    while rest:
        room = max(_WIDTH - len(indent), 20)
        cut = _cut(rest, room)
        pieces.append(indent + rest[:cut])
        rest = rest[cut:].lstrip()
    return pieces


def _cut(line: str, room: int) -> int:
    """Where a line of code breaks: behind a comma or an opening bracket, before a word, or where the room ends."""
    if len(line) <= room:
        return len(line)
    found = list(re.finditer(r", ?|(?<=\S) |[(\[{](?![)\]}])", line[: room + 1]))
    places = [match.end() for match in found if room // 3 < match.end() <= room]
    return places[-1] if places else room


def _text(blocks: Blocks, lang: str) -> str:
    """Words alone: an address cannot be pressed on a picture."""
    blocks = without_tex(tuple(bulleted(block) for block in blocks))
    return write_plain(blocks, PlainStyle(links="span", quotes=quotes_of(lang))).text
