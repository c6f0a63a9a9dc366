"""From what an author names to posts: an indexed document, a file of any of our kinds, text from a pipe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from konspekt.bilingual import of
from konspekt.conversion.document import MediaItem, Post, post_text
from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import ConversionError, PostNotFound
from konspekt.conversion.media import file_inside, is_address
from konspekt.conversion.parsing.html import blocks_from_html, title_of_html
from konspekt.conversion.parsing.markdown import blocks_from_markdown, split_front_matter
from konspekt.conversion.parsing.plain import blocks_from_text
from konspekt.conversion.parsing.telegram import blocks_from_telegram
from konspekt.indexer.document_rows import document_from_json, document_to_json
from konspekt.indexer.documents import Document, Media, Problem
from konspekt.indexer.language import detect_language
from konspekt.indexer.sources.rich_text import clean_text

_LOOKS_MARKDOWN = re.compile(r"(?m)^#{1,6} \S|^```|\]\(\S+\)|\*\*\S[^*\n]*\*\*")
_MOST_BYTES = 50_000_000


def post_from_document(document: Document, folder: Path | None = None) -> Post:
    """An indexed document as a post. `folder` is the export that its media paths are relative to."""
    document = document_from_json(document_to_json(document))  # without what is not a character: lone surrogates, NUL
    if document.kind == "post":
        blocks, title = blocks_from_telegram(document.text, document.entities), ""
    elif document.kind == "course":
        blocks, title = blocks_from_markdown(document.text), document.title
    else:
        blocks, title = tuple(blocks_from_text(document.text)), document.title
    media = tuple(_media(item, folder) for item in document.media)
    return Post(
        blocks,
        id=document.id,
        title=title,
        lang=document.language,
        url=document.url,
        author=document.author,
        media=media,
        forwarded_from=document.forwarded_from,
        folder=str(folder) if folder else None,
    )


def _media(item: Media, folder: Path | None) -> MediaItem:
    """What an export names, with the path of its file if that is there; an address stays one."""
    if item.path is None or is_address(item.path):
        return MediaItem(item.kind, item.name, item.path, item.caption)
    found = file_inside(item.path, folder)
    name = item.name if found or folder is None else item.name or Path(item.path).name
    return MediaItem(item.kind, name, str(found) if found else None, item.caption)


def post_from_text(text: str, *, name: str = "text", lang: str | None = None) -> Post:
    """A post that was typed or piped in: Markdown if it reads like it, plain text otherwise."""
    values, body = split_front_matter(clean_text(text))
    if values or _LOOKS_MARKDOWN.search(body):
        return _from_markdown(body, values, name, lang)
    blocks = tuple(blocks_from_text(body))
    return Post(blocks, id=f"text:{name}", lang=lang or detect_language(body, "en"))


def _from_markdown(body: str, values: dict[str, str], name: str, lang: str | None, folder: Path | None = None) -> Post:
    tags = tuple(tag.strip(" []\"'") for tag in values.get("tags", "").split(",") if tag.strip(" []\"'"))
    return Post(
        blocks_from_markdown(body),
        id=f"text:{name}",
        title=values.get("title", ""),
        lang=lang or values.get("lang") or detect_language(body, "en"),
        url=values.get("canonical_url") or None,
        author=values.get("author") or None,
        tags=tags,
        folder=str(folder) if folder else None,
    )


def read_file(path: Path, message: str | None = None, lang: str | None = None) -> Iterator[Post | Problem]:
    """The posts of a file: one of `.md` and `.html`, every one of a dump or an export; `message` picks one by id.

    Raises PostNotFound and ConversionError.
    """
    try:
        yield from _posts_of(path, message, lang)
    except OSError as error:
        place = error.filename or path
        raise ConversionError(wrong("unreadable", path=place, reason=error.strerror or error)) from error


def _posts_of(path: Path, message: str | None, lang: str | None) -> Iterator[Post | Problem]:
    if not path.exists():
        raise PostNotFound(wrong("no_file", path=path))
    if path.is_dir():
        yield from _from_sources(path, message)
        return
    if path.stat().st_size > _MOST_BYTES and path.suffix.lower() not in (".json", ".html"):
        raise ConversionError(wrong("too_long_file", path=path, size=f"{path.stat().st_size:,}"))
    suffix = path.suffix.lower()
    if suffix in (".md", ".markdown"):
        values, body = split_front_matter(_text(path))
        yield _from_markdown(body, values, _name(path), lang, folder=path.parent)
    elif suffix in (".html", ".htm") and not _is_telegram_page(path):
        html = _text(path)
        blocks = blocks_from_html(html)
        title = title_of_html(html)
        yield Post(
            blocks,
            id=f"text:{_name(path)}",
            title=title,
            lang=lang or detect_language(post_text(blocks), "en"),
            folder=str(path.parent),
        )
    elif suffix in (".json", ".html", ".htm") or (suffix == ".txt" and _is_dump(path)):
        yield from _from_sources(path, message)
    else:
        yield post_from_text(_text(path), name=_name(path), lang=lang)


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return clean_text(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        try:
            return clean_text(data.decode("cp1251"))
        except UnicodeDecodeError:
            raise ConversionError(wrong("not_utf8", path=path, place=error.start)) from error


def _name(path: Path) -> str:
    """A file's name as text, whatever bytes it has."""
    return clean_text(path.stem)


def _is_telegram_page(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(1 << 16)
    return b"tgme_" in head or (b"page_wrap" in head and b'class="history' in head)


def _is_dump(path: Path) -> bool:
    """A dump of a channel page rather than the text of one post: the recogniser of sources decides."""
    from konspekt.indexer.sources.recognise import SourceError, recognise

    try:
        return any(source.kind != "course" for source in recognise(path))
    except SourceError:
        return False


def _from_sources(path: Path, message: str | None) -> Iterator[Post | Problem]:
    from konspekt.indexer.sources.recognise import SourceError, recognise

    try:
        sources = recognise(path)
    except SourceError as error:
        raise ConversionError(of(error)) from error
    folder = path if path.is_dir() else path.parent
    found = False
    for source in sources:
        for item in source.documents():
            if isinstance(item, Problem):
                yield item
            elif message is None or _has_id(item, message):
                found = True
                yield post_from_document(item, folder)
    if message is not None and not found:
        raise PostNotFound(wrong("no_message", path=path, message=message))


def _has_id(document: Document, message: str) -> bool:
    local = document.id.rsplit("/", 1)[-1]
    return message in (local, document.id) or message in document.extra.get("message_ids", ())
