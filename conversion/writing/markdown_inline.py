"""Formatted text inside a block as Markdown, and the flavours as data.

Where Markdown's rules would not see a delimiter as one (`a**b!**c`), flavours that allow HTML get tags instead.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from konspekt.conversion.canonical import canonical_runs
from konspekt.conversion.document import (
    MARKS,
    Mark,
    Run,
    Runs,
)
from konspekt.conversion.parsing.inline import is_bare

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
    escapes: str = ""  # signs that mean something in this flavour alone
    nests_blocks: bool = True  # code and quotes may stand indented under an item of a list


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


def inline_markdown(runs: Runs, style: MarkdownStyle, *, one_line: bool = False) -> str:
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
            out.append(f"[{label}]({destination(run.url)})")
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
        return f"[{escape(run.text, style)}](https://t.me/{run.text[1:]})"
    text = escape(run.text, style)
    if before_link and text.endswith("!"):
        text = text[:-1] + "\\!"  # `![` would make the link a picture
    return text


def _bare_link(run: Run, style: MarkdownStyle) -> str:
    url = run.url or ""
    if run.text == url and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>\x00-\x1f]*", url):
        return f"{style.autolink[0]}{url}{style.autolink[1]}"
    return f"[{escape(run.text, style)}]({destination(url)})"


def destination(url: str) -> str:
    url = url.replace("\\", "\\\\").replace("\n", "%0A").replace("\r", "%0D")
    url = _ENTITY.sub("&amp;", url)
    if re.search(r"[\s()<>\x00-\x1f]", url) or not url:
        return "<" + url.replace("<", "\\<").replace(">", "\\>") + ">"
    return url


def _code_span(text: str) -> str:
    runs = {len(run) for run in re.findall(r"`+", text)}
    ticks = "`" * next(length for length in range(1, len(text) + 2) if length not in runs)
    stripped = text[:1] == text[-1:] == " " and bool(text.strip(" "))  # by the reader: a space on either side
    pad = " " if stripped or text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def escape(text: str, style: MarkdownStyle) -> str:
    def guard(match: re.Match[str]) -> str:
        char = match[0]
        if char == "_":
            before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
            if before.isalnum() and after.isalnum():
                return char  # snake_case stays readable: inside a word it means nothing
        return "\\" + char

    escaped = _ESCAPES.sub(guard, text)
    for char in style.escapes:
        escaped = escaped.replace(char, "\\" + char)
    return escaped
