"""Posts in a reply: each with its date, its title, one line and a link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.answer import Citation, Part
from konspekt.answering.words.sentences import split_sentences
from konspekt.assistant.overview.topics.membership import is_tags
from konspekt.indexer.passages import Passage
from konspekt.storage.index.catalogue import Card

LINE_CHARS = 180
FEW, LONG_LINE_CHARS = 3, 400  # of so few items each says more
ENOUGH = 120  # characters: a shorter paragraph says little of a topic
SHORT_LINE = 40  # a shorter one goes on with the next sentence
TITLE_CHARS = 100
MOST_STORED = 1000  # posts that are kept with an answer for "more"; the count is exact all the same

_BULLET = re.compile(r"^\s*(?:[•▪◾◽➤►▶❱]\ufe0f?\s*|(?:[—–*-]|\d+[.)])\s+)")
_MARKUP = re.compile(
    r"^\s*(?:#{1,6}\s|\||```|:?-{3,})|^\s*(?:def|import|from|return|class)\s|\$\$|[{}=;]{2}|^[\W\d_]*$"
)


@dataclass(frozen=True, slots=True)
class Item:
    """`line`: what the post says, word for word. `note`: what we say of it."""

    card: Card
    line: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of items as parts with marks, and what the marks and "more" stand on."""

    parts: tuple[Part, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]


def line_of(card: Card, said: str = "", limit: int = LINE_CHARS) -> str:
    """One line of a post: the sentence that was found, or how it begins behind the title, as it stands there."""
    if said and telling(said):
        return shortened(bare(said), limit)
    line = ""
    for sentence in split_sentences(card.opening):
        text = bare(sentence.text)
        if not telling(sentence.text) or text.rstrip(".!?… ") in card.title:
            continue
        line = f"{line} {text}".strip()
        if len(line) >= SHORT_LINE:
            break
    return shortened(line, limit)


def continued(text: str, title: str, said: str, limit: int) -> str:
    """A sentence of a text with those behind it, as far as they fit, to the end of its paragraph or list where that
    says enough: the only post of a topic may say more of it. Where no sentence was found, how the text begins."""
    if not said or said in title:
        told_of = (one.text for one in split_sentences(text) if telling(one.text))
        said = next((one for one in told_of if bare(one).rstrip(".!?… ") not in title), said)
    at = text.find(said) if said else -1
    if at < 0:
        return said
    told, end = said, at + len(said)
    for sentence in split_sentences(text[end:]):
        apart = "\n\n" in text[end : end + sentence.start]
        if (apart and len(told) >= ENOUGH) or not telling(sentence.text) or len(told) + len(sentence.text) >= limit:
            break
        told = f"{told} {bare(sentence.text)}"
    return told


def telling(text: str) -> bool:
    """Whether a line of a post says something: no heading, no row of a table, no code, no hashtags alone."""
    return not is_tags(text) and not _MARKUP.search(text)


def bare(text: str) -> str:
    """Without the mark of a list in front."""
    return _BULLET.sub("", text).strip()


def shown(items: Sequence[Item], page: int | None, first: int = 1, *, numbered: bool = False) -> Shown:
    """The first `page` items (None: all), their citations numbered from `first`; all of them as passages."""
    here = items[: page or len(items)]
    parts: list[Part] = []
    citations: list[Citation] = []
    for place, item in enumerate(here, first):
        bullet = f"\n{place}. " if numbered else "\n• "
        parts.append(Part(heading(item.card), (place,), before=bullet))
        if line := " ".join(
            " ".join(told.split()) for told in (item.line, f"({item.note})" if item.note else "") if told
        ):
            parts.append(Part(line, before="\n  "))
        citations.append(citation(place, item))
    return Shown(tuple(parts), tuple(citations), passages(items))


def heading(card: Card) -> str:
    title = shortened(card.title, TITLE_CHARS)
    return f"«{title}»" + (f", {card.published_at:%d.%m.%Y}" if card.published_at else "")


def citation(place: int, item: Item) -> Citation:
    card = item.card
    return Citation(place, card.id, card.title, card.url, card.published_at, item.line or card.title)


def passages(items: Sequence[Item]) -> tuple[Passage, ...]:
    return tuple(
        Passage(
            rank=rank,
            score=0.0,
            document_id=item.card.id,
            chunk_id=0,
            title=item.card.title,
            url=item.card.url,
            published_at=item.card.published_at,
            source=item.card.source_id,
            text=item.line or item.card.title,
            language=item.card.language,
            token_count=0,
        )
        for rank, item in enumerate(items[:MOST_STORED], 1)
    )


def shortened(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,.;:—-") + "…"
