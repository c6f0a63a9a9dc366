"""What memory has to say to a message, before anything is searched in the channel."""

from __future__ import annotations

from dataclasses import dataclass

from konspekt.answering.answer import Answer, Turn
from konspekt.answering.personal import NOTHING_PERSONAL, Personal
from konspekt.memory.understanding.notes import Statement


@dataclass(frozen=True, slots=True)
class Reader:
    """Who speaks, and where. In a private chat `owner` is the user's own id; in a group it is the group's.

    `topic`: the talk within the chat; what was said in another topic is not found here. Notes belong to `user_id` and
    are kept and used in private alone.
    """

    owner: int
    user_id: int
    private: bool
    topic: int = 0


@dataclass(frozen=True, slots=True)
class Used:
    """One thing that an answer took from memory, in the reader's language. `by_model`: only if a model worded it."""

    text: str
    by_model: bool = False


@dataclass(frozen=True, slots=True)
class Recalled:
    """`answer`: made from memory alone, nothing else is to be asked. Else `question`, `history` and `personal` go to
    the answerer.

    `stored_text`: what is kept of an answer from memory, without the reader's own words in it. `notes` are to be kept
    with the answer; `keeps`: whether the turn itself is. `turns`: ids of the answers that were found, best first.
    """

    question: str
    history: tuple[Turn, ...] = ()
    answer: Answer | None = None
    stored_text: str = ""
    personal: Personal = NOTHING_PERSONAL
    used: tuple[Used, ...] = ()
    notes: tuple[Statement, ...] = ()
    keeps: bool = True
    turns: tuple[int, ...] = ()
    never: bool = False

    def used_lines(self, answer: Answer) -> list[str]:
        by_model = answer.model is not None and not answer.extractive
        return [one.text for one in self.used if by_model or not one.by_model]
