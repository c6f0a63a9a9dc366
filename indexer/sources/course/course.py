"""A folder of course material (or some of its files) as one source."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from konspekt.indexer.documents import Anchor, Document, Problem
from konspekt.indexer.sources.course.formats import READERS, CourseText
from konspekt.indexer.sources.course.subtitles import SUBTITLE_SUFFIXES, read_subtitles
from konspekt.indexer.sources.course.text_files import UnreadableFileError, bad_lines, language_of, sidecar_url
from konspekt.indexer.sources.messages import say
from konspekt.indexer.sources.options import SourceOptions

COURSE_SUFFIXES = frozenset(READERS) | SUBTITLE_SUFFIXES

TEXT_SUFFIXES = SUBTITLE_SUFFIXES | {".md", ".markdown", ".txt", ".html", ".htm", ".ipynb"}

LOCAL_ID_MAX_CHARS = 300
NAMED_LINES = 10  # of those with bad bytes

_PLACE_NAMES: Mapping[tuple[str, str], str] = {
    ("page", "ru"): "стр. {0}",
    ("page", "en"): "p. {0}",
    ("slide", "ru"): "слайд {0}",
    ("slide", "en"): "slide {0}",
}


class CourseFolder:
    """Lectures, handouts, slides, notebooks and subtitles of one folder; each file is one document.

    `files` are inside `root`. `partial`: they are not all of the folder's files, so that no other counts as deleted.
    The id is the folder's name, so that a moved folder stays the same course; `distinct` adds a short hash of the path,
    for a second folder of the same name.
    """

    kind = "course"

    def __init__(
        self,
        root: Path,
        files: Sequence[Path],
        options: SourceOptions | None = None,
        partial: bool = False,
        *,
        distinct: bool = False,
    ) -> None:
        self._root = root.resolve()
        self._files = tuple(sorted({file.resolve() for file in files}))
        self._options = options or SourceOptions()
        self._partial = partial
        name = unicodedata.normalize("NFC", self._root.name) or "course"  # macOS writes names decomposed
        self._title = name
        self._id = f"course:{name}" + (f"-{_short_hash(self._root.as_posix())}" if distinct else "")

    @property
    def id(self) -> str:
        return self._id

    @property
    def title(self) -> str:
        return self._title

    @property
    def location(self) -> str:
        """The one file, when there is only one of a larger folder: reading it again must not swallow its neighbours."""
        return str(self._files[0] if self._partial and len(self._files) == 1 else self._root)

    @property
    def partial(self) -> bool:
        return self._partial

    def documents(self) -> Iterator[Document | Problem]:
        """One document per file, in the order of names. A file that cannot be read is a problem; the rest goes on."""
        for path in self._files:
            try:
                yield from self._read(path)
            except UnreadableFileError as error:
                yield Problem(str(path), error.what, error.cure)
            except OSError as error:
                yield Problem(str(path), say("unreadable", reason=error), say("check_file"))

    def _read(self, path: Path) -> Iterator[Document | Problem]:
        suffix = path.suffix.lower()
        yield from self._read_as(path, suffix)
        if suffix in TEXT_SUFFIXES and (lines := bad_lines(path.read_bytes())):
            places = ", ".join(map(str, dict.fromkeys(lines[:NAMED_LINES]))) + ("…" if len(lines) > NAMED_LINES else "")
            yield Problem(f"{path}:{lines[0]}", say("bad_bytes", count=len(lines), lines=places), say("save_utf8"))

    def _read_as(self, path: Path, suffix: str) -> Iterator[Document | Problem]:
        if path.stat().st_size == 0:
            # A problem, not a silent skip: an interrupted copy must not delete the lecture from the index.
            raise UnreadableFileError(say("empty_file"), say("copy_again"))
        if suffix in SUBTITLE_SUFFIXES:
            subtitles = read_subtitles(path, self._options.video_urls)
            yield Document(
                id=f"{self._id}/{self._local_id(path)}",
                source_id=self._id,
                kind="subtitles",
                title=subtitles.title,
                text=subtitles.text,
                url=subtitles.url,
                language=language_of(subtitles.text, self._options.language),
                anchors=subtitles.anchors,
            )
            yield from subtitles.problems
            return
        if suffix not in READERS:
            raise UnreadableFileError(say("not_read", suffix=suffix or say("no_suffix")), say("save_readable"))
        found = READERS[suffix](path)
        if not found.text:
            raise UnreadableFileError(say("no_text"), say("fill_in"))
        yield self._document(path, found)
        if found.warning:
            line, what, cure = found.warning
            yield Problem(f"{path}:{line}", what, cure)

    def _document(self, path: Path, found: CourseText) -> Document:
        url = found.url or sidecar_url(path)
        language = language_of(found.text, self._options.language)
        return Document(
            id=f"{self._id}/{self._local_id(path)}",
            source_id=self._id,
            kind="course",
            title=found.title,
            text=found.text,
            url=url,
            published_at=found.published_at,
            author=found.author,
            language=language,
            anchors=tuple(
                # `#page=` is understood by every browser's PDF viewer; slides have no such address
                Anchor(
                    offset,
                    _PLACE_NAMES[place, language].format(number),
                    f"{url.split('#')[0]}#page={number}" if url and place == "page" else url,
                )
                for offset, place, number in found.places
            ),
        )

    def _local_id(self, path: Path) -> str:
        relative = path.relative_to(self._root) if path.is_relative_to(self._root) else Path(path.name)
        name = unicodedata.normalize("NFC", relative.as_posix())
        if len(name) <= LOCAL_ID_MAX_CHARS:
            return name
        return f"{_short_hash(name)}/{name[-LOCAL_ID_MAX_CHARS + 20 :]}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
