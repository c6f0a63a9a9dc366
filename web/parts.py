"""What the web is handed. It knows nothing of SQL, FAISS or prompts, only these. Their calls block."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol

if TYPE_CHECKING:
    from konspekt.answering.answer import Answer, AnswerEvent, Turn
    from konspekt.assistant.mapping.topic_map import TopicMap
    from konspekt.bilingual import Bilingual
    from konspekt.conversion.document import Post
    from konspekt.conversion.draft import Draft
    from konspekt.conversion.network import Network
    from konspekt.indexer.documents import Document
    from konspekt.indexer.passages import Passage
    from konspekt.storage.asked.cases import OpenCase
    from konspekt.storage.statistics import Overview
    from konspekt.web.parts_judging import Arena, Evaluation
    from konspekt.web.programs import ProgramParts

Language = Literal["ru", "en"]
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the web as plain values.

    `key`: signs sessions. `secret`: the password of who has no Telegram. `bot_token`: checks Telegram's logins.
    `url`: the public address, where there is one.
    """

    host: str = "127.0.0.1"
    port: int = 8700
    key: bytes = field(default=b"", repr=False)
    secret: str | None = field(default=None, repr=False)
    bot_token: str | None = field(default=None, repr=False)
    admins: frozenset[int] = frozenset()
    url: str | None = None
    language: Language | None = None
    questions_per_minute: int = 20
    question_max_chars: int = 1000
    concurrent_answers: int = 1
    memory_turns: int = 6
    widget_origins: tuple[str, ...] = ()  # of sites that may show the widget
    arena_readers: bool = False  # whether others than admins may compare answers

    @property
    def local(self) -> bool:
        """Only people at this machine reach it, and they need no login."""
        return self.host in LOOPBACK and self.url is None


class Answers(Protocol):
    """`konspekt.answering.answerer.Answerer`."""

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        k: int = 8,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
        use_model: bool = True,
        language: Language | None = None,
    ) -> AsyncGenerator[AnswerEvent]:
        """Statuses and partial texts, then exactly one `Done`. Raises NoIndexError."""
        ...


class Search(Protocol):
    """`konspekt.indexer.searching.search.Searcher`."""

    def search(
        self,
        query: str,
        k: int = 8,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
    ) -> list[Passage]:
        """Raises NoIndexError."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in a list. `kind`: `post`, or what kind of course file it is."""

    id: str
    title: str
    url: str | None
    published_at: datetime | None
    source_id: str
    kind: str
    characters: int


@dataclass(frozen=True, slots=True)
class SourceOverview:
    """A source as the library lists it. `status` of its last reading: complete, partial, failed."""

    id: str
    title: str
    kind: str
    documents: int
    last_read_at: datetime | None
    status: str | None


class Documents(Protocol):
    """What is indexed."""

    def find(self, id_or_url: str) -> Document | None: ...

    def picture(self, document_id: str, number: int) -> Path | None:
        """The file of a document's picture, if it is there and inside the folder that the document came from."""
        ...

    def sources(self) -> list[SourceOverview]: ...

    def example_titles(self, language: Language, count: int) -> list[str]:
        """Titles that read well in a question."""
        ...

    def cited(self, document_id: str) -> int:
        """In how many answers."""
        ...

    def listed(self, *, source: str | None = None, offset: int = 0, count: int = 50) -> tuple[list[Listed], int]:
        """A page of the list, the newest first, and how many there are. `source`: an id or a title."""
        ...


class Drafting(Protocol):
    """Posts into drafts for other networks."""

    def networks(self) -> list[tuple[str, str]]:
        """Key and title of each."""
        ...

    def with_model(self) -> bool:
        """Whether a model translates and words drafts; else they are made by rule."""
        ...

    async def drafts(
        self,
        post: str,
        networks: Sequence[str],
        *,
        lang: str | None = None,
        speak: Language = "en",
        by_rule: bool = False,
    ) -> list[tuple[str, Draft]]:
        """A draft for each network. `post`: an id, a link, or, where it is neither, the text itself.

        Raises konspekt.conversion.errors.ConversionError, whose message is for a person.
        """
        ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the other end. Talks belong to the pair (chat, user), as in Telegram."""

    chat_id: int
    user_id: int
    admin: bool
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A question of a visitor's, and the answer that it got. `citations`: as `ask --json` prints them."""

    answer_id: int
    question: str
    text: str
    citations: Sequence[dict[str, Any]]


