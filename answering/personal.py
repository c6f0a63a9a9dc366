"""What an answer may take from a reader's own notes: where to look, how long, how plain. Never what it claims.

Notes are text of others. None of it reaches a prompt or the check of sentences: what is here is either a search term or
one of a few switches, so an instruction hidden in a note has nowhere to act.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from konspekt.answering.texts import Language


@dataclass(frozen=True, slots=True)
class Personal:
    """`hints`: search terms beside the question. `leave_out`: ids of documents that are not wanted again.

    `long`: the whole place is wanted, and not only its sentences that answer.
    """

    hints: str = ""
    short: bool = False
    simple: bool = False
    long: bool = False
    leave_out: frozenset[str] = field(default_factory=frozenset)

    def added_to(self, query: str) -> str:
        return f"{query} {self.hints}".strip() if self.hints else query


NOTHING_PERSONAL = Personal()

_MANNER: dict[str, dict[Language, str]] = {
    "short": {"ru": "Ответь одним-двумя короткими предложениями.\n", "en": "Answer in one or two short sentences.\n"},
    "simple": {
        "ru": "Пиши простыми словами: читатель только начинает.\n",
        "en": "Use plain words: the reader is a beginner.\n",
    },
    "long": {
        "ru": "Ответь подробно, со всем, что об этом сказано.\n",
        "en": "Answer in detail, with all that is said.\n",
    },
}


_SWITCHES = ("short", "simple", "long")


def manner(personal: Personal, language: Language) -> str:
    """Lines for the prompt."""
    wanted = [name for name in _SWITCHES if getattr(personal, name)]
    return "".join(_MANNER[name][language] for name in wanted)
