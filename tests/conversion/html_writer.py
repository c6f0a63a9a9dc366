"""Documents as HTML: what an editor would hand over, for tests that read it back."""

from __future__ import annotations

from html import escape

from konspekt.conversion.canonical import canonical_runs
from konspekt.conversion.document import (
    MARKS,
    Block,
    Code,
    Heading,
    ListBlock,
    ListItem,
    Mark,
    Paragraph,
    Quote,
    Run,
    Runs,
)
from konspekt.conversion.writing.written import Written

_TAGS: dict[Mark, tuple[str, str]] = {
    "spoiler": ('<span class="tg-spoiler">', "</span>"),
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strike": ("<s>", "</s>"),
    "code": ("<code>", "</code>"),
}


def write_html(blocks: tuple[Block, ...]) -> Written:
    """One element a block, a line apart."""
    return Written("\n".join(_block(block) for block in blocks))


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{_inline(block.runs)}</p>"
    if isinstance(block, Heading):
        return f"<h{block.level}>{_inline(block.runs)}</h{block.level}>"
    if isinstance(block, ListBlock):
        return _list(list(block.items), block.ordered)
    if isinstance(block, Quote):
        return "<blockquote>" + "".join(f"<p>{_inline(runs)}</p>" for runs in block.paragraphs) + "</blockquote>"
    if isinstance(block, Code):
        language = f' class="language-{escape(block.language)}"' if block.language else ""
        first = "\n" if block.text.startswith("\n") else ""  # HTML drops one line break right after <pre>
        return f"<pre>{first}<code{language}>{escape(block.text)}</code></pre>"
    media = block.media
    caption = escape(media.caption or "")
    if media.path and media.kind == "photo":
        return f'<img src="{escape(media.path)}" alt="{caption}">'
    return f"<p>{caption}</p>" if caption else ""


def _list(items: list[ListItem], ordered: bool, depth: int = 0) -> str:
    """Deeper items nest in the item before them."""
    number = items[0].marker.rstrip(".)") if items else "1"
    start = f' start="{number}"' if ordered and number.isdigit() and number != "1" else ""
    tag = "ol" if ordered else "ul"
    out = [f"<{tag}{start}>"]
    position = 0
    while position < len(items):
        end = position + 1
        while end < len(items) and items[end].depth > depth:
            end += 1
        inner = _list(items[position + 1 : end], ordered, depth + 1) if end > position + 1 else ""
        out.append(f"<li>{_inline(items[position].runs)}{inner}</li>")
        position = end
    out.append(f"</{tag}>")
    return "".join(out)


def _inline(runs: Runs) -> str:
    return "".join(_run(run) for run in canonical_runs(runs))


def _run(run: Run) -> str:
    text = escape(run.text, quote=False).replace("\n", "<br>")
    if run.kind == "emoji" and run.emoji_id:
        text = f'<tg-emoji emoji-id="{escape(run.emoji_id)}">{text}</tg-emoji>'
    if run.kind == "mention" and "@" not in run.text[1:]:
        text = f'<a href="https://t.me/{escape(run.text[1:])}">{text}</a>'
    for mark in reversed(MARKS):
        if mark in run.marks:
            opening, closing = _TAGS[mark]
            text = f"{opening}{text}{closing}"
    if run.url is not None:
        text = f'<a href="{escape(run.url)}">{text}</a>'
    return text
