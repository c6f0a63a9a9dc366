"""Documents into Markdown: one writer, the flavours as data.

The result parses back to the same document (`conversion/parsing/markdown.py`). Where Markdown's rules would not see a
delimiter as one (`a**b!**c`), flavours that allow HTML get tags instead.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from conversion.canonical import canonical_runs
from conversion.document import (
    MARKS,
    Block,
    Code,
    Heading,
    ListBlock,
    ListItem,
    Mark,
    MediaBlock,
    Paragraph,
    Quote,
    Run,
    Runs,
)
from conversion.parsing.inline import is_bare
from conversion.writing.written import Written

_TAGS: dict[Mark, tuple[str, str]] = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strike": ("<s>", "</s>"),
    "spoiler": ('<span class="spoiler">', "</span>"),
}
_ESCAPES = re.compile(r"[\\`*\[\]<~|]|&(?=#?\w+;)|_")
_LINE_START = re.compile(r"^(#|>|\+|-|=|:(?=-)|\d{1,9}(?=[.)]))")
_SPOILER = "\ue000"  # stands for Reddit's `>!` until line starts are guarded, which would take it for a quote
_ENTITY = re.compile(r"&(?=#?\w+;)")


@dataclass(frozen=True, slots=True)
class MarkdownStyle:
    """A flavour. A mark that is absent from `marks` is written without formatting."""

    marks: dict[Mark, tuple[str, str]]
    html: bool = True  # tags may stand in where delimiters would not work
    hard_break: str = "\\\n"
    autolink: tuple[str, str] = ("<", ">")
    mention_links: bool = True
    headings: int = 6  # deepest level
    tables: bool = True
    images: bool = True


COMMONMARK = MarkdownStyle(
    marks={
        "bold": ("**", "**"),
        "italic": ("*", "*"),
        "strike": ("~~", "~~"),
        "underline": _TAGS["underline"],
        "spoiler": _TAGS["spoiler"],
    }
)

# Articles have no spoilers: the text is shown, and conversion warns of it.
ARTICLE = replace(COMMONMARK, marks={mark: pair for mark, pair in COMMONMARK.marks.items() if mark != "spoiler"})


def write_markdown(blocks: tuple[Block, ...], style: MarkdownStyle = COMMONMARK) -> Written:
    """Blocks are always a blank line apart: Markdown would join them otherwise."""
    pieces: list[str] = []
    alternate = False
    for position, block in enumerate(blocks):
        previous = blocks[position - 1] if position else None
        both = isinstance(block, ListBlock) and isinstance(previous, ListBlock) and block.ordered == previous.ordered
        alternate = both and not alternate
        text = _block(block, style, alternate)
        if text:
            pieces.append(text)
    return Written("\n\n".join(pieces))


def _block(block: Block, style: MarkdownStyle, alternate: bool) -> str:
    if isinstance(block, Paragraph):
        return _lines(block.runs, style)
    if isinstance(block, Heading):
        level = min(max(block.level, 1), style.headings)
        text = _lines(block.runs, style, one_line=True)
        text = re.sub(r"(#+)$", lambda match: "\\#" * len(match[1]), text)
        return f"{'#' * level} {text}" if style.headings else _lines(_bold(block.runs), style)
    if isinstance(block, ListBlock):
        return _list(block, style, alternate)
    if isinstance(block, Quote):
        paragraphs = [_lines(runs, style).replace("\n", "\n> ") for runs in block.paragraphs]
        return "\n>\n".join(f"> {text}" for text in paragraphs)
    if isinstance(block, Code):
        return _fence(block)
    return _media(block, style)


def _bold(runs: Runs) -> Runs:
    return tuple(Run(run.text, run.marks | {"bold"}, run.url, run.kind, run.emoji_id) for run in runs)


def _fence(block: Code) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", block.text)), default=2)
    fence = "`" * (longest + 1)
    language = re.sub(r"[\s`]+", "-", block.language.strip())
    return f"{fence}{language}\n{block.text}\n{fence}"


def _media(block: MediaBlock, style: MarkdownStyle) -> str:
    media = block.media
    caption = _escape((media.caption or "").replace("\n", " "))
    if not media.path:
        return caption
    if media.kind == "photo" and style.images:
        return f"![{caption}]({_destination(media.path)})"
    return f"[{caption or _escape(media.name or media.path)}]({_destination(media.path)})"


# ---------------------------------------------------------------- lists


def _list(block: ListBlock, style: MarkdownStyle, alternate: bool) -> str:
    numbers = [_number(item) for item in block.items]
    if block.ordered and not _counts_up(block, numbers):
        broken = [Run("\n")]
        runs: list[Run] = []
        for item in block.items:
            runs += (broken if runs else []) + [Run(f"{item.marker} "), *item.runs]
        return _lines(tuple(runs), style)
    lines: list[str] = []
    indents = [""]
    for item, number in zip(block.items, numbers, strict=True):
        depth = min(item.depth, len(indents) - 1)
        del indents[depth + 1 :]
        marker = (f"{number})" if alternate else f"{number}.") if block.ordered else ("*" if alternate else "-")
        indent = indents[depth]
        inner = indent + " " * (len(marker) + 1)
        indents.append(inner)
        lines.append(f"{indent}{marker} " + _lines(item.runs, style).replace("\n", f"\n{inner}"))
    return "\n".join(lines)


def _number(item: ListItem) -> int:
    digits = re.match(r"\d{1,9}", item.marker)
    return int(digits[0]) if digits else 1


def _counts_up(block: ListBlock, numbers: list[int]) -> bool:
    """Markdown numbers items itself from the first one: only a list that does so may be one."""
    expected: dict[int, int] = {}
    for item, number in zip(block.items, numbers, strict=True):
        for deeper in [depth for depth in expected if depth > item.depth]:
            del expected[deeper]
        if expected.get(item.depth, number) != number:
            return False
        expected[item.depth] = number + 1
    return True


# ---------------------------------------------------------------- inline


def _lines(runs: Runs, style: MarkdownStyle, *, one_line: bool = False) -> str:
    """Inline text; every line is guarded against being read as a block of its own."""
    runs = canonical_runs(runs)
    text, safe = _inline(runs, style, tags=False)
    if not safe and style.html:
        text, _ = _inline(runs, style, tags=True)
    lines = [line.strip(" \t") for line in text.split("\n")]
    lines = [_LINE_START.sub(_guard, line) for line in lines if line]
    return (" ".join(lines) if one_line else style.hard_break.join(lines)).replace(_SPOILER, ">!")


def _guard(match: re.Match[str]) -> str:
    found = match[0]
    return found + "\\" if found[0].isdigit() else "\\" + found


def _inline(runs: Runs, style: MarkdownStyle, *, tags: bool) -> tuple[str, bool]:
    """Text with delimiters (or tags), and whether each delimiter stands where Markdown sees it."""
    out: list[str] = []
    stack: list[Mark] = []
    safe = True
    openings: list[tuple[int, str]] = []  # where a delimiter went, to judge it when its neighbours are known
    closings: list[int] = []
    position = 0
    while position < len(runs):
        run = runs[position]
        wanted = [mark for mark in MARKS if mark in run.marks and mark in style.marks and mark != "code"]
        keep = 0
        while keep < min(len(stack), len(wanted)) and stack[keep] == wanted[keep]:
            keep += 1
        while len(stack) > keep:
            closings.append(len(out))
            out.append(_delimiter(stack.pop(), style, tags, closing=True))
        for mark in wanted[keep:]:
            openings.append((len(out), mark))
            out.append(_delimiter(mark, style, tags))
            stack.append(mark)
        if run.url is not None and not is_bare(run):
            end = position
            while end < len(runs) and runs[end].url == run.url and set(wanted) <= runs[end].marks:
                end += 1
            label_runs = tuple(
                Run(other.text, other.marks - set(wanted), None, other.kind) for other in runs[position:end]
            )
            label, label_safe = _inline(label_runs, style, tags=tags)
            safe = safe and label_safe
            out.append(f"[{label}]({_destination(run.url)})")
            position = end
            continue
        follows = position + 1 < len(runs) and runs[position + 1].url is not None
        out.append(_run(run, style, before_link=follows))
        position += 1
    while stack:
        closings.append(len(out))
        out.append(_delimiter(stack.pop(), style, tags, closing=True))
    if not tags:
        safe = safe and _delimiters_work(out, [index for index, _ in openings], closings)
    return "".join(out), safe


def _delimiter(mark: Mark, style: MarkdownStyle, tags: bool, *, closing: bool = False) -> str:
    pair = _TAGS[mark] if tags else style.marks[mark]
    return pair[1] if closing else pair[0].replace(">!", _SPOILER)


def _delimiters_work(out: list[str], openings: list[int], closings: list[int]) -> bool:
    """CommonMark's flanking rules, narrowed to the cases without doubt: white space outside, or punctuation outside
    and a letter inside. Delimiters that touch must all open or all close."""
    opens, closes = set(openings), set(closings)
    for index in (*openings, *closings):
        if out[index].startswith("<"):
            continue
        opening = index in opens
        outward, inward = (-1, 1) if opening else (1, -1)
        outside = index + outward
        same = opens if opening else closes
        while outside in same:
            outside += outward
        if outside in (closes if opening else opens):
            return False
        inside = index + inward
        while inside in same:
            inside += inward
        if inside in (closes if opening else opens):
            return False
        before = (out[outside][-1:] if opening else out[outside][:1]) if 0 <= outside < len(out) else ""
        after = (out[inside][:1] if opening else out[inside][-1:]) if 0 <= inside < len(out) else ""
        if not before or before.isspace():
            continue
        if not (unicodedata.category(before).startswith("P") and after.isalnum()):
            return False
    return True


def _run(run: Run, style: MarkdownStyle, *, before_link: bool) -> str:
    if "code" in run.marks:
        return _code_span(run.text) if not run.text.isspace() else run.text
    if run.url is not None:
        return _bare_link(run, style)
    if run.kind == "mention" and style.mention_links and "@" not in run.text[1:]:
        return f"[{_escape(run.text)}](https://t.me/{run.text[1:]})"
    text = _escape(run.text)
    if before_link and text.endswith("!"):
        text = text[:-1] + "\\!"  # `![` would make the link a picture
    return text


def _bare_link(run: Run, style: MarkdownStyle) -> str:
    url = run.url or ""
    if run.text == url and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>\x00-\x1f]*", url):
        return f"{style.autolink[0]}{url}{style.autolink[1]}"
    return f"[{_escape(run.text)}]({_destination(url)})"


def _destination(url: str) -> str:
    url = url.replace("\\", "\\\\").replace("\n", "%0A").replace("\r", "%0D")
    url = _ENTITY.sub("&amp;", url)
    if re.search(r"[\s()<>\x00-\x1f]", url) or not url:
        return "<" + url.replace("<", "\\<").replace(">", "\\>") + ">"
    return url


def _code_span(text: str) -> str:
    runs = {len(run) for run in re.findall(r"`+", text)}
    ticks = "`" * next(length for length in range(1, len(text) + 2) if length not in runs)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _escape(text: str) -> str:
    def guard(match: re.Match[str]) -> str:
        char = match[0]
        if char == "_":
            before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
            if before.isalnum() and after.isalnum():
                return char  # snake_case stays readable: inside a word it means nothing
        return "\\" + char

    return _ESCAPES.sub(guard, text)