class Talks(Protocol):
    """Conversations, answers, votes."""

    def said(self, visitor: Visitor, turns: int) -> list[Said]:
        """What was asked and answered last, oldest first."""
        ...

    def history(self, visitor: Visitor, turns: int) -> Sequence[Turn]: ...

    def remember(self, visitor: Visitor, answer: Answer) -> int:
        """The stored answer's id."""
        ...

    def vote(self, visitor: Visitor, answer_id: int, value: int) -> Literal["taken", "gone", "not_yours"]: ...

    def reset(self, visitor: Visitor) -> int: ...


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft with the post it was made of."""

    id: int
    network: Network
    post: Post
    draft: Draft
    saved: bool
    created_at: datetime


class Desk(Protocol):
    """A visitor's drafts. Those of others are as if they were not there."""

    def post(self, named: str) -> Post:
        """The post of an id or a link, or the text itself. Raises ConversionError."""
        ...

    async def make(self, visitor: Visitor, post: Post, network: str, lang: str | None, *, by_model: bool) -> KeptDraft:
        """Raises ConversionError."""
        ...

    def kept(self, visitor: Visitor, draft_id: int) -> KeptDraft | None: ...

    def edit(self, visitor: Visitor, draft_id: int, part: int, text: str) -> KeptDraft | None:
        """With one part in other words: counted and checked as an edit in Telegram is."""
        ...

    def save(self, visitor: Visitor, draft_id: int) -> bool: ...

    def saved(self, visitor: Visitor) -> list[KeptDraft]: ...


@dataclass(frozen=True, slots=True)
class IndexState:
    """Where a reindex that this page started stands, or how the last one ended."""

    running: bool = False
    step: str = ""
    source: str = ""
    done: int = 0
    total: int | None = None
    lines: tuple[Bilingual, ...] = ()  # what it did, a line for each source
    problems: tuple[Bilingual, ...] = ()
    failed: Bilingual | None = None


class Indexing(Protocol):
    """The index, brought up to date in the background."""

    def start(self, paths: Sequence[str] | None = None) -> bool:
        """Everything that is known, or these paths. False: one is running."""
        ...

    def state(self) -> IndexState: ...

    def keep(self, name: str, content: BinaryIO) -> bool:
        """Puts a file into the folder of uploads. False: it is of no kind that can be read. Raises OSError."""
        ...

    def index_uploads(self) -> bool:
        """Reads that folder. False: a reindex is running."""
        ...


class Numbers(Protocol):
    """How questions fared: `konspekt.storage.statistics.Statistics`."""

    def overview(self, days: int) -> Overview: ...


class Cases(Protocol):
    """Answers that failed, to be judged: `konspekt.app.in_bot.cases.StoredCases`."""

    def next(self, before: int | None = None) -> OpenCase | None: ...
    def decide(self, answer_id: int, verdict: Literal["right", "absent", "dropped"]) -> bool: ...
    def point(self, answer_id: int, words: str) -> str | None: ...
    def kept(self) -> int: ...


class Topics(Protocol):
    """`konspekt.assistant.mapping.topic_map.TopicMaps`."""

    def current(self) -> TopicMap:
        """Raises NoIndexError."""
        ...


@dataclass(frozen=True, slots=True)
class WebParts:
    """Everything a router may use."""

    settings: WebSettings
    answers: Answers
    search: Search
    documents: Documents
    drafting: Drafting
    talks: Talks
    desk: Desk
    indexing: Indexing
    numbers: Numbers
    cases: Cases
    topics: Topics
    warm_up: Callable[[], None] | None = None  # loads models before the first question needs them; blocks
    programs: ProgramParts | None = None
    evaluation: Evaluation | None = None
    arena: Arena | None = None
