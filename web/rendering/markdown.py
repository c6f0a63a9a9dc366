"""Markdown (course files, a model's words) as HTML. HTML in it is text, pictures are their caption."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from konspekt.indexer.markdown_parser import prepared
from konspekt.indexer.searching.links import without_tail
from konspekt.indexer.struck import struck_parts
from konspekt.web.rendering.code import code_html
from konspekt.web.rendering.formulas import MATH, formula_html, latex_of, says_mathematics
from konspekt.web.rendering.links import link_open, safe_url
from konspekt.web.rendering.marking import Pen, spans_of

# Private characters stand for formulas and for the marks of an answer while Markdown is read.
FIRST_FORMULA, FORMULAS = 0xF000, 0x700
PLACED = re.compile("[\ue000-\uf7ff]")
Formula = tuple[str, bool]  # LaTeX, and whether it stands apart
ESCAPED = str.maketrans({char: f"\\{char}" for char in string.punctuation})
_ADDRESS = re.compile(r"(?<![\w/])https?://[^\s<>\"«»\ue000-\uf8ff]+", re.IGNORECASE)
LONGEST = 400_000  # characters; a lecture has a tenth
parser = prepared(MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]))
parser.validateLink = lambda url: True  # type: ignore[method-assign]  # an unsafe one loses its address in `link_open`


def markdown_html(text: str, words: str = "") -> str:
    """`words`: what of it is marked."""
    formulas: list[Formula] = []
    marked = with_formulas(PLACED.sub("", text[:LONGEST]), formulas)
    tokens = parser.parse(marked)
    pen = Pen()
    html = MarkdownPen(pen, formulas).written(tokens)
    if words and (spans := spans_of("".join(pen.said), words)):
        return MarkdownPen(Pen(spans), formulas).written(tokens)
    return html


def with_formulas(text: str, formulas: list[Formula], *, plain: bool = False) -> str:
    """The text with a private character for each formula, which are added to the list.

    `plain`: it is no Markdown. Its dollars may be prices, and its signs are escaped for the parser.
    """

    def placed(match: re.Match[str]) -> str:
        found = latex_of(match)
        if found is None or len(formulas) >= FORMULAS or (plain and not says_mathematics(found[0])):
            return match.group()
        formulas.append(found)
        sign = chr(FIRST_FORMULA + len(formulas) - 1)
        return f"\n\n{sign}\n\n" if found[1] else sign

    marked = MATH.sub(placed, text)
    return _verbatim(marked) if plain else marked


def _verbatim(text: str) -> str:
    """Text that the parser shows as it is, but for what a post's author has struck out, and with its addresses as
    links."""
    pieces = ((_escaped(piece), is_struck) for piece, is_struck in struck_parts(text))
    return "".join(f"~~{piece}~~" if is_struck else piece for piece, is_struck in pieces)


def _escaped(text: str) -> str:
    written, position = [], 0
    for match in _ADDRESS.finditer(text):
        address = without_tail(match.group())
        written += [text[position : match.start()].translate(ESCAPED).replace("\n", "\\\n"), f"<{address}>"]
        position = match.start() + len(address)
    return "".join([*written, text[position:].translate(ESCAPED).replace("\n", "\\\n")])


class MarkdownPen(RendererHTML):
    """`sign`: what a private character that is no formula becomes, the mark of a citation for example."""

    def __init__(self, pen: Pen, formulas: Sequence[Formula], sign: Callable[[str], str] | None = None) -> None:
        super().__init__()
        self._pen, self._formulas, self._sign = pen, formulas, sign

    def written(self, tokens: Sequence[Token]) -> str:
        return str(self.render(tokens, parser.options, {}))

    def text(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._text(tokens[idx].content)

    def _text(self, content: str) -> str:
        written, position = [], 0
        for match in PLACED.finditer(content):
            written += [self._pen.text(content[position : match.start()]), self._placed(match.group())]
            position = match.end()
        return "".join([*written, self._pen.text(content[position:])])

    def _placed(self, sign: str) -> str:
        number = ord(sign) - FIRST_FORMULA
        if 0 <= number < len(self._formulas):
            latex, display = self._formulas[number]
            return self._pen.whole(latex, formula_html(latex, display=display))
        return self._sign(sign) if self._sign is not None else ""

    def _code(self, content: str, language: str) -> str:
        def original(match: re.Match[str]) -> str:  # a dollar in code is a dollar
            number = ord(match.group()) - FIRST_FORMULA
            return f"${self._formulas[number][0]}$" if 0 <= number < len(self._formulas) else ""

        content = PLACED.sub(original, content)
        return self._pen.whole(content, f'<pre tabindex="0"><code>{code_html(content, language)}</code></pre>')

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"<code>{self._text(tokens[idx].content)}</code>"

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._code(tokens[idx].content, "")

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        info = tokens[idx].info.strip().split()
        return self._code(tokens[idx].content, info[0] if info else "")

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._text(tokens[idx].content)

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        url = safe_url(str(tokens[idx].attrGet("href") or ""))
        return link_open(url) if url else "<a>"

    def softbreak(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._pen.text("\n")

    def hardbreak(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        self._pen.gap()
        return "<br>"

    def paragraph_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        self._pen.gap()
        return str(self.renderToken(tokens, idx, options, env))

    def heading_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Below the page's own headings."""
        return f"<h{_level(tokens[idx])}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        self._pen.gap()
        return f"</h{_level(tokens[idx])}>"


def _level(token: Token) -> int:
    return min(6, int(token.tag[1]) + 1)
