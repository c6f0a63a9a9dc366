"""A document whole: a post with Telegram's formatting, a lecture with its Markdown, and the words it is opened at."""

from __future__ import annotations

from html import escape

from markupsafe import Markup

from konspekt.conversion.document import Block, Code, Heading, ListBlock, MediaBlock, Paragraph, Quote, Run, Runs
from konspekt.conversion.posts.reading import post_from_document
from konspekt.indexer.documents import Document
from konspekt.indexer.passages import is_markdown
from konspekt.web.rendering.code import code_html
from konspekt.web.rendering.formulas import MATH, formula_html, latex_of, says_mathematics
from konspekt.web.rendering.links import link_open, safe_url
from konspekt.web.rendering.markdown import markdown_html
from konspekt.web.rendering.marking import Pen, spans_of

TAGS = {"bold": "b", "italic": "em", "underline": "u", "strike": "s", "code": "code"}


def document_html(document: Document, words: str = "") -> Markup:
    """The document as HTML; `words`: a quote of it that is marked."""
    if is_markdown(document.id):
        return Markup(markdown_html(document.text, words))  # noqa: S704 - written with everything escaped
    return Markup(blocks_html(post_from_document(document).blocks, words))  # noqa: S704 - the same


def blocks_html(blocks: tuple[Block, ...], words: str = "") -> str:
    pen = Pen()
    html = _blocks(blocks, pen)
    if words and (spans := spans_of("".join(pen.said), words)):
        return _blocks(blocks, Pen(spans))
    return html


def _blocks(blocks: tuple[Block, ...], pen: Pen) -> str:
    written = []
    for block in blocks:
        written.append(_block(block, pen))
        pen.gap()
    return "".join(written)


def _block(block: Block, pen: Pen) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{_runs(block.runs, pen)}</p>"
    if isinstance(block, Heading):
        level = min(6, block.level + 1)
        return f"<h{level}>{_runs(block.runs, pen)}</h{level}>"
    if isinstance(block, ListBlock):
        return _list(block, pen)
    if isinstance(block, Quote):
        inner = "".join(f"<p>{_runs(runs, pen)}</p>" for runs in block.paragraphs)
        return f"<blockquote>{inner}</blockquote>"
    if isinstance(block, Code):
        html = f'<pre tabindex="0"><code>{code_html(block.text, block.language)}</code></pre>'
        return pen.whole(block.text, html)
    assert isinstance(block, MediaBlock)
    return f"<p>{pen.text(block.media.caption or '')}</p>" if block.media.caption else ""


def _list(block: ListBlock, pen: Pen) -> str:
    """Depth by class: an author's list may begin anywhere, and its own numbers stay."""
    items = []
    for item in block.items:
        marker = f'<span class="marker">{escape(item.marker)}</span> '
        items.append(f'<li class="d{min(item.depth, 3)}">{marker}{_runs(item.runs, pen)}</li>')
        pen.gap()
    return f'<ul class="own">{"".join(items)}</ul>'


def _runs(runs: Runs, pen: Pen) -> str:
    return "".join(_run(run, pen) for run in runs)


def _run(run: Run, pen: Pen) -> str:
    html = pen.text(run.text) if "code" in run.marks or run.url else _with_formulas(run.text, pen)
    for mark, tag in TAGS.items():
        if mark in run.marks:
            html = f"<{tag}>{html}</{tag}>"
    if "spoiler" in run.marks:
        html = f'<span class="spoiler" tabindex="0">{html}</span>'
    url = safe_url(run.url)
    return f"{link_open(url)}{html}</a>" if url else html


def _with_formulas(text: str, pen: Pen) -> str:
    if "$" not in text and "\\" not in text:
        return pen.text(text)
    written, position = [], 0
    for match in MATH.finditer(text):
        found = latex_of(match)
        if found is None or not says_mathematics(found[0]):
            continue
        written += [pen.text(text[position : match.start()]), pen.whole(found[0], formula_html(found[0]))]
        position = match.end()
    return "".join([*written, pen.text(text[position:])])
