"""What a reindex reports while it runs and when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from konspekt.bilingual import Bilingual, Language, told

Step = Literal["reading", "preparing", "embedding", "publishing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a reindex stands. `done` of `total` counts documents, while embedding chunks."""

    step: Step
    source: str
    done: int
    total: int | None
    rate: float  # per second
    seconds_left: float | None


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """`complete`: everything was read. `partial`: part of it, by intent or because of `problems`; nothing that is
    missing counts as deleted then. `failed`: not one document could be read."""

    id: str
    title: str
    kind: str
    status: Literal["complete", "partial", "failed"]
    documents: int  # read in this run
    added: int
    changed: int
    unchanged: int
    removed: int
    problems: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """What a reindex did. `generation` is the index generation now current, None if nothing is indexed."""

    sources: tuple[SourceReport, ...]
    embedded: int
    chunks: int
    documents: int  # in the index afterwards
    generation: int | None
    seconds: float
    dry_run: bool
    problems: tuple[Bilingual, ...]  # of arguments that are not sources at all

    @property
    def ok(self) -> bool:
        return not any(self.all_problems()) and all(source.status != "failed" for source in self.sources)

    def all_problems(self) -> Iterator[Bilingual]:
        yield from self.problems
        for source in self.sources:
            yield from source.problems

    def to_json(self, language: Language = "en") -> dict[str, Any]:
        fields = asdict(self)
        for part in (fields, *fields["sources"]):
            part["problems"] = [told(problem, language) for problem in part["problems"]]
        return {"ok": self.ok, **fields}
