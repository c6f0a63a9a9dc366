"""Struck-through text: what the author has taken back. It is part of the post and no longer true."""

from __future__ import annotations

import re
from collections.abc import Iterable

from konspekt.indexer.documents import Document, Entity

_FENCED = r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)"
_INLINE = r"(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
_STRUCK = r"(?<!~)~~(?![~\s])(?:(?!\n[ \t]*\n).)+?(?<![~\s])~~(?!~)"  # within one paragraph
# What is said of struck words by a sentence that goes on after them: «~~Понедельник~~ больше не действует»
_SPEAKS_OF_IT = re.compile(
    r"\s*[,—–:-]?\s*(?:это |оно |всё |все |is |are |was |were |has been |have been )?"
    r"(?:больше не|уже не|не действу\w+|не работа\w+|не будет|не состо\w+|отмен\w+|снят\w*|закрыт\w*|устарел\w*|"
    r"невер\w+|неправд\w*|неактуальн\w*|перенес\w+|перенос\w+|было ошибкой|оказал\w+|no longer|not (?:any ?more|valid)|"
    r"cancel\w+|called off|withdrawn|outdated|obsolete|wrong|moved|postponed|does not|do not|did not)\b",
    re.I,
)
_MARKDOWN = re.compile(f"(?P<code>{_FENCED}|{_INLINE})|{_STRUCK}", re.DOTALL | re.MULTILINE)


def struck_spans(document: Document) -> list[tuple[int, int]]:
    """(start, end) in Python characters of the text: entities of a post, `~~…~~` of a course file with its marks."""
    if document.kind == "post":
        return _of_entities(document.text, document.entities)
    return [match.span() for match in _MARKDOWN.finditer(document.text) if match["code"] is None]


def marked_text(document: Document, start: int = 0, end: int | None = None) -> str:
    """A slice of the text (by Python characters) in which what is struck stands between `~~` and `~~`."""
    return _rewritten(document, start, end, keep=True)


def current_text(document: Document, start: int = 0, end: int | None = None) -> str:
    """A slice of the text without what is struck, unless its sentence speaks of that: «~~Среда~~ больше не действует»
    would be a sentence without a subject."""
    return _rewritten(document, start, end, keep=False)


def _rewritten(document: Document, start: int, end: int | None, *, keep: bool) -> str:
    text = document.text
    end = len(text) if end is None else end
    parts, at = [], start
    for first, last in struck_spans(document):
        low, high = max(first, at), min(last, end)
        if low >= high:
            continue
        struck = text[low:high]
        parts.append(text[at:low])
        if keep or _is_spoken_of(text, struck, last, end):
            parts.append(struck if struck.startswith("~~") else f"~~{struck}~~")
        at = high
    return "".join([*parts, text[at:end]])


def _is_spoken_of(text: str, struck: str, last: int, end: int) -> bool:
    """A sentence that is struck whole is no subject of the next one."""
    return not struck.rstrip("~").rstrip().endswith((".", "!", "?", "…")) and bool(_SPEAKS_OF_IT.match(text, last, end))


def struck_parts(text: str) -> list[tuple[str, bool]]:
    """A shown text in pieces, each with whether it is struck: what stands between `~~` and `~~`, without these."""
    parts, at = [], 0
    for match in re.finditer(_STRUCK, text, re.DOTALL):
        parts += [(text[at : match.start()], False), (match.group()[2:-2], True)]
        at = match.end()
    return [(piece, is_struck) for piece, is_struck in [*parts, (text[at:], False)] if piece]


def _of_entities(text: str, entities: Iterable[Entity]) -> list[tuple[int, int]]:
    struck = sorted(
        (entity.offset, entity.offset + entity.length) for entity in entities if entity.type == "strikethrough"
    )
    if not struck:
        return []
    data = text.encode("utf-16-le", "surrogatepass")

    def characters(units: int) -> int:
        return len(data[: 2 * units].decode("utf-16-le", "surrogatepass"))

    return [(characters(start), characters(end)) for start, end in struck]
