"""Markdown into blocks, by markdown-it (CommonMark with strikethrough and tables)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from konspekt.conversion.canonical import canonical_runs
from konspekt.conversion.document import (
    Block,
    Code,
    Heading,
    ListItem,
    Mark,
    MediaBlock,
    MediaItem,
    Paragraph,
    Run,
    Runs,
    merge_runs,
    runs_text,
    strip_runs,
)
from konspekt.conversion.parsing.html import blocks_from_html
from konspekt.conversion.parsing.inline import autolink
from konspekt.conversion.parsing.lists import Entry, entries_of, list_blocks
from konspekt.conversion.parsing.plain import blocks_from_text
from konspekt.conversion.parsing.quoting import quoted
from konspekt.indexer.markdown_parser import prepared
from konspekt.indexer.sources.rich_text import clean_text

_MARKS: dict[str, Mark] = {"strong": "bold", "em": "italic", "s": "strike"}
_TAGS: dict[str, Mark] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strike",
    "del": "strike",
    "code": "code",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
}
_DEEPEST = 100  # nested quotes and lists; a list and its item count as two
_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)", re.IGNORECASE)
_MENTION_LINK = re.compile(r"https://t\.me/(\w+)")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": _DEEPEST}).enable(["strikethrough", "table"])
    # An address stays as the author wrote it.
    setattr(parser, "normalizeLink", lambda url: url)  # noqa: B010
    setattr(parser, "normalizeLinkText", lambda link: link)  # noqa: B010
    setattr(parser, "validateLink", lambda url: True)  # noqa: B010
    return prepared(parser)


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines of a front matter, and the text after it. Only flat values are read."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    values: dict[str, str] = {}
    for line in match[1].splitlines():
        key, found, value = line.partition(":")
        if found and re.fullmatch(r"[\w-]+", key):
            values[key.lower()] = value.strip().strip("\"'")
    return values, text[match.end() :]


def blocks_from_markdown(text: str) -> tuple[Block, ...]:
    """Blocks of a Markdown text. What has no place in a post (rules, comments) is left out."""
    text = clean_text(text)
    tokens = _parser().parse(text)
    if any(token.nesting == 1 and token.level >= _DEEPEST - 1 for token in tokens):
        return tuple(blocks_from_text(text))  # the parser drops anything deeper, and no author means such depths
    return tuple(_blocks(tokens))


def _blocks(tokens: Sequence[Token]) -> list[Block]:
    blocks: list[Block] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        end = _closing(tokens, position)
        inner = tokens[position + 1 : end]
        if token.type in ("paragraph_open", "heading_open"):
            blocks.extend(_text_block(token, inner[0].children or []))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            blocks.extend(_list(token, inner))
        elif token.type == "blockquote_open":
            blocks.extend(quoted(_blocks(inner)))
        elif token.type in ("fence", "code_block"):
            content = token.content[:-1] if token.content.endswith("\n") else token.content
            if content:
                blocks.append(Code(content, token.info.strip().split(" ")[0]))
        elif token.type == "html_block":
            blocks.extend(blocks_from_html(token.content))
        elif token.type == "table_open":
            blocks.append(_table(inner))
        position = end + 1
    return blocks


def _closing(tokens: Sequence[Token], position: int) -> int:
    depth = 0
    for index in range(position, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1


def _text_block(token: Token, children: Sequence[Token]) -> list[Block]:
    images = [child for child in children if child.type == "image"]
    if images and all(child.type == "image" or not child.content.strip() for child in children):
        return [MediaBlock(_image(child)) for child in images]
    runs = strip_runs(_runs(children))
    blocks: list[Block] = [MediaBlock(_image(child)) for child in images]
    if not runs:
        return blocks
    if token.type == "heading_open":
        return [Heading(runs, level=int(token.tag[1])), *blocks]
    return [Paragraph(runs), *blocks]


def _image(token: Token) -> MediaItem:
    path = str(token.attrs.get("src", ""))
    return MediaItem("photo", path.rsplit("/", 1)[-1] or None, path or None, token.content or None)


# ---------------------------------------------------------------- lists, quotes, tables


def _list(token: Token, inner: Sequence[Token]) -> list[Block]:
    entries: list[Entry] = []
    _items(token, inner, 0, entries)
    return list_blocks(entries, tight=any(child.hidden for child in inner))


def _items(token: Token, inner: Sequence[Token], depth: int, entries: list[Entry]) -> None:
    number = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
    position = 0
    while position < len(inner):
        end = _closing(inner, position)
        marker = "•" if number is None else f"{number}."
        number = None if number is None else number + 1
        _item(inner[position + 1 : end], marker, depth, entries)
        position = end + 1


def _item(tokens: Sequence[Token], marker: str, depth: int, entries: list[Entry]) -> None:
    """The first paragraphs are the item's own lines; what comes after anything else stands apart from them."""
    lines: list[Run] = []
    here = len(entries)
    position = 0
    while position < len(tokens):
        token = tokens[position]
        end = _closing(tokens, position)
        inner = tokens[position + 1 : end]
        if token.type in ("bullet_list_open", "ordered_list_open"):
            _items(token, inner, depth + 1, entries)
        else:
            blocks = _blocks(tokens[position : end + 1])
            if len(entries) == here and blocks and isinstance(blocks[0], Paragraph | Heading):
                lines += [*([Run("\n")] if lines else []), *blocks[0].runs]
                del blocks[0]
            entries.extend(entries_of(blocks, depth))
        position = end + 1
    runs = strip_runs(merge_runs(lines))
    if runs or len(entries) > here:
        entries.insert(here, ListItem(runs, marker, depth))


