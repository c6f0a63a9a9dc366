"""An answer as HTML: its sentences with numbers that lead to their sources, and the sources with what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Any

from markupsafe import Markup

from konspekt.answering.answer import Answer, Citation, Part
from konspekt.answering.parts import parts_of_text, split_stop
from konspekt.web.rendering.code import code_html
from konspekt.web.rendering.links import post_path, safe_url
from konspekt.web.rendering.markdown import PLACED, Formula, MarkdownPen, parser, with_formulas
from konspekt.web.rendering.marking import Pen

FIRST_MARK = 0xE000
BULLET = re.compile(r"^(\s*)[-*•–—]\s+$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered source below an answer. `path`: where the page shows it; `url`: where its author does."""

    n: int
    title: str
    path: str
    url: str | None
    published_at: datetime | None
    quote: Markup


def answer_html(answer: Answer, prefix: str) -> Markup:
    """`prefix` keeps the sources of two answers on one page apart."""
    by_model = not (answer.extractive or answer.refused)
    parts = answer.parts or parts_of_text(answer.text, len(answer.citations), by_model=by_model)
    return parts_html(parts, {citation.n: citation for citation in answer.citations}, prefix)


def stored_html(text: str, citations: Sequence[Mapping[str, Any]], prefix: str) -> Markup:
    """An answer that was given before, of which the plain text is kept."""
    known = {int(one["n"]): _citation(one) for one in citations}
    return parts_html(parts_of_text(text, len(known), by_model=False), known, prefix)


def parts_html(parts: Sequence[Part], citations: Mapping[int, Citation], prefix: str) -> Markup:
    pieces: list[str] = []
    for is_code, group in groupby(parts, key=lambda part: part.kind == "code"):
        listed = list(group)
        pieces.append(_code(listed, citations, prefix) if is_code else _prose(listed, citations, prefix))
    return Markup("".join(pieces))  # noqa: S704 - written with everything escaped


def _prose(parts: Sequence[Part], citations: Mapping[int, Citation], prefix: str) -> str:
    """One Markdown for the parser: what is no Markdown is escaped sign by sign, marks are single characters."""
    written: list[str] = []
    formulas: list[Formula] = []
    for part in parts:
        text = with_formulas(PLACED.sub("", part.text), formulas, plain=part.kind == "text")
        marks = "".join(chr(FIRST_MARK + mark) for mark in part.marks if 0 <= mark < 1000)
        body, stop = split_stop(text) if marks else (text, "")
        if body.endswith("\\"):  # the stop's own escape
            body, stop = body[:-1], f"\\{stop}"
        before = BULLET.sub(r"\1- ", part.before)
        written += [before, body, f"{marks}{stop}" if marks else ""]
    pen = MarkdownPen(Pen(), formulas, lambda sign: _mark(ord(sign) - FIRST_MARK, citations, prefix))
    return pen.written(parser.parse("".join(written).lstrip("\n")))


def _code(parts: Sequence[Part], citations: Mapping[int, Citation], prefix: str) -> str:
    return "".join(
        f'<pre tabindex="0"><code>{code_html(part.text, part.language)}</code></pre>'
        + "".join(_mark(mark, citations, prefix) for mark in part.marks)
        for part in parts
    )


def _mark(number: int, citations: Mapping[int, Citation], prefix: str) -> str:
    citation = citations.get(number)
    if citation is None:
        return ""
    path = escape(post_path(citation.document_id, _words(citation)))
    title = escape(citation.title[:120])
    return f'<a class="n" href="{path}" data-beside title="{title}" aria-describedby="{prefix}-{number}">{number}</a>'


def sources_of(citations: Sequence[Citation]) -> Iterator[Source]:
    for one in citations:
        yield Source(
            one.n,
            one.title or one.document_id,
            post_path(one.document_id, _words(one)),
            safe_url(one.url),
            one.published_at,
            _quote(one.quote, one.answering),
        )


def _words(citation: Citation) -> str:
    """What a source is opened at: of its quote what answers, where that is known."""
    return "\n".join(citation.quote[start:end] for start, end in citation.answering) or citation.quote


def stored_sources(citations: Sequence[Mapping[str, Any]]) -> Iterator[Source]:
    return sources_of([_citation(one) for one in citations])


def _citation(fields: Mapping[str, Any]) -> Citation:
    date = fields.get("published_at")
    moment = datetime.fromisoformat(date) if date else None
    return Citation(
        int(fields["n"]), str(fields["document_id"]), str(fields["title"]), fields.get("url"), moment, fields["quote"]
    )


def _quote(quote: str, answering: Sequence[tuple[int, int]]) -> Markup:
    """The stretches that answer stand out."""
    written, position = [], 0
    for start, end in answering:
        written += [escape(quote[position:start]), f"<b>{escape(quote[start:end])}</b>"]
        position = end
    return Markup("".join([*written, escape(quote[position:])]))  # noqa: S704 - escaped
