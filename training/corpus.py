"""The documents of an index, as training reads them: whole, and cut into the judge's windows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from konspekt.answering.judging.windows import Window, windows
from konspekt.storage.database import Database
from konspekt.storage.index.documents import next_documents

_MANY = 100_000


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    text: str
    windows: tuple[Window, ...]


def documents_of(database: Database) -> list[Document]:
    with database.read() as session:
        rows = next_documents(session, "", _MANY)
        return [Document(row.id, row.text, tuple(windows(row.title, row.text))) for row in rows]


def stems(text: str) -> set[str]:
    """Beginnings of its longer words: enough to tell which text is most like a question, in any inflection."""
    return {word[:5] for word in re.findall(r"\w{4,}", text.lower())}