def _table(inner: Sequence[Token]) -> Code:
    """No network has tables: columns aligned in a block of code read as one everywhere."""
    rows: list[list[str]] = []
    for token in inner:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(runs_text(_runs(token.children or [])))
    widths = [max((len(row[column]) for row in rows if column < len(row)), default=0) for column in range(len(rows[0]))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
    return Code("\n".join(lines))


# ---------------------------------------------------------------- inline


def _runs(children: Sequence[Token]) -> Runs:
    runs: list[Run] = []
    marks: list[Mark] = []
    url: str | None = None
    for token in children:
        kind = token.type
        if kind in ("text", "text_special"):
            runs.append(Run(token.content, frozenset(marks), url))
        elif kind in ("softbreak", "hardbreak"):
            runs.append(Run("\n", frozenset(marks) - {"code"}, url))
        elif kind == "code_inline":
            runs.append(Run(token.content, frozenset(marks) | {"code"}, url))
        elif kind == "link_open":
            url = str(token.attrs.get("href", "")) or None
        elif kind == "link_close":
            url = None
        elif kind == "html_inline":
            _tag(token.content, runs, marks, url)
        elif kind.endswith("_open") and kind[:-5] in _MARKS:
            marks.append(_MARKS[kind[:-5]])
        elif kind.endswith("_close") and kind[:-6] in _MARKS:
            marks.remove(_MARKS[kind[:-6]])
    return canonical_runs(autolink(merge_runs([_mention(run) for run in merge_runs(runs)])))


def _mention(run: Run) -> Run:
    """`[@name](https://t.me/name)` is how the writer keeps a mention."""
    match = _MENTION_LINK.fullmatch(run.url or "")
    return replace(run, url=None, kind="mention") if match and run.text == f"@{match[1]}" else run


def _tag(content: str, runs: list[Run], marks: list[Mark], url: str | None) -> None:
    match = _TAG.match(content)
    if not match:
        return
    name = match[2].lower()
    if name == "br":
        runs.append(Run("\n", frozenset(marks), url))
    elif name in _TAGS and (name != "span" or match[1] or "spoiler" in content):
        mark = _TAGS[name]
        if not match[1]:
            marks.append(mark)
        elif mark in marks:
            marks.remove(mark)
