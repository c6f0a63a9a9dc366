"""Markdown as the HTML of a rich message (Bot API 10.1): headings, nested lists, tables, code, formulas in LaTeX.

Tags: https://core.telegram.org/bots/api#rich-message-formatting-options (2026-11). As in ordinary messages nothing
untrusted becomes a tag: the parser reads no HTML, and every text is escaped here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from konspekt.bot.text.authored import BEGINS, ENDS, FORMULA, PLACED
from konspekt.bot.text.rich_text import printable
from konspekt.indexer.markdown_parser import prepared

MOST_COLUMNS = 20
SOFTEST = 6  # the smallest size of a heading
_parser = prepared(
    MarkdownIt("commonmark", {"html": False})
    .enable(["strikethrough", "table"])
    .disable(["code", "reference", "html_block"])
)
_INLINE = {"strong": "b", "em": "i", "s": "s"}
_CONTAINERS = {"blockquote": "blockquote", "bullet_list": "ul", "list_item": "li", "table": "table", "tr": "tr"}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in LaTeX; `shown` on a line of its own."""

    latex: str
    shown: bool

    @property
    def source(self) -> str:
        return f"$${self.latex}$$" if self.shown else f"${self.latex}$"


@dataclass(slots=True)
class Rich:
    """HTML with what Telegram counts in it: blocks with nested ones, list items and rows; levels; columns."""

    html: str = ""
    blocks: int = 0
    levels: int = 0
    columns: int = 0

    def add(self, other: Rich, level: int = 0) -> None:
        self.html += other.html
        self.blocks += other.blocks
        self.levels = max(self.levels, level + other.levels)
        self.columns = max(self.columns, other.columns)


def rich_markdown(
    text: str,
    formulas: Sequence[Formula],
    inline: Callable[[str], str],
    may_link: Callable[[str], bool],
    *,
    joined_lines: bool,
) -> Rich:
    """`text` with private characters for `formulas` (see `authored`); `inline` makes HTML of text without Markdown,
    for what stands for something else in it. `joined_lines`: a line break within a paragraph is a space."""
    writer = _Writer(formulas, inline, may_link, " " if joined_lines else "<br/>")
    writer.write(_parser.parse(text))
    return writer.rich


def escaped(text: str) -> str:
    return escape(printable(text), quote=False)


