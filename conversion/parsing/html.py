"""HTML into blocks: pages of articles, what editors paste, and our own HTML back again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString

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
from konspekt.conversion.parsing.inline import autolink
from konspekt.conversion.parsing.lists import Entry, entries_of, list_blocks
from konspekt.conversion.parsing.quoting import quoted
from konspekt.indexer.sources.rich_text import clean_text

_MARKS: dict[str, Mark] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strike",
    "strike": "strike",
    "del": "strike",
    "code": "code",
    "kbd": "code",
    "tg-spoiler": "spoiler",
}
_SKIPPED = frozenset({"script", "style", "head", "template", "noscript", "nav", "footer", "svg", "form", "iframe"})
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "figure",
        "figcaption",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "hr",
        "details",
        "summary",
        "body",
        "html",
        "address",
        "dl",
        "dt",
        "dd",
        "aside",
        "img",
        "video",
    ]
)
_DEEPEST = 80  # nested elements
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MENTION = re.compile(r"https://t\.me/(\w+)")


def blocks_from_html(html: str) -> tuple[Block, ...]:
    """Blocks of an HTML text; of a whole page, its `<article>` or `<main>` where it has one."""
    soup = BeautifulSoup(clean_text(html), "html.parser")
    root = soup.find("article") or soup.find("main") or soup.body or soup
    if not isinstance(root, Tag):
        return ()
    _flatten(root)
    return tuple(_blocks(root))


def _flatten(root: Tag) -> None:
    """What is nested deeper than in any real page becomes plain text in its place."""
    stack = [(root, 0)]
    while stack:
        tag, depth = stack.pop()
        inner = [child for child in tag.children if isinstance(child, Tag)]
        if depth < _DEEPEST:
            stack.extend((child, depth + 1) for child in inner if child.name not in _SKIPPED)
        elif inner:
            tag.string = tag.get_text(" ")


def title_of_html(html: str) -> str:
    """The page's own title: `og:title`, else the first `<h1>`, else `<title>`."""
    soup = BeautifulSoup(html, "html.parser")
    meta = soup.find("meta", attrs={"property": "og:title"})
    if isinstance(meta, Tag) and meta.get("content"):
        return str(meta["content"]).strip()
    for name in ("h1", "title"):
        found = soup.find(name)
        if isinstance(found, Tag) and found.get_text(strip=True):
            return found.get_text(" ", strip=True)
    return ""


def _blocks(root: Tag) -> Iterator[Block]:
    """Block elements become blocks; inline content between them gathers into paragraphs."""
    loose: list[Run] = []
    for child in root.children:
        if isinstance(child, NavigableString) and not isinstance(child, Comment):
            loose.append(Run(_SPACE.sub(" ", str(child))))
        elif isinstance(child, Tag) and child.name not in _SKIPPED:
            if child.name in _BLOCKS or child.find(list(_BLOCKS)):
                yield from _paragraph(loose)
                loose = []
                yield from _element(child)
            else:
                loose.extend(_inline(child, frozenset(), None))
    yield from _paragraph(loose)


def _paragraph(runs: list[Run]) -> Iterator[Block]:
    ready = _ready(runs)
    if ready:
        yield Paragraph(ready)


def _element(tag: Tag) -> Iterator[Block]:
    name = tag.name
    if name in ("h1", "h2", "h3", "h4", "h5", "h6"):
        runs = _ready(_children(tag, frozenset(), None))
        if runs:
            yield Heading(runs, level=int(name[1]))
    elif name in ("ul", "ol"):
        entries: list[Entry] = []
        _items(tag, 0, entries)
        yield from list_blocks(entries)
    elif name == "blockquote":
        yield from quoted(_blocks(tag))
    elif name == "pre":
        yield from _code(tag)
    elif name in ("img", "video"):
        path = str(tag.get("src") or "")
        caption = str(tag.get("alt") or "") or None
        kind = "photo" if name == "img" else "video"
        yield MediaBlock(MediaItem(kind, path.rsplit("/", 1)[-1] or None, path or None, caption))
    elif name == "table":
        rows = [
            " | ".join(cell.get_text(" ", strip=True) for cell in row.find_all(["td", "th"]))
            for row in tag.find_all("tr")
        ]
        if rows:
            yield Code("\n".join(rows))
    else:
        yield from _blocks(tag)


