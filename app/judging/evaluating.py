"""`konspekt eval` started from the page: search, then answers, over an author's own questions and the kept cases."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from konspekt.answering.evaluation import by_split, grouped, intervals, judge
from konspekt.answering.frequencies import IndexFrequencies
from konspekt.answering.quality.retrieval import Mode, prompt_reader, row_to_json, run, tabulate
from konspekt.app.build import build_answerer, build_chat_model
from konspekt.bilingual import of
from konspekt.indexer.errors import IndexerError
from konspekt.indexer.evaluation import Question, holds_answer, read_questions
from konspekt.storage.asked.cases import Cases
from konspekt.storage.errors import StorageError
from konspekt.storage.judging.runs import EvaluationRuns
from konspekt.web.parts_judging import EvaluationRun, EvaluationState, Miss, QuestionSet

if TYPE_CHECKING:
    from konspekt.answering.answerer import Answerer
    from konspekt.answering.evaluation import Judged
    from konspekt.answering.quality.retrieval import Outcome
    from konspekt.app.settings import Settings
    from konspekt.indexer.embedding.embeddings import Embedder
    from konspekt.indexer.searching.search import Searcher
    from konspekt.storage.database import Database

log = logging.getLogger(__name__)
CASES = "cases"
FOLDER = "questions"  # of KONSPEKT_HOME
LOOKED_THROUGH = 12  # passages among which the right post of a miss is looked for


@dataclass(frozen=True, slots=True)
class _Asked:
    question: Question
    case: int | None = None  # id of the answer that it was made of


class PageEvaluation:
    """`konspekt.web.parts_judging.Evaluation`: one run at a time, in a thread that does not keep the process from
    ending. A killed run leaves nothing behind."""

    def __init__(
        self, settings: Settings, database: Database, searcher: Searcher, embedder: Embedder, *, with_model: bool
    ) -> None:
        self._settings, self._database, self._searcher, self._embedder = settings, database, searcher, embedder
        self._with_model = with_model
        self._cases = Cases(database)
        self._folder = settings.konspekt_home / FOLDER
        self._lock = threading.Lock()
        self._state = EvaluationState()

    def sets(self) -> list[QuestionSet]:
        kept = len(self._cases.kept())
        files = sorted(path.name for path in self._folder.glob("*.jsonl") if path.is_file())
        return [*([QuestionSet(CASES, kept)] if kept else []), *(QuestionSet(name, None) for name in files)]

    def with_model(self) -> bool:
        return self._with_model

    def state(self) -> EvaluationState:
        return self._state

    def start(self, names: Sequence[str], *, by_model: bool) -> bool:
        known = [one.name for one in self.sets()]
        wanted = [name for name in known if name in names]  # never a path that was made up
        with self._lock:
            if self._state.running or not wanted:
                return False
            self._state = EvaluationState(running=True)
        work = (wanted, by_model and self._with_model)
        threading.Thread(target=self._run, args=work, daemon=True, name="page-evaluation").start()
        return True

    def _run(self, names: Sequence[str], by_model: bool) -> None:
        try:
            report = self._measured(names, by_model)
            with self._database.session() as session:
                EvaluationRuns(session).add(report)
        except (IndexerError, StorageError, OSError) as error:
            self._state = EvaluationState(failed=of(error))
        except Exception as error:
            log.exception("an evaluation failed")
            self._state = EvaluationState(failed=of(repr(error)))
        else:
            self._state = EvaluationState()

    def _measured(self, names: Sequence[str], by_model: bool) -> dict[str, Any]:
        started = time.monotonic()
        asked = [one for name in names for one in self._read(name)]
        modes: list[Mode] = ["dense", "lexical", "fused"]
        if self._settings.reranker_model:
            modes.append("reranked")
        prompted = prompt_reader(IndexFrequencies(self._database), self._settings.llm_context_tokens)
        rows: list[dict[str, Any]] = []
        found: dict[int, Outcome] = {}  # by place among those asked, of the mode that answers use
        total = len(asked) * (len(modes) + 1)
        for number, mode in enumerate(modes):
            outcomes = []
            for place, one in enumerate(asked):
                self._step("search", number * len(asked) + place, total)
                for outcome in run(self._searcher, [one.question], mode, prompted):
                    outcomes.append(outcome)
                    found[place] = outcome
            rows += [row_to_json(row) for row in tabulate(mode, outcomes)]
        judged = asyncio.run(self._judged(asked, by_model, total))
        return {
            "sets": list(names),
            "questions": len(asked),
            "by_model": by_model,
            "seconds": round(time.monotonic() - started, 1),
            "retrieval": rows,
            "answers": {
                split or "all": asdict(scores) | {"intervals": intervals(grouped(judged)[split])}
                for split, scores in by_split(judged).items()
            },
            "misses": [
                miss for place, one in enumerate(judged) if (miss := self._miss(asked[place], one, found.get(place)))
            ],
        }

    def _read(self, name: str) -> list[_Asked]:
        if name != CASES:
            return [_Asked(question) for question in read_questions(self._folder / name)]
        return [
            _Asked(Question(one.question, one.accept, CASES, document=one.document_id or one.url or ""), one.answer_id)
            for one in self._cases.kept()
        ]

    def _step(self, step: str, done: int, total: int) -> None:
        self._state = EvaluationState(True, step, done, total)

    async def _judged(self, asked: Sequence[_Asked], by_model: bool, total: int) -> list[Judged]:
        """With a model client of its own: the page's belongs to the page's loop."""
        model = build_chat_model(self._settings) if by_model else None
        answerer: Answerer = build_answerer(
            self._settings, self._database, self._searcher, self._embedder, with_model=by_model, model=model
        )
        judged = []
        try:
            for place, one in enumerate(asked):
                self._step("answer", total - len(asked) + place, total)
                judged.append(judge(one.question, await answerer.answer(one.question.text)))
        finally:
            await answerer.close()
        return judged

    def _miss(self, asked: _Asked, one: Judged, outcome: Outcome | None) -> dict[str, Any] | None:
        """What went wrong and which post was right; a reader's question stays where /forget finds it."""
        question = one.question
        if one.refusal_is_right and (question.must_be_refused or one.right):
            return None
        why = "refused" if one.refused else "answered" if question.must_be_refused else "elsewhere"
        return {
            "question": None if asked.case is not None else question.text,
            "case": asked.case,
            "why": why,
            "rank": outcome.rank if outcome is not None else None,
            "document": question.document or self._right_post(question),
        }

    def _right_post(self, question: Question) -> str:
        for words in question.accept:
            for passage in self._searcher.search(words, LOOKED_THROUGH):
                if holds_answer(f"{passage.title}\n{passage.text}", [words]):
                    return passage.document_id
        return ""

    def runs(self) -> list[EvaluationRun]:
        with self._database.read() as session:
            stored = EvaluationRuns(session).all()
        kept = {one.answer_id: one.question for one in self._cases.kept()}
        return [EvaluationRun(number, at, report, tuple(_misses(report, kept))) for number, at, report in stored]


def _misses(report: dict[str, Any], kept: dict[int, str]) -> list[Miss]:
    """Without those whose reader took their question back."""
    shown = []
    for one in report["misses"]:
        question = one["question"] if one["case"] is None else kept.get(one["case"])
        if question is not None:
            shown.append(Miss(question, one["why"], one["rank"], one["document"]))
    return shown
