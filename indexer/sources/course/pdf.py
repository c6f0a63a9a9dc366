"""PDF → paragraphs with an anchor for each page. Text layer only: a scan needs character recognition first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from konspekt.indexer.sources.course.line_breaks import compounds, unbroken
from konspekt.indexer.sources.course.text_files import UnreadableFileError, shorten, tidy
from konspekt.indexer.sources.messages import say

if TYPE_CHECKING:
    from pdfplumber.page import Page

LINE_MARGIN = 0.9  # of a line's height; pdfminer's own 0.5 makes every line of a loosely set text a paragraph
EDGE_BOXES = 2  # headers and footers are looked for among so many boxes at either end of a page
MIN_CHARS_A_PAGE = 10  # fewer on average: a scan with stray marks, not a text

_PAGE_NUMBER = re.compile(r"^[\W\d]{1,12}$")


@dataclass(frozen=True, slots=True)
class PdfText:
    """`pages` holds (offset in `text`, page number from 1) for each page that has text."""

    title: str | None
    text: str
    pages: tuple[tuple[int, int], ...]
    page_count: int


def read_pdf(path: Path) -> PdfText:
    """Raises `UnreadableFileError` for a file that is damaged, closed by a password, or has no text layer."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect

    try:
        with pdfplumber.open(path, laparams={"line_margin": LINE_MARGIN}) as pdf:
            title = _metadata_title(pdf.metadata)
            layouts = []
            for page in pdf.pages:
                layouts.append(_boxes(page))
                page.close()  # or all pages of a thousand stay parsed in memory
    except Exception as error:  # pdfminer raises whatever its parser trips over: struct.error, KeyError, …
        if any(isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError) for cause in (error, *error.args)):
            raise UnreadableFileError(say("pdf_password"), say("pdf_password_cure")) from error
        raise UnreadableFileError(
            say("damaged", kind="PDF", reason=type(error).__name__), say("export_file_again")
        ) from error
    if not layouts:
        raise UnreadableFileError(say("no_pages"), say("export_file_again"))

    known = compounds(box for boxes in layouts for box in boxes)
    layouts = [[_paragraph(box, known) for box in boxes] for boxes in layouts]
    repeated = _running_titles(layouts)
    pages: list[tuple[int, int]] = []
    text = ""
    for number, boxes in enumerate(layouts, 1):
        body = tidy("\n\n".join(box for box in boxes if box not in repeated and not _PAGE_NUMBER.match(box)))
        if body:
            text += "\n\n" if text else ""
            pages.append((len(text), number))
            text += body
    if len(text) < MIN_CHARS_A_PAGE * len(layouts):
        raise UnreadableFileError(say("no_text_layer", pages=len(layouts)), say("no_text_layer_cure"))
    return PdfText(title, text, tuple(pages), len(layouts))


def _boxes(page: Page) -> list[str]:
    """Text boxes of a page in reading order, with their lines; ruled tables as Markdown in their place."""
    from pdfminer.layout import LTTextContainer

    tables = [(table.bbox, _markdown_table(table.extract())) for table in page.find_tables()]
    tables = [(bbox, markdown) for bbox, markdown in tables if markdown]
    found: list[str] = []
    for element in page.layout:
        if not isinstance(element, LTTextContainer):
            continue
        middle = ((element.x0 + element.x1) / 2, page.height - (element.y0 + element.y1) / 2)
        inside = [markdown for bbox, markdown in tables if _contains(bbox, middle)]
        if inside:
            if inside[0] not in found:  # its first cell brings the whole table, the others nothing
                found.append(inside[0])
            continue
        if text := element.get_text().strip():
            found.append(text)
    return found


def _paragraph(box: str, known: frozenset[str]) -> str:
    return box if box.startswith("| ") else unbroken(box, known)


def _contains(bbox: tuple[float, float, float, float], point: tuple[float, float]) -> bool:
    left, top, right, bottom = bbox
    return left <= point[0] <= right and top <= point[1] <= bottom


def _markdown_table(rows: list[list[str | None]]) -> str:
    """Empty for what only looks like a table: a frame around a text, or a single row."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return ""
    lines = ["| " + " | ".join(unbroken((cell or "").replace("|", "/")) for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _running_titles(pages: list[list[str]]) -> frozenset[str]:
    """Short boxes that stand on most pages: headers and footers, which would repeat in every chunk."""
    if len(pages) < 3:
        return frozenset()
    edges = [set(boxes[:EDGE_BOXES] + boxes[-EDGE_BOXES:]) for boxes in pages]
    counts = Counter(box for boxes in edges for box in boxes if len(box) <= 120)
    return frozenset(box for box, count in counts.items() if count > len(pages) / 2)


def _metadata_title(metadata: Mapping[str, object]) -> str | None:
    value = metadata.get("Title")
    title = tidy(value) if isinstance(value, str) else ""
    # "Microsoft Word - lecture3.doc" and "untitled" are what programs write, not people
    if not title or re.match(r"(?i)microsoft |untitled|презентация powerpoint|\S+\.\w{2,5}$", title):
        return None
    return shorten(title)
