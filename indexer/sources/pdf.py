"""PDF → paragraphs with an anchor for each page. Text layer only: a scan needs character recognition first."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.sources.text_files import UnreadableFileError, shorten, tidy

if TYPE_CHECKING:
    from pdfminer.layout import LTPage

LINE_MARGIN = 0.9  # of a line's height; pdfminer's own 0.5 makes every line of a loosely set text a paragraph
EDGE_BOXES = 2  # headers and footers are looked for among so many boxes at either end of a page
MIN_CHARS_A_PAGE = 10  # fewer on average: a scan with stray marks, not a text

_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[a-zа-яё])")
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
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LAParams
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect

    try:
        layouts = [_boxes(page) for page in extract_pages(path, laparams=LAParams(line_margin=LINE_MARGIN))]
        title = _metadata_title(path)
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise UnreadableFileError("it is protected by a password", "save a copy without the password") from error
    except Exception as error:  # pdfminer raises whatever its parser trips over: struct.error, KeyError, …
        raise UnreadableFileError(
            f"it is damaged or no PDF ({type(error).__name__})", "download or export it again"
        ) from error
    if not layouts:
        raise UnreadableFileError("it has no pages", "download or export it again")

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
        raise UnreadableFileError(
            f"its {len(layouts)} page(s) have no text layer: it is a scan or pictures",
            "run OCR over it first, e.g. `ocrmypdf -l rus+eng in.pdf out.pdf`",
        )
    return PdfText(title, text, tuple(pages), len(layouts))


def _boxes(page: LTPage) -> list[str]:
    """Text boxes of a page in reading order, each one paragraph on one line."""
    from pdfminer.layout import LTTextContainer

    found = []
    for element in page:
        if isinstance(element, LTTextContainer):
            joined = " ".join(_HYPHENATED.sub("", element.get_text().strip()).split())
            if joined:
                found.append(joined)
    return found


def _running_titles(pages: list[list[str]]) -> frozenset[str]:
    """Short boxes that stand on most pages: headers and footers, which would repeat in every chunk."""
    if len(pages) < 3:
        return frozenset()
    edges = [set(boxes[:EDGE_BOXES] + boxes[-EDGE_BOXES:]) for boxes in pages]
    counts = Counter(box for boxes in edges for box in boxes if len(box) <= 120)
    return frozenset(box for box, count in counts.items() if count > len(pages) / 2)


def _metadata_title(path: Path) -> str | None:
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfparser import PDFParser
    from pdfminer.utils import decode_text

    with path.open("rb") as file:
        for info in PDFDocument(PDFParser(file)).info:
            value = info.get("Title")
            if isinstance(value, bytes):
                title = tidy(decode_text(value))
                # "Microsoft Word - lecture3.doc" and "untitled" are what programs write, not people
                if title and not re.match(r"(?i)microsoft |untitled|презентация powerpoint|\S+\.\w{2,5}$", title):
                    return shorten(title)
    return None
