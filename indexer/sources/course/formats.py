"""One reader per file format of course material: a path becomes a title, Markdown text and what else the file tells."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from konspekt.bilingual import Bilingual
from konspekt.indexer.sources.course.html_page import formula_mark, main_part
from konspekt.indexer.sources.course.markdown import clean_markdown, fenced, first_heading
from konspekt.indexer.sources.course.pdf import read_pdf
from konspekt.indexer.sources.course.text_files import (
    UnreadableFileError,
    decode,
    shorten,
    tidy,
    title_from_name,
    web_url,
)
from konspekt.indexer.sources.messages import say

OUTPUT_MAX_CHARS = 1500  # of one notebook cell: a table or a log, not a training run

_SLIDE = re.compile(r"^<!-- Slide number: (\d+) -->[ \t]*\n?", re.MULTILINE)
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class CourseText:
    """What a file says. `places` are (offset in `text`, "page" or "slide", number); `warning` is (line, what, cure)."""

    title: str
    text: str
    url: str | None = None
    published_at: datetime | None = None
    author: str | None = None
    places: tuple[tuple[int, str, int], ...] = ()
    warning: tuple[int, Bilingual, Bilingual] | None = None


def read_markdown(path: Path) -> CourseText:
    """Markdown with optional YAML front matter: `title`, `date`, `url` and `author` are taken from it."""
    raw = decode(path.read_bytes())
    meta, body, warning = _front_matter(raw)
    text = clean_markdown(body)
    return CourseText(
        title=shorten(str(meta["title"])) if meta.get("title") else _title(text, path),
        text=text,
        url=web_url(meta.get("url") or meta.get("canonical_url")),
        published_at=_utc(meta.get("date")),
        author=str(meta["author"]) if isinstance(meta.get("author"), str) else None,
        warning=warning,
    )


def read_plain_text(path: Path) -> CourseText:
    text = tidy(decode(path.read_bytes()))
    return CourseText(_title(text, path, first_line=True), text)


def read_html(path: Path) -> CourseText:
    """A saved page: its text without menus, as Markdown, formulas as TeX."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(decode(path.read_bytes()), "lxml")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    canonical = soup.find("link", rel="canonical")
    main, formulas = main_part(soup)
    text = clean_markdown(_markitdown(str(main).encode(), ".html"), comments=False)
    for number, formula in enumerate(formulas):
        text = text.replace(formula_mark(number), formula)
    return CourseText(
        title=_title(text, path, otherwise=title),
        text=text,
        url=web_url(canonical.get("href")) if canonical else None,
    )


def read_pdf_file(path: Path) -> CourseText:
    pdf = read_pdf(path)
    places = tuple((offset, "page", number) for offset, number in pdf.pages)
    return CourseText(pdf.title or _title(pdf.text, path, first_line=True), pdf.text, places=places)


def read_docx(path: Path) -> CourseText:
    text = clean_markdown(_markitdown(path.read_bytes(), ".docx"), comments=False)
    if not text:
        raise UnreadableFileError(say("only_pictures"), say("run_ocr"))
    return CourseText(_title(text, path, first_line=True), text)


def read_pptx(path: Path) -> CourseText:
    """Slides with their notes; each slide is a place of its own."""
    parts = _SLIDE.split(_markitdown(path.read_bytes(), ".pptx"))
    text, places = "", []
    for number, slide in zip(parts[1::2], parts[2::2], strict=True):
        body = clean_markdown(slide, comments=False)
        if body:
            text += "\n\n" if text else ""
            places.append((len(text), "slide", int(number)))
            text += body
    if not text:
        raise UnreadableFileError(say("slides_without_text"), say("run_ocr"))
    return CourseText(_title(text, path, first_line=True), text, places=tuple(places))


