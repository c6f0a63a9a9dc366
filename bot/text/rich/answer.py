"""An answer as a rich message (Bot API 10.1), for what ordinary messages cannot show: formulas, tables, long code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from konspekt.answering.answer import Answer, Citation, Part
from konspekt.answering.parts import split_stop
from konspekt.answering.texts import is_no_failure
from konspekt.bot.locales import Locale
from konspekt.bot.text.answer_runs import BULLET, MARK, PRIVATE, mark_of, signs_of, verbatim
from konspekt.bot.text.authored import marked_ends, placing
from konspekt.bot.text.formulas import in_unicode
from konspekt.bot.text.rendering import TITLE_CHARS, listed, parts_of, says_it_again, shortened
from konspekt.bot.text.rich.markdown import MOST_COLUMNS, Formula, Rich, escaped, rich_markdown
from konspekt.bot.text.rich_text import is_web_url, utf16_length
from konspekt.indexer.passages import is_markdown

MOST_CHARS, MOST_BLOCKS, MOST_LEVELS = 32_768, 500, 16
LONG_CODE = 1200  # characters: about what a phone shows at once
_TABLE = re.compile(r"^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)+(?:[ \t]*:?-{2,}:?[ \t]*)?$", re.MULTILINE)
_FENCED = re.compile(r"```.*?```", re.DOTALL)
_NO_LANGUAGE = re.compile(r"[^\w+#.-]")


def needs_rich(parts: Sequence[Part]) -> bool:
    """Whether an answer holds a table, long code, or a formula that is shown by itself or has no exact Unicode form."""
    for part in parts:
        if part.kind == "code":
            if len(part.text) > LONG_CODE:
                return True
            continue
        if part.kind != "text" and (
            _TABLE.search(part.text) or any(len(c) > LONG_CODE for c in _FENCED.findall(part.text))
        ):
            return True
        formulas: list[Formula] = []
        placing(PRIVATE.sub("", part.text), formulas, Formula, sure=part.kind == "authored")
        if any(formula.shown or in_unicode(formula.latex) is None for formula in formulas):
            return True
    return False


def rich_answer(answer: Answer, locale: Locale) -> str | None:
    """The HTML of a rich message; None for what does not fit into one."""
    addresses = {citation.n: citation.url for citation in answer.citations if is_web_url(citation.url)}
    known = {url for url in addresses.values() if url} | {p.url for p in answer.passages if p.url}
    parts = parts_of(answer)
    formulas: list[Formula] = []
    text, joined = _markdown(parts, formulas), not any(part.kind in {"markdown", "text"} for part in parts)
    may_link = lambda url: url in known and is_web_url(url)  # noqa: E731
    rich = rich_markdown(text, formulas, _Marks(addresses), may_link, joined_lines=joined)
    if answer.notice and not is_no_failure(answer.notice):
        rich.add(Rich(f"<p><i>{escaped(answer.notice)}</i></p>", 1, 1))
    quoted = answer.extractive or answer.model is not None
    if answer.citations and (quoted or not listed(parts, answer.citations)):
        rich.add(Rich(f"<p><b>{escaped(locale('sources'))}</b></p>", 1, 1))
        for citation in answer.citations:
            rich.add(_source(citation, locale, quoted=quoted))
    return rich.html if fits(rich) else None


def rich_preview(parts: Sequence[Part]) -> str | None:
    """An answer that is still being written; None where it cannot be shown so."""
    formulas: list[Formula] = []
    rich = rich_markdown(_markdown(parts, formulas), formulas, _Marks({}), lambda _: False, joined_lines=False)
    rich.add(Rich("<p>…</p>", 1, 1))
    return rich.html if fits(rich) else None


def fits(rich: Rich) -> bool:
    """Within what Telegram takes. Tags count here as well: a little stricter than Telegram."""
    return (
        bool(rich.html)
        and utf16_length(rich.html) <= MOST_CHARS
        and rich.blocks <= MOST_BLOCKS
        and rich.levels <= MOST_LEVELS
        and rich.columns <= MOST_COLUMNS
    )


class _Marks:
    """Text in which single private characters stand for the numbers of citations -> HTML with links."""

    def __init__(self, addresses: Mapping[int, str | None]) -> None:
        self._addresses = addresses

    def __call__(self, text: str) -> str:
        pieces, position = list[str](), 0
        for match in MARK.finditer(text):
            pieces.append(escaped(text[position : match.start()]))
            number = mark_of(match.group())
            url = self._addresses.get(number)
            pieces.append(f'<a href="{escape(url)}">[{number}]</a>' if url else f"[{number}]")
            position = match.end()
        return "".join([*pieces, escaped(text[position:])])


def _markdown(parts: Sequence[Part], formulas: list[Formula]) -> str:
    """One text for the parser, with private characters for formulas and for marks."""
    written: list[str] = []
    for part in parts:
        text, marks, before = PRIVATE.sub("", part.text), signs_of(part.marks), BULLET.sub(r"\1- ", part.before)
        if part.kind == "code":
            written.append(f"\n\n{_fenced(text, part.language)}\n\n{marks}\n\n")
            continue
        if part.kind == "authored" and before.strip(" ") == "\n":
            before = "\n\n"  # another place of the same text
        text = placing(text, formulas, Formula, sure=part.kind == "authored")
        body, stop = split_stop(text) if marks else (text, "")
        if part.kind == "text":
            body, stop = _as_it_is(body), verbatim(stop)
        gap = "\n\n" if body.rstrip().endswith("|") else " "  # a row of a table ends with its line
        written += [before, body, f"{gap}{marks}{stop}" if marks else ""]
    return "".join(written).strip("\n")


def _as_it_is(text: str) -> str:
    """A post's words as Markdown that shows them as they are, its blank lines between paragraphs."""
    return "\n\n".join(verbatim(paragraph) for paragraph in re.split(r"\n{2,}", text))


def _fenced(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{_NO_LANGUAGE.sub('', language)}\n{text}\n{fence}"


def _source(citation: Citation, locale: Locale, *, quoted: bool) -> Rich:
    """Folded: the number, the title and the date; within, the link and what the post says."""
    date = f" · {citation.published_at:%d.%m.%Y}" if citation.published_at is not None else ""
    title = escaped(f"[{citation.n}] {shortened(citation.title, TITLE_CHARS) or citation.url or '…'}{date}")
    link = f'<a href="{escape(citation.url or "")}">{title}</a>' if is_web_url(citation.url) else title
    if not quoted or says_it_again(citation):
        return Rich(f"<p>{link}</p>", 1, 1)
    inside = Rich()
    if is_web_url(citation.url):
        opened = escaped(locale("open_source"))
        inside.add(Rich(f'<p><a href="{escape(citation.url or "")}">{opened}</a></p>', 1, 1))
    inside.add(_quotation(citation), level=1)
    return Rich(f"<details><summary>{title}</summary>{inside.html}</details>", inside.blocks + 1, inside.levels + 1,
                inside.columns)  # fmt: skip


def _quotation(citation: Citation) -> Rich:
    """What the post says, the stretches that answer in bold."""
    formulas: list[Formula] = []
    authored = is_markdown(citation.document_id)
    text = placing(marked_ends(citation.quote, citation.answering), formulas, Formula, sure=authored)
    if not authored:
        text = _as_it_is(text)
    body = rich_markdown(text, formulas, escaped, is_web_url, joined_lines=authored)
    return Rich(f"<blockquote>{body.html}</blockquote>", body.blocks + 1, body.levels + 1, body.columns)
