"""Markdown as it is indexed: comments and pictures' addresses go, code stays to the letter. Structure by CommonMark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from konspekt.indexer.markdown_parser import prepared
from konspekt.indexer.sources.course.text_files import shorten, tidy

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_CODE = r"(?P<code>(?P<ticks>(?<!`)`+(?!`)).+?(?<!`)(?P=ticks)(?!`))"
_COMMENT = r"(?P<comment><!--.*?-->)"
_IMAGE = r"!\[(?P<alt>[^\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)"
_WITH_COMMENTS = re.compile(f"{_CODE}|{_COMMENT}|{_IMAGE}", re.DOTALL)
_WITHOUT = re.compile(f"{_CODE}|{_IMAGE}", re.DOTALL)
_HTML_COMMENT = re.compile(_COMMENT, re.DOTALL)
_MARKUP = re.compile(r"[*_`]+|\[([^\]]*)\]\([^)]*\)")


def clean_markdown(text: str, *, comments: bool = True) -> str:
    """Pictures become their captions, and closed comments go; code, fenced, indented or inline, stays as it is.

    `comments=False` for Markdown that a converter has made: a `<!--` in it is real text.
    """
    lines: list[str | None] = list(text.split("\n"))
    done = 0
    for token in _tokens(text):
        if token.map is None or token.type not in ("inline", "html_block") or token.map[0] < done:
            continue
        start, done = token.map
        body = "\n".join(line for line in lines[start:done] if line is not None)
        if token.type == "inline":
            body = (_WITH_COMMENTS if comments else _WITHOUT).sub(_kept, body)
        elif comments:
            body = _HTML_COMMENT.sub("", body)
        lines[start:done] = [body, *([None] * (done - start - 1))]
    return tidy("\n".join(line for line in lines if line is not None))


def first_heading(text: str) -> str:
    """The words of the first heading of level 1 or 2, `# …` or underlined; empty if there is none."""
    tokens = list(_tokens(text))
    for number, token in enumerate(tokens[:-1]):
        if token.type == "heading_open" and token.tag in ("h1", "h2"):
            words = shorten(_MARKUP.sub(r"\1", tokens[number + 1].content))
            if words:
                return words
    return ""


def fenced(text: str, language: str = "") -> str:
    """A code block around any text: the fence is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _kept(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return match["code"]
    return match["alt"] or ""


def _tokens(text: str) -> Iterator[Token]:
    return iter(_parser().parse(text))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # the words inside blocks are cleaned by patterns: only the blocks are wanted of the parser
    return prepared(MarkdownIt("commonmark").disable(["inline", "text_join", "reference"]))
