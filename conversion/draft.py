"""What conversion returns: a draft for one network, as `convert --json` prints it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from konspekt.conversion.document import MediaItem
from konspekt.conversion.messages import say


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a draft. `length` is by the network's own counting; `facets` are in the network's own form."""

    text: str
    length: int
    limit: int
    facets: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something of the post that the draft does not carry, and why."""

    kind: str  # link, number, mention, code, media
    value: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A line that its author must look at: what the post says, what the draft says, and why it is doubted."""

    source: str
    text: str
    why: tuple[
        str, ...
    ]  # untranslated, language, label, elsewhere, unshown, formula, name, term, count, or a kind of `meaning.comparing`

    def to_json(self) -> dict[str, Any]:
        return {"source": self.source, "text": self.text, "why": list(self.why)}


@dataclass(frozen=True, slots=True)
class Card:
    """What one picture shows (`conversion/slides/` draws it): a slide of a carousel, or code beside a part of a thread.
    Its `text` is also what a screen reader is given."""

    kind: Literal["title", "text", "code", "table", "formula"]
    text: str
    language: str = ""  # of code
    part: int = 0  # of the draft, from 0: where the picture belongs


@dataclass(frozen=True, slots=True)
class Draft:
    """`finished` promises that it may be posted without reading; `to_edit` and `marked` say what keeps it from that."""

    network: str
    lang: str
    parts: tuple[Part, ...]
    title: str = ""
    media: tuple[MediaItem, ...] = ()
    warnings: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    model: str | None = None
    to_edit: tuple[str, ...] = ()
    marked: tuple[Marked, ...] = ()
    cards: tuple[Card, ...] = ()
    asked: str = ""  # the language that it was to be in; empty: its own
    to_read: bool = False  # translated by a model that is not believed: no edit of one line makes it finished
    checks: tuple[str, ...] = ()  # names of checks that failed before repair; empty: right the first time

    @property
    def text(self) -> str:
        return "\n\n".join(part.text for part in self.parts)

    @property
    def finished(self) -> bool:
        return not self.to_edit and not self.marked

    def to_json(self) -> dict[str, Any]:
        """The schema of `convert --json`."""
        return {
            "network": self.network,
            "lang": self.lang,
            "finished": self.finished,
            "asked": self.asked or self.lang,
            "to_read": self.to_read,
            "to_edit": list(self.to_edit),
            "marked": [line.to_json() for line in self.marked],
            "parts": [
                {"text": part.text, "length": part.length, "limit": part.limit, "facets": list(part.facets)}
                for part in self.parts
            ],
            "title": self.title,
            "media": [
                {"kind": item.kind, "name": item.name, "path": item.path, "caption": item.caption}
                for item in self.media
            ],
            "cards": [asdict(card) for card in self.cards],
            "warnings": list(self.warnings),
            "dropped": [{"kind": item.kind, "value": item.value, "reason": item.reason} for item in self.dropped],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any], model: str | None = None) -> Draft:
        """A stored draft, read back."""
        return cls(
            network=data["network"],
            lang=data["lang"],
            parts=tuple(
                Part(part["text"], part["length"], part["limit"], tuple(part["facets"])) for part in data["parts"]
            ),
            title=data["title"],
            media=tuple(MediaItem(**item) for item in data["media"]),
            warnings=tuple(data["warnings"]),
            dropped=tuple(Dropped(**item) for item in data["dropped"]),
            cards=tuple(Card(**card) for card in data.get("cards", ())),
            model=model,
            to_edit=tuple(data.get("to_edit", ())),
            asked=data.get("asked", ""),
            to_read=data.get("to_read", False) or _told_to_read(data.get("to_edit", ())),
            marked=tuple(Marked(line["source"], line["text"], tuple(line["why"])) for line in data.get("marked", ())),
        )


def _told_to_read(reasons: Iterable[str]) -> bool:
    """Of drafts that were stored before `to_read` was."""
    return any(say(lang, "edit_small_model") in reasons for lang in ("en", "ru"))
