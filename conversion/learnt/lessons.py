"""One thing that an author changed in a draft."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

LessonKind = Literal["term", "hashtag", "opening", "sign-off"]
KINDS: tuple[LessonKind, ...] = get_args(LessonKind)


@dataclass(frozen=True, slots=True)
class Lesson:
    """`said` in a draft in `lang` becomes `instead`: a term a term, a hashtag another or none. An opening and a
    sign-off are lines of the author's own; they replace nothing. Without a `network` it holds for all."""

    kind: LessonKind
    said: str
    instead: str
    lang: str
    network: str = ""

    def holds(self, lang: str, network: str) -> bool:
        return self.lang == lang and self.network in ("", network)

    @property
    def shown(self) -> str:
        """`accelerator → GPU`."""
        return f"{self.said} → {self.instead or '∅'}" if self.said else self.instead


def lesson_of(text: str, *, lang: str | None = None, network: str = "") -> Lesson | None:
    """The lesson that `accelerator = GPU` or `#ml = #machinelearning` says; None for anything else. The language is
    that of what is to be said, if none is given."""
    said, sign, instead = (piece.strip() for piece in text.partition("="))
    if not sign or not said or said == instead or "\n" in text:
        return None
    if said.startswith("#"):
        if len(said.split()) > 1 or (instead and not re.fullmatch(r"#\w+", instead)):
            return None
        return Lesson("hashtag", said, instead, lang or _language(instead or said), network)
    return Lesson("term", said, instead, lang or _language(said), network) if instead else None


def _language(text: str) -> str:
    return "ru" if re.search(r"[А-Яа-яЁё]", text) else "en"
