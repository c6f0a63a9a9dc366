"""What a reader has before the eyes when asking on: the posts that the last answers cited, and what these said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.answer import Turn

ANSWERS = 2  # the last ones that cited anything: a follow-up may go on about the one before the last
DOCUMENTS = 4  # that are read again


@dataclass(frozen=True, slots=True)
class Shown:
    """`documents`: ids, those cited last first. `text`: what the answers said; empty where nothing is known."""

    documents: tuple[str, ...] = ()
    text: str = ""


NOTHING_SHOWN = Shown()


def shown_last(history: Sequence[Turn]) -> Shown:
    """Of the last answers in a history that cited something."""
    answers = [turn for turn in reversed(history) if turn.role == "assistant" and turn.cited][:ANSWERS]
    cited = dict.fromkeys(document for turn in answers for document in turn.cited)
    return Shown(tuple(cited)[:DOCUMENTS], "\n".join(turn.text for turn in answers))
