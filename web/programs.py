"""What programs may ask: the same plain data as the commands' `--json`. No reader's memory is read or written here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from konspekt.answering.answer import AnswerEvent, Turn
    from konspekt.web.tokens import TokenStore

Json = dict[str, Any]
Mode = Literal["dense", "lexical", "fused", "reranked"]
Language = Literal["ru", "en"]

LONGEST_TEXT = 50_000  # characters of a text to convert; the longest rich message of Telegram has 32,768
MOST_PASSAGES = 100
MOST_DOCUMENTS = 1000  # of a list at once
MOST_TURNS = 20  # of a talk that a program brings along
MOST_CITED = 20  # documents of one of its answers


@dataclass(frozen=True, slots=True)
class Within:
    """Where to look: moments with a zone, both inclusive; sources by id or title."""

    since: datetime | None = None
    until: datetime | None = None
    sources: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """What shall become drafts: an indexed post by its id or link, or a text. No file and no address is opened."""

    to: str
    post: str | None = None
    text: str | None = None
    lang: str | None = None
    tone: str | None = None
    length: str | None = None
    hashtags: int | None = None
    audience: str | None = None
    glossary: str | None = None
    use_model: bool = True
    speak: Language = "en"


class Programs(Protocol):
    """`search`, `documents` and `document` block."""

    question_max_chars: int

    def search(self, query: str, k: int, within: Within, mode: Mode | None = None) -> list[Json]:
        """`konspekt search --json`. Raises NoIndexError, IndexerError."""
        ...

    def documents(
        self,
        source: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
        offset: int = 0,
    ) -> tuple[list[Json], int]:
        """Items of `konspekt documents --json`, the newest first, and how many there are in all."""
        ...

    def document(self, id_or_url: str) -> Json | None:
        """`konspekt show --json`."""
        ...

    def ask(
        self, question: str, history: Sequence[Turn] = (), *, k: int, within: Within, use_model: bool = True
    ) -> AsyncGenerator[AnswerEvent]:
        """Ends with a `Done`, whose answer `answering.export.answer_fields` turns into that of `konspekt ask --json`.

        Raises NoIndexError.
        """
        ...

    async def convert(self, wanted: Conversion) -> list[Json]:
        """`konspekt convert --json`. Raises ConversionError."""
        ...


@dataclass(frozen=True, slots=True)
class ProgramParts:
    programs: Programs
    tokens: TokenStore
