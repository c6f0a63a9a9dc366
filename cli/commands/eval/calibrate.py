"""`konspekt eval answers FILE --calibrate`: from which probability on to answer, by an author's own questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from konspekt.app.settings import Settings
from konspekt.bilingual import Language, told
from konspekt.cli.commands.eval.messages import say
from konspekt.cli.guard import FAILED, failure, tell

if TYPE_CHECKING:
    from konspekt.answering.judging.logistic import LogisticRule
    from konspekt.answering.quality.risk import Expected, Point, Scored
    from konspekt.indexer.evaluation import Question

DEPTH = 8  # passages, as an answer asks for
PATIENCE = 120.0  # seconds for a judgement by the local server: one that is given up would be of another rule


def calibrate(file: Path, questions: Sequence[Question], *, allowed: float, write: bool, as_json: bool) -> None:
    """Shows what the thresholds of these questions would change, and (`write`) makes the answerer use them."""
    from konspekt.answering.quality import risk
    from konspekt.answering.quality.own_thresholds import load_own, save_own
    from konspekt.app.build import own_calibration

    settings = Settings()
    rule, scored, skipped = score_all(settings, questions)
    why = risk.too_few(scored)
    if why is not None or rule is None:
        answerable = sum(one.answerable for one in scored)
        counts = {"count": len(scored), "answerable": answerable, "others": len(scored) - answerable}
        raise failure(say(f"calibrate_{why or 'few'}", fewest=risk.FEWEST, **counts), FAILED)
    path = own_calibration(settings)
    used = load_own(path).of(rule)
    threshold = risk.chosen(scored, allowed)
    sure = risk.surely(scored, threshold)
    report: dict[str, Any] = {
        "file": str(file),
        "questions": len(scored),
        "must_be_refused": sum(not one.answerable for one in scored),
        "left_out": skipped,
        "area_under_curve": round(risk.area(scored) or 0.0, 4),
        "curve": [_rounded(one) for one in risk.curve(scored)],
        "now": {"threshold": used.threshold, "sure": used.sure, **asdict(risk.now(scored, used.threshold))},
        "fitted": {"threshold": round(threshold, 4), "sure": round(sure, 4), **asdict(risk.expected(scored, allowed))},
        "changes": changes(scored, used.threshold, threshold),
        "written": None,
    }
    if write:
        provenance = {"date": datetime.now(UTC).date().isoformat(), "questions": len(scored), "file": file.name}
        try:
            save_own(path, rule, threshold, sure, provenance)
        except OSError as error:
            raise failure(say("out_failed", path=path, reason=error), FAILED) from None
        report["written"] = str(path)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    show(report, risk.curve(scored), risk.now(scored, used.threshold), risk.expected(scored, allowed), settings.spoken)
    tell(say("calibrate_written", path=path) if write else say("calibrate_not_written"))


def score_all(settings: Settings, questions: Sequence[Question]) -> tuple[LogisticRule | None, list[Scored], int]:
    """The rule that decides, the probability of each question, and how many it does not decide (small talk)."""
    from konspekt.answering.finding import Finder, Scope
    from konspekt.answering.frequencies import IndexFrequencies
    from konspekt.answering.judging.judge import open_judge
    from konspekt.answering.judging.refusal import rule_for
    from konspekt.answering.quality.risk import Scored
    from konspekt.answering.question.intents import intent_of
    from konspekt.answering.question.talk import asks_nothing
    from konspekt.answering.words.meaning import Meaning
    from konspekt.answering.writing.ranking import Ranker
    from konspekt.app.build import build_database, build_embedder, build_probe, build_searcher
    from konspekt.app.local_model.at_hand import with_judge
    from konspekt.cli.commands.eval.progress import progressing

    database = build_database(settings)
    embedder = build_embedder(settings)
    searcher = build_searcher(settings, database, embedder)
    searcher.warm_up()
    frequencies, meaning, judge = IndexFrequencies(database), Meaning(embedder), open_judge(embedder)
    probe = build_probe(with_judge(settings).model_copy(update={"judge_timeout": PATIENCE}))
    ranker = Ranker(frequencies, meaning, judge) if judge is not None else None
    finder = Finder(searcher, frequencies, meaning, judge, probe=probe, ranker=ranker)  # as it is shipped
    scope = Scope(DEPTH, None, None, None)
    rule: LogisticRule | None = None
    scored: list[Scored] = []
    for question in progressing(questions, say("calibrate_step")):
        if intent_of(question.text) or asks_nothing(question.text):
            continue
        found = finder.find(question.text, scope)
        if rule is None and found.passages:
            rule = rule_for(question.text, found.passages, frequencies, meaning, judge, probe=probe)[0]
        scored.append(Scored(question.text, found.probability, not question.must_be_refused))
    return rule, scored, len(questions) - len(scored)


def changes(scored: Sequence[Scored], before: float, after: float) -> dict[str, int]:
    """How many questions would be decided otherwise, by whether that is right."""
    flipped = [one for one in scored if (one.probability >= before) != (one.probability >= after)]
    answered = [one for one in flipped if one.probability >= after]
    refused = [one for one in flipped if one.probability < after]
    return {
        "answered_rightly": sum(one.answerable for one in answered),
        "answered_wrongly": sum(not one.answerable for one in answered),
        "refused_rightly": sum(not one.answerable for one in refused),
        "refused_wrongly": sum(one.answerable for one in refused),
    }


def show(report: dict[str, Any], points: Sequence[Point], now: Expected, fitted: Expected, language: Language) -> None:
    from rich.console import Console
    from rich.table import Table

    def text(key: str, **values: object) -> str:
        return told(say(key, **values), language)

    console = Console(highlight=False, markup=False)
    table = Table(title=text("calibrate_curve"), title_justify="left")
    for column in ("threshold", "answered", "wrong_answers", "wrong_refusals"):
        table.add_column(text(f"column_{column}"), justify="right")
    for one in points:
        shares = (one.answered, one.wrong_answers, one.wrong_refusals)
        table.add_row(f"{one.threshold:.3f}", *(f"{share:.3f}" for share in shares))
    console.print(table)
    table = Table(title=text("calibrate_compared"), title_justify="left")
    for column in ("rule", "threshold", "answered", "wrong_answers", "wrong_refusals"):
        table.add_column(text(f"column_{column}"), justify="right" if column != "rule" else "left")
    for name, threshold, reached in (
        ("now", report["now"]["threshold"], now),
        ("fitted", report["fitted"]["threshold"], fitted),
    ):
        numbers = (reached.answered, reached.wrong_answers, reached.wrong_refusals)
        shown = [f"{mean:.3f} ({low:.2f}–{high:.2f})" for mean, low, high in numbers]
        table.add_row(text(f"rule_{name}"), f"{threshold:.3f}", *shown)
    console.print(table)
    counts = {key: report[key] for key in ("questions", "must_be_refused", "left_out")}
    console.print(text("calibrate_summary", area=f"{report['area_under_curve']:.2f}", **counts))
    console.print(text("calibrate_changes", **report["changes"]))


def _rounded(one: Point) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(one).items()}
