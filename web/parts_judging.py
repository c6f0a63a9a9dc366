"""What the pages of evaluation and of the arena are handed. Calls block, but those that are `async`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from konspekt.assistant.arena.strengths import Strength
    from konspekt.bilingual import Bilingual
    from konspekt.storage.judging.matches import Match, Vote


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A file of questions, or the kept cases. `questions` None: as many as the file holds."""

    name: str
    questions: int | None


@dataclass(frozen=True, slots=True)
class EvaluationState:
    """Where a run stands, or why the last one failed. `step`: search, answer."""

    running: bool = False
    step: str = ""
    done: int = 0
    total: int = 0
    failed: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that went wrong. `why`: refused, answered, elsewhere. `document`: id or link of the right post, or
    empty; `rank`: where search had it, None: not among the first ten."""

    question: str
    why: str
    rank: int | None
    document: str


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """`report`: the tables as `konspekt eval --json` prints their rows."""

    id: int
    ended_at: datetime
    report: dict[str, Any]
    misses: tuple[Miss, ...]


class Evaluation(Protocol):
    """`konspekt.app.judging.evaluating.PageEvaluation`."""

    def sets(self) -> list[QuestionSet]: ...

    def with_model(self) -> bool:
        """Whether there is a model that could answer."""
        ...

    def start(self, names: Sequence[str], *, by_model: bool) -> bool:
        """False: one is running, or none of the names is a set of questions."""
        ...

    def state(self) -> EvaluationState: ...

    def runs(self) -> list[EvaluationRun]:
        """Those that ended, the latest first."""
        ...


class Arena(Protocol):
    """`konspekt.assistant.arena.contest.Arena`."""

    @property
    def open(self) -> bool: ...

    async def contest(self, user_id: int, question: str, language: Literal["ru", "en"] | None = None) -> Match:
        """Raises Alike, ModelSilent, NoIndexError, StorageError."""
        ...

    def match(self, user_id: int, match_id: int) -> Match | None: ...

    def vote(self, user_id: int, match_id: int, vote: Vote) -> Literal["taken", "kept", "gone"]: ...

    def table(self) -> list[Strength]: ...
