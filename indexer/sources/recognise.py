"""What is this path or link? Everything that `konspekt reindex` is given passes through here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from konspekt.indexer.documents import Source
from konspekt.indexer.sources.errors import (
    NothingRecognisedError,
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
)
from konspekt.indexer.sources.merged import UnreadableSource, merge_same
from konspekt.indexer.sources.messages import say
from konspekt.indexer.sources.options import SourceOptions

__all__ = ["SourceError", "SourceOptions", "recognise"]

FileKind = Literal["json", "html", "web", "dump", "course"]

HEAD_BYTES = 1 << 16  # enough for the head of any page; Telegram's markers stand in its first lines

# Folders that Telegram Desktop writes beside result.json or messages.html: attachments, not course material.
EXPORT_FOLDERS = frozenset({
    "chats", "contacts", "css", "files", "images", "js", "lists", "photos", "profile_pictures", "round_video_messages",
    "stickers", "stories", "video_files", "voice_messages",
})  # fmt: skip
# The first page of a whole account's HTML export. Its chats do not say whether they are channels or private.
ACCOUNT_PAGE = "export_results.html"
SKIPPED_FOLDERS = frozenset({"__MACOSX", "__pycache__", "node_modules"})

_CHANNEL_PAGE = re.compile(rb'class="[^"]*\btgme_(?:widget_message|channel_info)')
_LIVE = re.compile(r"telegram:\d+")  # where `LiveChannel` says it is: the bot feeds it, there is nothing to open
_LINK = re.compile(r"[a-z][a-z0-9+.-]*://|(?:www\.)?(?:t|telegram)\.me/", re.IGNORECASE)


def recognise(
    path_or_url: str | os.PathLike[str],
    options: SourceOptions | None = None,
    known: Mapping[str, str] | None = None,
) -> list[Source]:
    """The sources at a path (file or folder, with all its subfolders) or link. Ids are unique in the list.

    `known`: location -> id of every source that is already indexed. With it, a file of an indexed course folder is a
    partial reading of that course and not a second source, and two dumps or folders of one name keep their own ids.
    Raises `SourceError`: nothing there, nothing recognised (the message says what is), not readable, not a channel.
    A broken file inside a folder raises nothing; its `Problem` comes with the documents.
    """
    options = options or SourceOptions()
    text = os.fspath(path_or_url)
    if _LINK.match(text):
        from konspekt.indexer.sources.telegram.web_page import open_channel

        return [open_channel(text, options)]
    if _LIVE.fullmatch(text):
        from konspekt.indexer.sources.telegram.live import LiveChannel

        return [LiveChannel(text, text)]
    path = _existing(text)
    known = {str(location): source_id for location, source_id in (known or {}).items()}
    try:
        sources = list(_folder(path, options, known) if path.is_dir() else _file(path, options, known))
    except OSError as error:
        raise SourceUnreadableError(
            str(error.filename or path), say("unreadable", reason=error), say("check_file")
        ) from error
    if not sources:
        what = say("folder_not_recognised" if path.is_dir() else "file_not_recognised")
        raise NothingRecognisedError(str(path), what, say("accepted"))
    return merge_same(sources)


def _existing(text: str) -> Path:
    if not text.strip() or "\0" in text:
        raise SourceMissingError(repr(text), say("no_path"), say("give_path"))
    try:
        path = Path(text).expanduser().resolve()
        exists = path.exists()
    except (OSError, RuntimeError) as error:
        raise SourceMissingError(text, say("no_path_because", reason=error), say("give_path")) from error
    if not exists:
        raise SourceMissingError(text, say("missing"), say("check_path"))
    return path


def _file(path: Path, options: SourceOptions, known: Mapping[str, str]) -> Iterator[Source]:
    """One file, named by the user: what is wrong with it is raised."""
    kind = file_kind(path)
    if path.stat().st_size == 0:
        raise SourceUnreadableError(str(path), say("empty_file"), say("copy_again"))
    if kind == "course":
        yield from _course(path, [path], options, known)
    elif kind == "dump":
        yield _dump(path, path.parent, options, known, set())
    elif kind is not None:
        yield from _telegram(kind, [path], options)


def _folder(root: Path, options: SourceOptions, known: Mapping[str, str]) -> Iterator[Source]:
    course: list[Path] = []
    taken: set[str] = set()
    for files in _walk(root):
        account = next((path for path in files if path.name == ACCOUNT_PAGE), None)
        if account:
            yield UnreadableSource(account, say("account_html"), say("account_html_cure"))
            files.remove(account)
        kinds = {path: file_kind(path) for path in files}
        if "dump" in kinds.values():  # then a text file beside it that falls apart into posts is one as well
            kinds |= {path: file_kind(path, among_dumps=True) for path in files if path.suffix.lower() == ".txt"}
        for kind in ("json", "html", "web"):
            paths = [path for path in files if kinds[path] == kind]
            if kind == "html" and "json" in kinds.values():
                continue  # Telegram Desktop can write both; JSON says more
            if paths:
                try:
                    yield from _telegram(kind, paths, options)
                except SourceError as error:
                    yield UnreadableSource(paths[0], error.what, error.cure)
        for path in files:
            if kinds[path] == "dump":
                source = _dump(path, root, options, known, taken)
                taken.add(source.id)
                yield source
        course.extend(path for path in files if kinds[path] == "course")
    if course:
        yield from _course(root, course, options, known)


def _walk(root: Path) -> Iterator[list[Path]]:
    """The files of each folder, top down, in the order of names; hidden ones and an export's attachments left out."""
    for name, folders, files in os.walk(root):
        exported = any(
            file in ("result.json", ACCOUNT_PAGE) or re.fullmatch(r"messages\d*\.html", file) for file in files
        )
        folders[:] = sorted(
            folder
            for folder in folders
            if not folder.startswith(".")
            and folder not in SKIPPED_FOLDERS
            and not (exported and folder in EXPORT_FOLDERS)
        )
        paths = [Path(name, file) for file in sorted(files) if not file.startswith((".", "~$"))]
        yield [path for path in paths if path.is_file()]


