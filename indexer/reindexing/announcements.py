"""A course, a school or a contest that is announced under the same title next term replaces what was announced before.

Of every announcement only the newest that replaces it is kept: a weekly timetable of ten years would else be a hundred
thousand pairs, of which a reader sees the newest alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache

from sqlalchemy.orm import Session

from konspekt.indexer.documents import Document
from konspekt.indexer.lexical import terms
from konspekt.storage.index.corrections import Dated, correctors_of, dated_documents, drop_corrections, titles_of

COURSE = re.compile(
    r"курс|набор|запись|поток|семестр|цен[аы]|стоимост|расписани|школ|лагер|конкурс|фестивал|смена|взнос|"
    r"course|enrol|registration|price|schedule|school|camp|contest|festival",
    re.I,
)
CHANGING = re.compile(r"\b\d+\b|\b(?:осен|весн|зим|лет)\w*|\b(?:spring|summer|autumn|fall|winter)\b", re.I)
TERM = re.compile(r"\b20\d\d\b|\b(?:осень|весна|зима|лето|spring|summer|autumn|fall|winter)\b", re.I)
NEXT_TERM = timedelta(days=100)

Name = tuple[str, ...]


def find_announcements(
    session: Session, documents: Iterable[Document], unclaimed: Sequence[str] = ()
) -> set[tuple[str, str]]:
    """(replaced, replaced by) pairs that hold after `documents` came into the index.

    `unclaimed` are documents that something corrected which is gone or has changed. Pairs that the index has and that
    these make obsolete are taken out of it.
    """
    touched: defaultdict[str, set[Name]] = defaultdict(set)
    for document in documents:
        if document.kind == "post" and document.published_at is not None and COURSE.search(document.title):
            touched[document.source_id].add(announced(document.title))
    for source_id, title in titles_of(session, unclaimed):
        touched[source_id].add(announced(title))
    found: set[tuple[str, str]] = set()
    for source_id, names in touched.items():
        groups: defaultdict[Name, list[Dated]] = defaultdict(list)
        for other in dated_documents(session, source_id):
            name = announced(other.title)
            if len(name) > 1 and name in names:
                groups[name].append(other)
        for group in groups.values():
            found |= _of_group(session, group)
    return found


def _of_group(session: Session, group: Sequence[Dated]) -> set[tuple[str, str]]:
    """Of documents of one name, oldest first: the newest announcement replaces all that are a term older."""
    renewing = [other for other in group if other.kind == "post" and COURSE.search(other.title)]
    if not renewing:
        return set()
    newest = renewing[-1]
    found = {(other.id, newest.id) for other in group if other.published_at <= newest.published_at - NEXT_TERM}
    moments = {other.id: other.published_at for other in renewing}
    before = {other.id: other.published_at for other in group}
    obsolete = {
        (old, by)
        for old, by in correctors_of(session, [old for old, _ in found]) - found
        if by in moments and before[old] <= moments[by] - NEXT_TERM
    }
    drop_corrections(session, obsolete)
    return found


@lru_cache(maxsize=1 << 16)  # a live announcement is held against every title of its channel
def announced(title: str) -> Name:
    """What is announced: up to a colon where a year or a season stands before it."""
    name, colon, _ = title.partition(":")
    return tuple(terms(CHANGING.sub(" ", name if colon and TERM.search(name) else title)))
