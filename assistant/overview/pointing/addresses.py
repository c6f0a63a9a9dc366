"""The addresses that a text holds: what each is called there, and what is said beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any
from urllib.parse import urlsplit

from konspekt.answering.words.sentences import split_sentences
from konspekt.indexer.searching.links import without_tail

LONGEST = 2000  # characters of an address
_BARE = re.compile(r"(?<![\w@/.-])(?:https?://|www\.|t\.me/)[^\s<>«»\"`]+", re.IGNORECASE)
_MARKDOWN = re.compile(
    r"(?<!!)\[(?P<label>[^\[\]\n]{1,200})\]\(\s*<?(?P<url>[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?"
)
_NAME = re.compile(r"(?<![\w@/.])@([A-Za-z]\w{4,31})\b")
_MARK = re.compile(r"^[\s#>*•▪❱➤►▶\d.)–—-]+|[\s*]+$")


@dataclass(frozen=True, slots=True)
class Address:
    """`label`: the words that carry the link; "" where it stands bare. `said`: the sentence that it stands in."""

    url: str
    label: str
    said: str

    @property
    def place(self) -> str:
        return place_of(self.url)


def place_of(url: str) -> str:
    """Of two spellings of one address the same."""
    return re.sub(r"^https?://(?:www\.)?", "", url, flags=re.IGNORECASE).rstrip("/").lower()


def addresses_of(text: str, entities: Iterable[Mapping[str, Any]] = (), *, markdown: bool = False) -> list[Address]:
    """In the order of the text, each address once. `entities` as Telegram counts them, in UTF-16 units; `markdown`:
    links are written as in Markdown. An @name of a post is the address of its chat, channel or bot."""
    found = [(at, end, url, text[at:end]) for at, end, url in _labelled(text, entities)]
    if markdown:
        found += [(m.start(), m.end(), m["url"], m["label"]) for m in _MARKDOWN.finditer(text)]
    taken = [(at, end) for at, end, _, _ in found]
    found += [(m.start(), m.end(), _whole(m.group()), "") for m in _BARE.finditer(text)]
    if not markdown:
        found += [(m.start(), m.end(), f"https://t.me/{m[1]}", m.group()) for m in _NAME.finditer(text)]
    told: dict[str, Address] = {}
    for at, end, url, label in sorted(found):
        inside = any(start <= at < stop and (at, end) != (start, stop) for start, stop in taken)
        if inside or not _is_address(url):
            continue
        address = Address(url, " ".join(label.split()), _sentence(text, at))
        told.setdefault(address.place, address)
    return list(told.values())


def _labelled(text: str, entities: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, int, str]]:
    """Words that carry a link: (from, to, address), in characters."""
    linked = [one for one in entities if one.get("type") == "text_link" and one.get("url")]
    if not linked:
        return
    units = {units: place for place, units in enumerate(accumulate((_units(char) for char in text), initial=0))}
    for one in linked:
        start, end = units.get(one["offset"]), units.get(one["offset"] + one["length"])
        if start is not None and end is not None:
            yield start, end, str(one["url"])


def _units(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def _whole(bare: str) -> str:
    link = without_tail(bare)
    return link if "://" in link else f"https://{link}"


def _is_address(url: str) -> bool:
    if len(url) > LONGEST or re.search(r"\s", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)


def _sentence(text: str, at: int) -> str:
    """The sentence, of the line, that holds this place."""
    start = text.rfind("\n", 0, at) + 1
    line = text[start : end if (end := text.find("\n", at)) >= 0 else len(text)]
    starts = _starts(line, [one.text for one in split_sentences(line)])
    for begins, ends in pairwise([*starts, len(line)]):
        if begins <= at - start < ends:
            return _MARK.sub("", line[begins:ends]).strip()
    return _MARK.sub("", line).strip()


def _starts(line: str, sentences: Sequence[str]) -> list[int]:
    starts, position = [], 0
    for sentence in sentences:
        place = line.find(sentence, position)
        if place >= 0:
            starts.append(place)
            position = place + len(sentence)
    return [0, *starts[1:]]
