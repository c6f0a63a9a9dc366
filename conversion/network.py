"""What a network is: its rules as data with their source, and the functions that write and count for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from konspekt.conversion.document import Blocks, Post
from konspekt.conversion.learnt.lessons import Lesson
from konspekt.conversion.pictures.fitting import Photo
from konspekt.conversion.wishes import Length
from konspekt.conversion.writing.written import Written

Overflow = Literal["thread", "comments", "cards", "messages", "parts"]


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` measures a part's finished text; `unit` says in words what it counts."""

    value: int
    unit: str
    count: Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Options:
    """What the author may ask for in every network. `quotes` follow the language of the draft."""

    lang: str = "ru"
    canonical_url: str | None = None
    title: str = ""
    tags: tuple[str, ...] = ()
    bold_letters: bool = False  # LinkedIn: bold by Unicode letters, which screen readers cannot read
    lessons: tuple[Lesson, ...] = ()  # what the author changed in earlier drafts, the newest first


@dataclass(frozen=True, slots=True)
class Instances:
    """A network of many servers, each with limits of its own: where a server says them, and the network with them.
    Both raise ConversionError."""

    address: Callable[[str], str]
    network: Callable[[dict[str, Any]], Network]


@dataclass(frozen=True, slots=True)
class Network:
    """One network. `limits[0]` is the one that is shown; all of them hold.

    `overflow` is what becomes of text over the limit; `numbered` parts carry `(1/n)`, which counts. What `write` keeps
    out of the text as spans (Telegram's entities, Bluesky's facets) does not. `habit` is what becomes of a post when
    its author does not say: `full` as it is, `medium` opened with its strongest sentence, `short` in one part. `manner`
    tells a capable model how people write there; without one, text is only translated.
    """

    name: str
    title: str
    limits: tuple[Limit, ...]
    write: Callable[[Blocks, Options], Written]
    overflow: Overflow
    formatting: tuple[str, ...]
    links: str
    hashtags: str
    mentions: str
    source: str
    checked: str
    manner: str = ""
    habit: Length = "full"
    facets: Callable[[Written], list[dict[str, Any]]] | None = None
    linked: Callable[[str, Sequence[dict[str, Any]]], list[tuple[int, int]]] | None = None  # where facets lead away
    entities: bool = False  # its facets are the Bot API's: a bot can send a part with its formatting
    numbered: bool = False
    title_limit: int | None = None
    media_limit: int | None = None
    media_required: bool = False
    hashtag_limit: int | None = None
    handles: bool = False  # a Telegram @name names someone else there
    shows_spoilers: bool = False  # it has no spoilers: they would be read at once
    markdown: bool = False  # its text is Markdown, also as a file
    bold_letters: bool = False  # bold can be written there by letters of Unicode alone
    likes_stories: bool = False  # a post is told there from the beginning, not only formatted
    shows_code: bool = True  # code can be read there
    slides: tuple[int, int] | None = None  # pixels of the pictures that a post becomes there
    picture: tuple[int, int] | None = None  # pixels of a picture that shows code, where code cannot be read
    photo: Photo | None = None  # what a picture of the post's own is brought to, where that is known
    tags_kept: int | None = None  # hashtags that authors put under a post there; None: all of them
    shows_formulas: bool = False  # it draws TeX
    in_telegram: bool = False  # polls, comments and buttons that a post speaks of are there
    article: bool = False  # title apart from the text, the whole text in one piece
    finish: Callable[[str, Post, Options], str] | None = None  # front matter around the finished text
    readable: Callable[[str], str] | None = None  # the part as a person pastes it, where `text` is escaped
    instances: Instances | None = None

    @property
    def limit(self) -> int:
        return self.limits[0].value

    def length(self, text: str) -> int:
        return self.limits[0].count(text)

    def fits(self, text: str, reserve: int = 0) -> bool:
        return all(limit.count(text) <= limit.value - reserve for limit in self.limits)
