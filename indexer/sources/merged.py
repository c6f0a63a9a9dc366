"""Several files of one channel, or a file that cannot be read, as one source."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from konspekt.bilingual import Bilingual
from konspekt.indexer.documents import Document, Problem, Source


class MergedSource:
    """Exports of one channel made at different times. Of a post that is in several, the first source's version counts.

    So the sources are given newest first.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)
        first = self._sources[0]
        self.id, self.kind, self.title = first.id, first.kind, first.title
        self.location = os.path.commonpath([source.location for source in sources])
        self.partial = any(source.partial for source in sources)

    def documents(self) -> Iterator[Document | Problem]:
        seen: set[str] = set()
        for source in self._sources:
            for item in source.documents():
                if isinstance(item, Document):
                    if item.id in seen:
                        continue
                    seen.add(item.id)
                yield item


class UnreadableSource:
    """A file that promises to be a source and is none: it keeps its place in the report, and deletes nothing."""

    kind = "unreadable"
    partial = True

    def __init__(self, path: Path, what: Bilingual, cure: Bilingual) -> None:
        self.id = f"unreadable:{path.name}"
        self.title = path.name
        self.location = str(path)
        self._problem = Problem(str(path), what, cure)

    def documents(self) -> Iterator[Document | Problem]:
        yield self._problem


def merge_same(sources: Sequence[Source]) -> list[Source]:
    """Each id once, in order of first appearance; sources of one id are read newest file first."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        groups.setdefault(source.id, []).append(source)
    return [
        group[0] if len(group) == 1 else MergedSource(sorted(group, key=_modified, reverse=True))
        for group in groups.values()
    ]


def _modified(source: Source) -> float:
    try:
        return os.stat(source.location).st_mtime
    except OSError:
        return 0.0
