"""An answer as Telegram shows it: its marks are links, sources stand folded below with their dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from konspekt.answering.answer import Answer, Citation, Part
from konspekt.answering.parts import parts_of_text
from konspekt.answering.texts import is_no_failure
from konspekt.bot.locales import Locale
from konspekt.bot.parts.talk import Found
from konspekt.bot.text.answer_runs import part_runs, struck_runs
from konspekt.bot.text.authored import authored_runs
from konspekt.bot.text.rich_text import (
    Run,
    Style,
    is_web_url,
    plain,
    to_html,
)
from konspekt.bot.text.splitting import MESSAGE_LIMIT, html_parts, split
from konspekt.indexer.passages import is_markdown

TITLE_CHARS, SNIPPET_CHARS = 100, 350
_ALL = 0.9  # of a quote: what is left is a title or a line of hashtags


def answer_parts(answer: Answer, locale: Locale) -> list[str]:
    """The messages of an answer, in Telegram HTML, each within the limit."""
    return html_parts(answer_runs(answer, locale))


def answer_runs(answer: Answer, locale: Locale) -> list[Run]:
    addresses = {citation.n: citation.url for citation in answer.citations if is_web_url(citation.url)}
    known = {url for url in addresses.values() if url} | {p.url for p in answer.passages if p.url}
    parts = parts_of(answer)
    runs = part_runs(parts, addresses, lambda url: url in known and is_web_url(url))
    if answer.notice and not is_no_failure(answer.notice):
        runs += [Run("\n\n"), Run(answer.notice, (Style("i"),))]
    quoted = answer.extractive or answer.model is not None
    if answer.citations and (quoted or not listed(parts, answer.citations)):
        runs += [Run("\n\n"), Run(locale("sources"), (Style("b"),)), Run("\n")]
        runs += _sources(answer.citations, quoted=quoted)
    return runs


def parts_of(answer: Answer) -> Sequence[Part]:
    by_model = not (answer.extractive or answer.refused)
    return answer.parts or parts_of_text(answer.text, len(answer.citations), by_model=by_model)


def listed(parts: Sequence[Part], citations: Sequence[Citation]) -> bool:
    """Whether the answer is a list of these posts by name: a second one below says nothing."""
    named = {mark for part in parts for mark in part.marks if part.before.endswith("• ")}
    return named == {citation.n for citation in citations}


def _sources(citations: Sequence[Citation], *, quoted: bool) -> Iterator[Run]:
    """`quoted`: with what each says, the stretches that answer in bold."""
    quote = (Style("blockquote", "expandable"),)
    for place, citation in enumerate(citations):
        yield Run(("\n" if place else "") + f"[{citation.n}] ", quote)
        yield from _titled(citation.title, citation.url, citation.published_at, quote)
        if quoted and not says_it_again(citation):
            yield Run("\n", quote)
            yield from _quote(citation, quote)


def says_it_again(citation: Citation) -> bool:
    """Whether all that the quote holds stands in the answer above."""
    said = sum(end - start for start, end in citation.answering)
    return said >= _ALL * len(citation.quote)


def _quote(citation: Citation, styles: tuple[Style, ...]) -> Iterator[Run]:
    text, position = citation.quote, 0
    if is_markdown(citation.document_id):
        for run in authored_runs(text, is_web_url, citation.answering):
            yield Run(run.text, (*styles, *(style for style in run.styles if style.tag != "blockquote")))
        return
    for start, end in citation.answering:
        yield from struck_runs(text[position:start], styles)
        yield from struck_runs(text[start:end], (*styles, Style("b")))
        position = end
    yield from struck_runs(text[position:], styles)


def _titled(title: str, url: str | None, date: datetime | None, styles: tuple[Style, ...] = ()) -> Iterator[Run]:
    link = (Style("a", url),) if is_web_url(url) else ()
    yield Run(shortened(title, TITLE_CHARS) or (url or "…"), styles + link)
    if date is not None:
        yield Run(f" · {date:%d.%m.%Y}", styles)


def preview_html(shown: str | Sequence[Part]) -> str:
    """An answer that is still being written, as one message: its beginning, if it is too long already."""
    parts = (Part(shown),) if isinstance(shown, str) else shown
    messages = split(part_runs(parts, {}, lambda _: False), MESSAGE_LIMIT - 8)
    return to_html([*messages[0], Run(" …")]) if messages else "…"


def passages_html(found: Sequence[Found], heading: str) -> list[str]:
    """Passages for "show more": a linked title with its date, the beginning of the text below."""
    runs = [Run(heading, (Style("b"),))]
    for place, passage in enumerate(found):
        runs.append(Run("\n\n"))
        runs += _titled(passage.title, passage.url, passage.published_at)
        text = passage.text
        if is_markdown(passage.document_id):
            text = plain(authored_runs(text, lambda _: False))
        runs += [Run("\n"), Run(shortened(text, SNIPPET_CHARS), (Style("blockquote", key=place + 1),))]
    return html_parts(runs)


def shortened(text: str, limit: int) -> str:
    """One line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,.;:—-") + "…"
