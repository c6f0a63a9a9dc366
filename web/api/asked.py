"""What the API takes: bodies, and the parameters that several routes share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from konspekt.indexer.moments import moment
from konspekt.web.messages_api import say
from konspekt.web.programs import (
    LONGEST_TEXT,
    MOST_CITED,
    MOST_PASSAGES,
    MOST_TURNS,
    Conversion,
    Language,
    Within,
)

LONGEST_NAME = 2048  # characters of an id, a link, a source's title
LONGEST_WISH = 1000


def _clean(text: str) -> str:
    """Without halves of surrogate pairs and NUL, which PostgreSQL refuses."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").strip()


def _dated(value: str) -> str:
    try:
        moment(value)
    except (ValueError, OverflowError):
        raise ValueError(say("bad_date")) from None
    return value


Text = Annotated[str, AfterValidator(_clean)]
Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_clean)]
Wish = Annotated[str, Field(max_length=LONGEST_WISH), AfterValidator(_clean)]
Date = Annotated[str, Field(max_length=40, examples=["2024-05-17", "2024-05", "2024"]), AfterValidator(_dated)]
Since = Annotated[Date | None, Query(description="Published on this date or later: 2024-05-17, 2024-05, 2024.")]
Until = Annotated[Date | None, Query(description="Published on this date or earlier.")]


def first_moment(value: str | None) -> datetime | None:
    return None if value is None else moment(value)


def last_moment(value: str | None) -> datetime | None:
    return None if value is None else moment(value, end_of_day=True)


def within(since: str | None, until: str | None, sources: list[str] | None) -> Within:
    return Within(first_moment(since), last_moment(until), sources or None)


class Said(BaseModel):
    """A turn of the talk before the question."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    text: Annotated[str, Field(max_length=8000), AfterValidator(_clean)]
    cited: list[Name] = Field(
        [], max_length=MOST_CITED, description="Of an answer: the `document_id` of each of its citations."
    )


class Question(BaseModel):
    """A question, and where to look for its answer."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[Text, Field(min_length=1, examples=["Что такое KV-кэш?"])]
    k: int = Field(8, ge=1, le=MOST_PASSAGES, description="How many passages to look at.")
    since: Date | None = Field(None, description="Only posts of this date or later.")
    until: Date | None = Field(None, description="Only posts of this date or earlier.")
    sources: list[Name] = Field([], max_length=100, description="Only these sources (ids or titles).")
    use_model: bool = Field(True, description="false: quote the best passages, as `--no-llm` does.")
    history: list[Said] = Field(
        [], max_length=MOST_TURNS, description="The talk so far, oldest first; nothing of it is kept."
    )
    stream: bool = Field(False, description="true: server-sent events instead of one object.")

    @property
    def within(self) -> Within:
        return within(self.since, self.until, self.sources)


class ConvertBody(BaseModel):
    """An indexed post, or a text, and what shall become of it."""

    model_config = ConfigDict(extra="forbid")

    post: Name | None = Field(None, description="A document's id, or the t.me link of an indexed post.")
    text: Annotated[str | None, Field(max_length=LONGEST_TEXT)] = Field(
        None, description="A text to convert instead: Markdown or plain."
    )
    to: Annotated[Wish, Field(min_length=1)] = Field(
        description="Networks, comma-separated, each with a language if you like.", examples=["x,linkedin:en", "all"]
    )
    lang: Annotated[str | None, Field(max_length=8)] = Field(None, description="Language of the drafts.")
    tone: Wish | None = None
    length: Literal["short", "medium", "full"] | None = None
    hashtags: int | None = Field(None, ge=0, le=30)
    audience: Wish | None = None
    glossary: Wish | None = Field(None, description="Terms that stay as they are, comma-separated.")
    use_model: bool = Field(True, description="false: by rule alone, as `--no-llm` does.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.post) == bool((self.text or "").strip()):
            raise ValueError(say("post_or_text"))
        return self

    def conversion(self, speak: Language) -> Conversion:
        fields = self.model_dump()
        fields["text"] = _clean(self.text) if self.text else None
        return Conversion(**fields, speak=speak)