@dataclass(slots=True)
class _Writer:
    formulas: Sequence[Formula]
    inline_html: Callable[[str], str]
    may_link: Callable[[str], bool]
    soft_break: str
    rich: Rich = field(default_factory=Rich)
    out: list[str] = field(default_factory=list)
    level: int = 0
    bold: bool = False  # within a stretch that answers
    strong: int = 0
    cells: int = 0
    links: list[bool] = field(default_factory=list)  # of each open link: is it shown as one?

    def write(self, tokens: Sequence[Token]) -> None:
        for place, token in enumerate(tokens):
            kind, _, side = token.type.rpartition("_")
            if token.type == "inline":
                self.paragraph(token, tokens[place - 1])
            elif token.type == "fence":
                self.block(self._code(token))
            elif token.type == "hr":
                self.block("<hr/>")
            elif kind == "heading":
                size = min(int(token.tag[1:]) + 2, SOFTEST)
                self.side(f"h{size}", side)
            elif kind == "ordered_list":
                start = token.attrs.get("start", 1)
                self.side("ol", side, "" if start in {1, "1"} else f' start="{start}"')
            elif kind in _CONTAINERS:
                self.cells = 0 if kind == "tr" and side == "open" else self.cells
                self.side(_CONTAINERS[kind], side, " bordered striped" if kind == "table" else "")
            elif kind in {"th", "td"}:
                self.cell(kind, side, token)
        self.rich.html = "".join(self.out)

    def block(self, html: str) -> None:
        self.rich.blocks += 1
        self.rich.levels = max(self.rich.levels, self.level + 1)
        self.out.append(html)

    def side(self, tag: str, side: str, attributes: str = "") -> None:
        if side == "open":
            self.block(f"<{tag}{attributes}>")
            self.level += 1
        else:
            self.level -= 1
            self.out.append(f"</{tag}>")

    def cell(self, kind: str, side: str, token: Token) -> None:
        if side == "close":
            self.out.append(f"</{kind}>")
            return
        self.cells += 1
        self.rich.columns = max(self.rich.columns, self.cells)
        align = str(token.attrs.get("style", "")).removeprefix("text-align:")
        self.out.append(f'<{kind} align="{align}">' if align in {"left", "center", "right"} else f"<{kind}>")

    def paragraph(self, token: Token, opening: Token) -> None:
        """Of its own, or the content of what was opened before: a heading, a cell, an item of a close list."""
        is_own = opening.type == "paragraph_open" and not opening.hidden
        children = list(token.children or ())
        shown = self._leading_formula(children) if is_own else None
        if shown is not None:
            self.block(f"<tg-math-block>{escaped(shown.latex)}</tg-math-block>")
            children[0].content = children[0].content.lstrip(BEGINS + ENDS)[1:].lstrip(ENDS)
            if not any(child.content.strip() for child in children):
                return
        if is_own:
            self.block("<p>")
        self.inline(children)
        if is_own:
            self.out.append("</p>")

    def _leading_formula(self, children: Sequence[Token]) -> Formula | None:
        """A formula that was meant for a line of its own, which opens this paragraph."""
        words = children[0].content.lstrip(BEGINS + ENDS) if children and children[0].type == "text" else ""
        number = ord(words[0]) - FORMULA if words and PLACED.match(words) else -1
        formula = self.formulas[number] if 0 <= number < len(self.formulas) else None
        return formula if formula is not None and formula.shown else None

    def inline(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            kind, _, side = token.type.rpartition("_")
            if token.type in {"text", "image"}:
                self.text(token.content)
            elif token.type == "softbreak":
                self.out.append(self.soft_break)
            elif token.type == "hardbreak":
                self.out.append("<br/>")
            elif token.type == "code_inline":
                self.out.append(f"<code>{escaped(self._sources(token.content))}</code>")
            elif kind == "link":
                self._link(token, side)
            elif kind in _INLINE:
                self.strong += (side == "open") - (side == "close") if kind == "strong" else 0
                self.out.append(f"<{'/' if side == 'close' else ''}{_INLINE[kind]}>")

    def _link(self, token: Token, side: str) -> None:
        if side == "open":
            url = str(token.attrs.get("href", ""))
            self.links.append(self.may_link(url))
            if self.links[-1]:
                self.out.append(f'<a href="{escape(url)}">')
        elif self.links.pop():
            self.out.append("</a>")

    def text(self, text: str) -> None:
        position = 0
        for match in PLACED.finditer(text):
            self._plain(text[position : match.start()])
            position, sign = match.end(), match.group()
            if sign in {BEGINS, ENDS}:
                self.bold = sign == BEGINS
                continue
            number = ord(sign) - FORMULA
            if number < len(self.formulas):
                self.out.append(f"<tg-math>{escaped(self.formulas[number].latex)}</tg-math>")
        self._plain(text[position:])

    def _plain(self, text: str) -> None:
        if text:
            html = self.inline_html(text)
            self.out.append(f"<b>{html}</b>" if self.bold and not self.strong and text.strip() else html)

    def _code(self, token: Token) -> str:
        body = escaped(self._sources(token.content.rstrip("\n")))
        language = token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
        return (
            f'<pre><code class="language-{escape(language)}">{body}</code></pre>' if language else f"<pre>{body}</pre>"
        )

    def _sources(self, text: str) -> str:
        """In code a formula is its source."""

        def source(sign: str) -> str:
            number = ord(sign) - FORMULA
            return self.formulas[number].source if 0 <= number < len(self.formulas) else ""

        return PLACED.sub(lambda match: source(match.group()), text)
