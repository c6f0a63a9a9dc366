"""An answer as Telegram shows it: `[n]` become links, sources stand folded below with their dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from konspekt.answering.answer import Answer, Citation
from konspekt.bot.locales import Locale
from konspekt.bot.parts import Found
from konspekt.bot.text.markdown import markdown_runs
from konspekt.bot.text.rich_text import (
    Run,
    Style,
    is_web_url,
    to_html,
)
from konspekt.bot.text.splitting import MESSAGE_LIMIT, html_parts, split

_MARK = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
TITLE_CHARS, SNIPPET_CHARS = 100, 350


def answer_parts(answer: Answer, locale: Locale) -> list[str]:
    """The messages of an answer, in Telegram HTML, each within the limit."""
    return html_parts(answer_runs(answer, locale))


def answer_runs(answer: Answer, locale: Locale) -> list[Run]:
    addresses = {citation.n: citation.url for citation in answer.citations if is_web_url(citation.url)}
    known = {url for url in addresses.values() if url} | {p.url for p in answer.passages if p.url}
    by_model = not (answer.extractive or answer.refused)  # quotations keep their asterisks
    body = markdown_runs(answer.text, lambda url: url in known and is_web_url(url)) if by_model else [Run(answer.text)]
    runs = list(_linked(body, addresses))
    if answer.notice:
        runs += [Run("\n\n"), Run(answer.notice, (Style("i"),))]
    if answer.citations:
        runs += [Run("\n\n"), Run(locale("sources"), (Style("b"),)), Run("\n")]
        runs += _sources(answer.citations, quoted=by_model and answer.model is not None)
    return runs


def _linked(runs: Sequence[Run], addresses: dict[int, str | None]) -> Iterator[Run]:
    """`[n]` as links to their posts, except inside code and links."""
    for run in runs:
        if any(style.tag in {"a", "code", "pre"} for style in run.styles):
            yield run
            continue
        position = 0
        for match in _MARK.finditer(run.text):
            yield Run(run.text[position : match.start()], run.styles)
            for number in re.findall(r"\d+", match[1]):
                url = addresses.get(int(number))
                mark = (Style("a", url, match.start() + 1),) if url else ()
                yield Run(f"[{number}]", run.styles + mark)
            position = match.end()
        yield Run(run.text[position:], run.styles)


def _sources(citations: Sequence[Citation], *, quoted: bool) -> Iterator[Run]:
    """`quoted`: with what each says, for an answer that does not quote it already."""
    quote = (Style("blockquote", "expandable"),)
    for place, citation in enumerate(citations):
        yield Run(("\n" if place else "") + f"[{citation.n}] ", quote)
        yield from _titled(citation.title, citation.url, citation.published_at, quote)
        if quoted:
            yield Run(f"\n{citation.quote}", quote)


def _titled(title: str, url: str | None, date: datetime | None, styles: tuple[Style, ...] = ()) -> Iterator[Run]:
    link = (Style("a", url),) if is_web_url(url) else ()
    yield Run(shortened(title, TITLE_CHARS) or (url or "…"), styles + link)
    if date is not None:
        yield Run(f" · {date:%d.%m.%Y}", styles)


def preview_html(text: str) -> str:
    """A text that is still being written, as one message: its beginning, if it is too long already."""
    parts = split(markdown_runs(text, lambda _: False), MESSAGE_LIMIT - 8)
    return to_html([*parts[0], Run(" …")]) if parts else "…"


def passages_html(found: Sequence[Found], heading: str) -> list[str]:
    """Passages for "show more": a linked title with its date, the beginning of the text below."""
    runs = [Run(heading, (Style("b"),))]
    for place, passage in enumerate(found):
        runs.append(Run("\n\n"))
        runs += _titled(passage.title, passage.url, passage.published_at)
        runs += [Run("\n"), Run(shortened(passage.text, SNIPPET_CHARS), (Style("blockquote", key=place + 1),))]
    return html_parts(runs)


def shortened(text: str, limit: int) -> str:
    """One line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,.;:—-") + "…"