def _code(tag: Tag) -> Iterator[Block]:
    inner = tag.find("code")
    classes = " ".join(inner.get_attribute_list("class")) if isinstance(inner, Tag) and inner.get("class") else ""
    language = re.search(r"language-([^\s]+)", classes)
    text = tag.get_text()
    text = text[1:] if text.startswith("\n") else text  # HTML drops the line break right after <pre>
    if text:
        yield Code(text, language[1] if language else "")


def _items(tag: Tag, depth: int, entries: list[Entry]) -> None:
    start = str(tag.get("start") or "1")
    number = (int(start) if start.isdecimal() else 1) if tag.name == "ol" else None
    for child in tag.children:
        if not isinstance(child, Tag):
            continue
        if child.name in ("ul", "ol"):  # sloppy pages nest lists without an item around
            _items(child, depth + 1, entries)
        elif child.name == "li":
            marker = "•" if number is None else f"{number}."
            number = None if number is None else number + 1
            _item(child, marker, depth, entries)


def _item(tag: Tag, marker: str, depth: int, entries: list[Entry]) -> None:
    """The first lines are the item's own; what comes after a block inside it stands apart from them."""
    here = len(entries)
    lines: list[Run] = []

    def close() -> None:
        runs = _ready(lines)
        lines.clear()
        if len(entries) == here:
            entries.append(ListItem(runs, marker, depth))
        elif runs:
            entries.extend(entries_of([Paragraph(runs)], depth))

    for child in tag.children:
        if isinstance(child, Comment):
            continue
        if not isinstance(child, Tag):
            lines.append(Run(_SPACE.sub(" ", str(child))))
        elif child.name in ("ul", "ol"):
            close()
            _items(child, depth + 1, entries)
        elif child.name in ("p", "div") and not child.find(list(_BLOCKS)):
            if len(entries) > here:
                close()
            lines += ([Run("\n")] if lines else []) + _children(child, frozenset(), None)
        elif child.name not in _SKIPPED and (child.name in _BLOCKS or child.find(list(_BLOCKS))):
            close()
            entries.extend(entries_of(_element(child), depth))
        else:
            lines += _inline(child, frozenset(), None)
    close()
    if len(entries) == here + 1 and entries[here] == ListItem((), marker, depth):
        del entries[here]


def _children(tag: Tag, marks: frozenset[Mark], url: str | None) -> list[Run]:
    runs: list[Run] = []
    for child in tag.children:
        if isinstance(child, Tag):
            runs.extend(_inline(child, marks, url))
        elif isinstance(child, NavigableString) and not isinstance(child, Comment):
            runs.append(Run(_SPACE.sub(" ", str(child)), marks, url))
    return runs


def _inline(tag: Tag, marks: frozenset[Mark], url: str | None) -> list[Run]:
    if tag.name in _SKIPPED:
        return []
    if tag.name == "br":
        return [Run("\n", marks, url)]
    if tag.name == "tg-emoji":
        return [Run(tag.get_text(), marks, url, "emoji", str(tag.get("emoji-id") or ""))]
    if tag.name == "a" and tag.get("href"):
        url = str(tag["href"])
        name = _MENTION.fullmatch(url)
        if name and tag.get_text() == f"@{name[1]}":
            return [Run(f"@{name[1]}", marks, None, "mention")]
    spoiler = tag.name == "span" and any("spoiler" in name for name in tag.get_attribute_list("class") if name)
    if spoiler:
        marks = marks | {"spoiler"}
    elif tag.name in _MARKS:
        marks = marks | {_MARKS[tag.name]}
    return _children(tag, marks, url)


def _ready(runs: list[Run]) -> Runs:
    """Finished inline content: white space collapsed across runs and around line breaks."""
    text = runs_text(tuple(runs))
    if not text.strip():
        return ()
    collapsed: list[Run] = []
    previous = "\n"
    for run in merge_runs(runs):
        kept = run.text
        if previous.isspace():
            kept = kept.lstrip(" ")
        if kept == "\n" and collapsed and collapsed[-1].text.endswith(" "):
            collapsed[-1] = collapsed[-1].with_text(collapsed[-1].text.rstrip(" "))
        kept = re.sub(r" *\n *", "\n", kept)
        if kept:
            collapsed.append(run.with_text(kept))
            previous = kept[-1]
    return canonical_runs(autolink(strip_runs(merge_runs(collapsed))))
