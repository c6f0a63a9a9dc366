"""The model's Markdown as runs. Parsed by markdown-it; HTML in it is text, images are their caption."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from konspekt.bot.text.rich_text import Run, Style, Tag
from konspekt.indexer.markdown_parser import prepared

# A four-space indent is not code in a chat, and a reference definition would swallow a line.
_parser = prepared(
    MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable(["code", "reference", "html_block"])
)
_INLINE: dict[str, Tag] = {"strong": "b", "em": "i", "s": "s"}


def markdown_runs(text: str, may_link: Callable[[str], bool], *, joined_lines: bool = False) -> list[Run]:
    """Runs of a Markdown text. A link keeps its address only where `may_link` says so; its words stay anyway.

    `joined_lines`: a line break within a paragraph is a space, as Markdown has it; a model's breaks are kept.
    """
    writer = _Writer(may_link, " " if joined_lines else "\n")
    writer.blocks(_parser.parse(text))
    return writer.runs


@dataclass(slots=True)
class _Writer:
    may_link: Callable[[str], bool]
    soft_break: str = "\n"
    runs: list[Run] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)
    lists: list[bool] = field(default_factory=list)  # of each open list: is it numbered?
    gap: str = ""  # white space due before the next text
    keys: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def write(self, text: str, *extra: Style) -> None:
        if not text:
            return
        if self.gap and self.runs:
            outside = tuple(
                style for style in self.styles if style.tag == "blockquote" and self.runs[-1].styles[:1] == (style,)
            )
            self.runs.append(Run(self.gap, outside))
        self.gap = ""
        self.runs.append(Run(text, (*self.styles, *extra)))

    def break_block(self, tight: bool = False) -> None:
        wanted = "\n" if tight else "\n\n"
        self.gap = max(self.gap, wanted, key=len)

    def blocks(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            kind = token.type
            if kind == "inline":
                self.inline(token.children or ())
            elif kind == "heading_open":
                self.styles.append(Style("b"))
            elif kind == "heading_close":
                self._drop("b")
                self.break_block()
            elif kind == "paragraph_close":
                self.break_block(tight=token.hidden)
            elif kind == "fence":
                self.write(token.content.rstrip("\n"), Style("pre", _language(token.info), next(self.keys)))
                self.break_block()
            elif kind == "blockquote_open":
                if not any(style.tag == "blockquote" for style in self.styles):
                    self.styles.append(Style("blockquote", key=next(self.keys)))
            elif kind == "blockquote_close":
                if token.level == 0 or not self.lists:
                    self._drop("blockquote")
                self.break_block()
            elif kind in {"bullet_list_open", "ordered_list_open"}:
                self.lists.append(kind[0] == "o")
                if len(self.lists) > 1:
                    self.break_block(tight=True)
            elif kind in {"bullet_list_close", "ordered_list_close"}:
                self.lists.pop()
                self.break_block(tight=bool(self.lists))
            elif kind == "list_item_open":
                self._bullet(token.info)
            elif kind == "hr":
                self.write("⸻")
                self.break_block()

    def _bullet(self, written: str) -> None:
        """`written`: the number as it stands in the text: «5.» after «11.» stays 5."""
        indent = "   " * (len(self.lists) - 1)
        self.write(f"{indent}{written}. " if self.lists[-1] else f"{indent}• ")

    def inline(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            kind = token.type
            if kind == "text":
                self.write(token.content)
            elif kind == "softbreak":
                self.write(self.soft_break)
            elif kind == "hardbreak":
                self.write("\n")
            elif kind == "code_inline":
                self.write(token.content, Style("code"))
            elif kind == "image":
                self.write(token.content)
            elif kind == "link_open":
                url = str(token.attrs.get("href", ""))
                if self.may_link(url):
                    self.styles.append(Style("a", url, next(self.keys)))
            elif kind == "link_close":
                self._drop("a")
            elif kind.removesuffix("_open") in _INLINE:
                self.styles.append(Style(_INLINE[kind.removesuffix("_open")]))
            elif kind.removesuffix("_close") in _INLINE:
                self._drop(_INLINE[kind.removesuffix("_close")])
            else:
                self.write(token.content)

    def _drop(self, tag: Tag) -> None:
        for place in range(len(self.styles) - 1, -1, -1):
            if self.styles[place].tag == tag:
                del self.styles[place]
                return


def _language(info: str) -> str | None:
    word = next(iter(info.split(maxsplit=1)), "")
    return word if word and len(word) <= 32 and all(char.isalnum() or char in "+-#._" for char in word) else None