def file_kind(path: Path, *, among_dumps: bool = False) -> FileKind | None:
    """What a file is, by its extension and its first bytes. None: nothing that is read here."""
    from konspekt.indexer.sources.course.course import COURSE_SUFFIXES

    suffix = path.suffix.lower()
    if suffix in (".json", ".html", ".htm", ".txt"):
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if suffix == ".json":
            exported = path.name.startswith("result") or b'"messages"' in head or b'"chats"' in head
            return "json" if exported else None
        if suffix == ".txt":
            from konspekt.indexer.sources.dumps.dump import looks_like_dump

            return "dump" if looks_like_dump(head, among_dumps=among_dumps) else "course"
        if _CHANNEL_PAGE.search(head):
            return "web"
        if b'class="page_wrap' in head and b"history" in head:
            return "html"
    return "course" if suffix in COURSE_SUFFIXES else None


def _telegram(kind: str, paths: Sequence[Path], options: SourceOptions) -> Iterator[Source]:
    if kind == "json":
        from konspekt.indexer.sources.telegram.export_json import open_telegram_json

        for path in paths:
            yield from open_telegram_json(path, options)
    elif kind == "html":
        from konspekt.indexer.sources.telegram.export_html import open_telegram_html

        yield from open_telegram_html(paths, options)
    else:
        from konspekt.indexer.sources.telegram.web_page import open_saved_page

        for path in paths:
            yield open_saved_page(path, options)


def _dump(path: Path, root: Path, options: SourceOptions, known: Mapping[str, str], taken: set[str]) -> Source:
    from konspekt.indexer.sources.dumps.dump import TextDump

    if str(path) in known:
        return TextDump(path, options, source_id=known[str(path)])
    source = TextDump(path, options)
    if source.id in taken or _is_elsewhere(source.id, path, known):
        source = TextDump(path, options, distinct=path.relative_to(root).as_posix())
    return source


def _is_elsewhere(source_id: str, path: Path, known: Mapping[str, str]) -> bool:
    """The id belongs to another file that is still there. One that is gone has moved here."""
    return any(
        other == source_id and location != str(path) and Path(location).exists() for location, other in known.items()
    )


def _course(path: Path, files: Sequence[Path], options: SourceOptions, known: Mapping[str, str]) -> Iterator[Source]:
    """Course files under `path`: each belongs to the deepest known course folder around it, the rest to `path`."""
    from konspekt.indexer.sources.course.course import CourseFolder

    roots = {Path(location) for location, source_id in known.items() if source_id.startswith("course:")}
    roots = {root for root in roots if root.is_dir()}
    home = path if path.is_dir() else path.parent
    by_root: dict[Path, list[Path]] = {}
    for file in files:
        around = [root for root in roots if file.is_relative_to(root)]
        by_root.setdefault(max(around, key=lambda root: len(root.parts)) if around else home, []).append(file)
    for root, members in by_root.items():
        partial = not root.is_relative_to(path) or path.is_file()
        source = CourseFolder(root, members, options, partial)
        plain_is_taken = any(
            other == source.id and Path(location).exists() and not Path(location).is_relative_to(root)
            for location, other in known.items()
        )
        if plain_is_taken or known.get(str(root), source.id) != source.id:
            source = CourseFolder(root, members, options, partial, distinct=True)
        yield source
