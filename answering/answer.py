"""What a question comes back as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from konspekt.indexer.passages import Passage


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a conversation, oldest first in a history.

    `cited`: ids of the documents that an answer cited; empty where they are not known.
    """

    role: Literal["user", "assistant"]
    text: str
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an answer with the numbers of the citations that it rests on, shown at its end.

    `kind`: `text` is shown as it is, character for character (a post's sentence, or the program's own words); `code`
    likewise, as code in `language`; `authored` is an author's Markdown, `markdown` a model's.
    `before`: the white space, or a list's bullet, between the part before and this one.
    """

    text: str
    marks: tuple[int, ...] = ()
    kind: Literal["text", "authored", "markdown", "code"] = "text"
    before: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Source `n` of an answer; `quote` is what of the passage supports it, word for word.

    `answering`: the stretches of the quote (from, to) that answer, where it is more than these.
    """

    n: int
    document_id: str
    title: str
    url: str | None
    published_at: datetime | None
    quote: str
    answering: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Timings:
    retrieve_ms: float
    first_token_ms: float | None
    total_ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`parts` are the answer; their `marks` point into `citations`. They hold no link that the index does not know.

    `text` is the same as plain text with `[n]` for marks, to be stored and searched: what is an author's bracket and
    what a mark only `parts` tell.
    `refused`: the material does not answer it, and the text says so. `extractive`: quoted, not written by a model;
    `notice` then says why in the reader's language (model unreachable, none configured).
    `choices`: the question may mean each of these, and `parts` ask back; `with_choice` makes the question of one.
    `listing`: the passages are posts of a list, of which the citations are the first page.
    """

    question: str
    standalone_question: str
    text: str
    language: str
    refused: bool
    extractive: bool
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    model: str | None
    timings: Timings
    notice: str | None = None
    parts: tuple[Part, ...] = ()
    choices: tuple[str, ...] = ()
    listing: bool = False

    @property
    def said(self) -> Turn:
        """What the questions after it know of it; a refusal names the nearest posts, and shows nothing of them."""
        shown = () if self.refused else self.citations
        return Turn("assistant", self.text, tuple(one.document_id for one in shown))


@dataclass(frozen=True, slots=True)
class Status:
    """Progress of an answer: what happens now, for a typing indicator."""

    step: Literal["rewriting", "searching", "writing", "checking"]


@dataclass(frozen=True, slots=True)
class Partial:
    """The answer so far (whole, not a delta), already free of unknown links; not yet checked for support."""

    text: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    answer: Answer


AnswerEvent = Status | Partial | Done
