"""Rich messages (Bot API 10.1) as a server reads them: known tags, closed in order, within Telegram's limits."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

from tests.fakes.bot_api.checks import ApiError
from tests.fakes.telegram_text import utf16_length

MOST_CHARS, MOST_BLOCKS, MOST_LEVELS, MOST_COLUMNS = 32_768, 500, 16, 20
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | {"p", "pre", "footer", "tg-math-block", "ul", "ol", "li", "table", "tr", "blockquote", "details"}
INLINE = frozenset({"b", "i", "s", "u", "code", "a", "tg-math", "summary", "th", "td"})
VOID = frozenset({"br", "hr"})
INSIDE = {"li": ("ul", "ol"), "tr": ("table",), "th": ("tr",), "td": ("tr",), "summary": ("details",)}


class RichReader(HTMLParser):
    """What a rich message shows, as text; raises ApiError for what Telegram does not take."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.open: list[str] = []
        self.blocks = self.levels = self.columns = 0
        self.tags: set[str] = set()
        self.formulas: list[str] = []
        self._cells = 0
        self.feed(html)
        self.close()
        if self.open:
            raise ApiError(400, f"Bad Request: can't parse rich message: <{self.open[-1]}> is not closed")
        if not self.text.strip():
            raise ApiError(400, "Bad Request: rich message is empty")
        sizes = (utf16_length(self.text), self.blocks, self.levels, self.columns)
        if any(
            size > most for size, most in zip(sizes, (MOST_CHARS, MOST_BLOCKS, MOST_LEVELS, MOST_COLUMNS), strict=True)
        ):
            raise ApiError(400, f"Bad Request: rich message is too big: {sizes}")

    @property
    def text(self) -> str:
        return "".join(self.shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            self.blocks += tag == "hr"
            self.shown.append("\n")
            return
        if tag not in BLOCKS | INLINE or (tag in INSIDE and self.open[-1:] and self.open[-1] not in INSIDE[tag]):
            raise ApiError(400, f"Bad Request: can't parse rich message: <{tag}> in {self.open}")
        if tag in {"p", "table"} and any(one in {"p", "td", "th", "pre"} for one in self.open):
            raise ApiError(400, f"Bad Request: can't parse rich message: <{tag}> in {self.open}")
        self.tags.add(tag)
        self.open.append(tag)
        if tag in BLOCKS:
            self.blocks += 1
            self.levels = max(self.levels, sum(one in BLOCKS for one in self.open))
            self.shown.append("\n")
        if tag == "tr":
            self._cells = 0
        if tag in {"td", "th"}:
            self._cells += 1
            self.columns = max(self.columns, self._cells)
            self.shown.append(" | ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ApiError(400, f"Bad Request: can't parse rich message: unexpected </{tag}>")

    def handle_data(self, data: str) -> None:
        self.shown.append(data)
        if self.open and self.open[-1] in {"tg-math", "tg-math-block"}:
            self.formulas.append(data)


def rich_of(params: dict[str, Any]) -> tuple[str, str]:
    """The text that is shown and the HTML of a call's `rich_message`."""
    given = params.get("rich_message")
    content = json.loads(given) if isinstance(given, str) else given
    if not isinstance(content, dict) or (content.get("html") is None) == (content.get("markdown") is None):
        raise ApiError(400, "Bad Request: rich message must be described by exactly one of its fields")
    html = content["html"] if content.get("html") is not None else ""
    return RichReader(html).text, html