def read_notebook(path: Path) -> CourseText:
    """Cells in order with their text outputs, which hold the numbers that a student asks about.

    Read as JSON: markitdown's own converter drops the outputs.
    """
    try:
        notebook = json.loads(decode(path.read_bytes()))
    except json.JSONDecodeError as error:
        raise UnreadableFileError(
            say("notebook_not_json", line=error.lineno, reason=error.msg), say("notebook_save_again")
        ) from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise UnreadableFileError(say("notebook_no_cells"), say("notebook_convert"))
    language = _dig(notebook, "metadata", "language_info", "name") or "python"
    texts = (_cell(cell, str(language)) for cell in cells if isinstance(cell, dict))
    text = tidy("\n\n".join(filter(None, texts)))
    if not text:
        raise UnreadableFileError(say("notebook_empty"), say("notebook_empty_cure"))
    return CourseText(_title(text, path), text)


READERS: Mapping[str, Callable[[Path], CourseText]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_plain_text,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf_file,
    ".docx": read_docx,
    ".pptx": read_pptx,
    ".ipynb": read_notebook,
}


def _markitdown(data: bytes, suffix: str) -> str:
    import zipfile

    from markitdown import MarkItDown

    try:
        if suffix in (".docx", ".pptx"):
            zipfile.ZipFile(io.BytesIO(data)).close()  # markitdown would take what is not an archive for plain text
        return MarkItDown(enable_plugins=False).convert_stream(io.BytesIO(data), file_extension=suffix).markdown
    except Exception as error:  # whatever the parser of the format trips over
        if data.startswith(b"\xd0\xcf\x11\xe0"):  # OLE container: how Office stores an encrypted file
            raise UnreadableFileError(say("office_password"), say("office_password_cure")) from error
        raise UnreadableFileError(
            say("damaged", kind=suffix[1:].upper(), reason=type(error).__name__), say("export_file_again")
        ) from error


def _front_matter(raw: str) -> tuple[dict[str, Any], str, tuple[int, Bilingual, Bilingual] | None]:
    import yaml

    match = re.match(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", raw, re.DOTALL | re.MULTILINE)
    if not match:
        return {}, raw, None
    body = raw[match.end() :]
    try:
        meta = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 2  # counted from 0, after the opening dashes
        return {}, body, (line, say("front_matter"), say("front_matter_cure"))
    if not isinstance(meta, dict):  # two rules with prose between them, not front matter
        return {}, raw, None
    return meta, body, None


def _utc(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    return None


def _title(text: str, path: Path, *, otherwise: str = "", first_line: bool = False) -> str:
    if heading := first_heading(text):
        return heading
    if otherwise:
        return shorten(otherwise)
    line = text.lstrip("#*- ").split("\n", 1)[0].strip() if first_line else ""
    return shorten(line.strip("*_# ")) if 3 <= len(line) <= 200 else title_from_name(path)


def _cell(cell: Mapping[str, Any], language: str) -> str:
    source = _joined(cell.get("source")).strip()
    if cell.get("cell_type") == "markdown":
        return clean_markdown(source)
    if cell.get("cell_type") == "raw":
        return source
    if cell.get("cell_type") != "code" or not source:
        return ""
    outputs = [out for out in cell.get("outputs") or [] if isinstance(out, dict)]
    shown = [clean_markdown(_joined(_dig(out, "data", "text/markdown"))) for out in outputs]
    printed = "\n".join(filter(None, (_output(out) for out in outputs)))
    if len(printed) > OUTPUT_MAX_CHARS:
        printed = printed[:OUTPUT_MAX_CHARS] + "…"
    parts = [fenced(source, language), fenced(printed, "text") if printed else "", *shown]
    return "\n\n".join(filter(None, parts))


def _output(output: Mapping[str, Any]) -> str:
    if output.get("output_type") == "error":
        return f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
    if _dig(output, "data", "text/markdown"):
        return ""  # shown as Markdown; its plain text is only the name of a class
    text = output.get("text") if output.get("output_type") == "stream" else _dig(output, "data", "text/plain")
    plain = _ANSI.sub("", _joined(text)).strip()
    if not re.fullmatch(r"<[\w.]+ .*>", plain):
        return plain
    # `<Figure size 640x480 with 1 Axes>` says nothing, `<IPython.core.display.HTML object>` hides a table
    return _html_words(_joined(_dig(output, "data", "text/html")))


def _html_words(html: str) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "lxml")
    for tag in soup(["script", "style", "template"]):
        tag.decompose()
    return tidy(soup.get_text(" ", strip=True))


def _joined(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""


def _dig(value: object, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
