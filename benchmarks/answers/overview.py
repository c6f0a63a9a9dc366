"""Questions about the whole channel: what they list, count and compare, against sets made by reading.

    python -m benchmarks.answers.overview [--seeds FOLDER] [--homes FOLDER] [--misses]

Indexes the sample, and the dumps where they are, as a user would, and carries out every question of
`benchmarks/questions/overview_{sample,seeds}.jsonl` with the product's own parts, on 21 November 2026 and without a
model. Four types: list, count, time (news, timelines, what was first) and sides (comparisons, reading lists). `expect`
are the ends of document ids; `sides` those that may speak of each side. Then it asks the ordinary questions of
`*_strangers_tune.jsonl`, of which none is about the whole channel. Results go to benchmarks/results/overview.json.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.answers.strangers import indexed, read
from benchmarks.common.bootstrap import interval
from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.answering.answer import Part
from konspekt.answering.finding import Scope
from konspekt.answering.planning import Planned
from konspekt.answering.words.meaning import Meaning
from konspekt.app.build import build_database, build_embedder, build_searcher
from konspekt.app.settings import Settings
from konspekt.assistant.overview.overview import Overview
from konspekt.storage.database import Database
from konspekt.storage.index.catalogue import cards

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ORDINARY = {"sample": ("sample_strangers_tune",), "seeds": ("seeds_strangers_tune",)}


@dataclass(frozen=True, slots=True)
class Scored:
    """`f1` of the items; `right`: the count, the order and what must be said; `linked`: every item by its own link."""

    question: str
    type: str
    f1: float
    right: bool
    linked: bool
    milliseconds: float
    told: str


def score(row: Mapping[str, Any], planned: Planned, links: Mapping[str, str | None], spent: float) -> Scored:
    """`links`: document id -> its link."""
    shown = [citation.document_id for citation in planned.reply.citations]
    found = shown if row.get("shown") else [passage.document_id for passage in planned.passages]
    expected = _ids(row.get("expect", ()), links)
    right = all(words in planned.reply.text for words in row.get("says", ()))
    if "sides" in row:
        f1 = _sides(row, planned, links)
    elif row.get("any") or ("count" in row and not expected):
        f1 = 1.0
    else:
        f1 = f_measure(set(found), set(expected))
    if "count" in row:
        right = right and len(found) == row["count"] and (not found or planned.reply.text.startswith(str(row["count"])))
    if row["type"] == "time" and expected and not row.get("unordered"):
        both = [name for name in found if name in expected]
        right = right and both == [name for name in expected if name in found]
    for before, after in row.get("before", ()):
        one, other = _ids([before, after], links)
        right = right and one in found and other in found and found.index(one) < found.index(other)
    if "missing" in row:
        right = right and f"Про «{row['missing']}» в материалах ничего нет" in planned.reply.text
    return Scored(row["question"], row["type"], f1, right, _linked(planned, links), spent, planned.reply.text)


def f_measure(found: set[str], expected: set[str]) -> float:
    if not found and not expected:
        return 1.0
    return 2 * len(found & expected) / (len(found) + len(expected))


def _ids(ends: Iterable[str], links: Mapping[str, str | None]) -> list[str]:
    """The ids that end so; each end must name one document."""
    found = []
    for end in ends:
        named = [name for name in links if name.endswith((f"/{end}", f"-{end}"))]
        if len(named) != 1:
            raise ValueError(f"{end!r} names {len(named)} documents")
        found += named
    return found


def _sides(row: Mapping[str, Any], planned: Planned, links: Mapping[str, str | None]) -> float:
    """Harmonic mean of the share of sentences that stand on their own side, and the share of sides that have any."""
    blocks = _blocks(planned.reply.parts)
    cited = {citation.n: citation.document_id for citation in planned.reply.citations}
    good, said, served = 0, 0, 0
    for side, ends in row["sides"].items():
        allowed = set(_ids(ends, links))
        sentences = blocks.get(side, [])
        own = [cited[mark] in allowed for part in sentences for mark in part.marks]
        good, said, served = good + sum(own), said + len(own), served + any(own)
    precision, recall = good / said if said else 0.0, served / len(row["sides"])
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _blocks(parts: Sequence[Part]) -> dict[str, list[Part]]:
    """Heading (without its marks) -> the sentences below it."""
    found: dict[str, list[Part]] = defaultdict(list)
    heading = ""
    for part in parts:
        if part.marks:
            found[heading].append(part)
        else:
            heading = part.text.strip("«»“”:")
    return found


def _linked(planned: Planned, links: Mapping[str, str | None]) -> bool:
    """Each cited post is marked in the text and carries its own link; each kept for "more" is one that there is."""
    marked = {mark for part in planned.reply.parts for mark in part.marks}
    own = all(
        citation.n in marked and citation.document_id in links and citation.url == links[citation.document_id]
        for citation in planned.reply.citations
    )
    return own and all(
        passage.document_id in links and passage.url == links[passage.document_id] for passage in planned.passages
    )


def measured(name: str, home: Path) -> tuple[list[Scored], list[str], int]:
    """The questions of one index; the ordinary questions that were taken for such, and how many were asked."""
    settings = Settings(konspekt_home=home, models_dir=MODEL_FILES)
    embedder, database = build_embedder(settings), build_database(settings)
    searcher = build_searcher(settings, database, embedder)
    closeness = Meaning(embedder).of_sentences
    overview = Overview(database, searcher, closeness=closeness, page=10, now=lambda: NOW)
    searcher.warm_up()
    links = _links(database)
    found = []
    for row in read(f"overview_{name}"):
        started = time.perf_counter()
        planned = overview.reply(row["question"], (), Scope(8, None, None, None), "ru")
        spent = 1000 * (time.perf_counter() - started)
        if planned is None:
            found.append(Scored(row["question"], row["type"], 0.0, False, False, spent, "no plan"))
        else:
            found.append(score(row, planned, links, spent))
    ordinary = [row["question"] for part in ORDINARY[name] for row in read(part)]
    caught = [question for question in ordinary if overview.plan(question) is not None]
    database.close()
    return found, caught, len(ordinary)


def _links(database: Database) -> dict[str, str | None]:
    with database.read() as session:
        return {card.id: card.url for card in cards(session)}


def summary(found: Sequence[Scored]) -> dict[str, Any]:
    times = sorted(one.milliseconds for one in found)
    return {
        "item_f1": interval([one.f1 for one in found]),
        "right": interval([one.right for one in found]),
        "linked": interval([one.linked for one in found]),
        "median_ms": round(times[len(times) // 2], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--homes", type=Path, help="homes named sample and seeds in which these are indexed already")
    parser.add_argument("--misses", action="store_true", help="name what went wrong")
    options = parser.parse_args()
    found: dict[str, list[Scored]] = {}
    caught: list[str] = []
    asked = 0
    for name, material in (("sample", ROOT / "sample"), ("seeds", options.seeds.resolve())):
        if not material.is_dir():
            print(f"{name}: left out, its material is not here")
            continue
        with tempfile.TemporaryDirectory(prefix="konspekt-overview-") as folder:
            home = options.homes / name if options.homes else Path(folder)
            if not options.homes:
                indexed(material, home)
            found[name], wrongly, ordinary = measured(name, home)
            caught += wrongly
            asked += ordinary
    everything = [one for rows in found.values() for one in rows]
    types = sorted({one.type for one in everything})
    parts = {"all": everything, **{kind: [one for one in everything if one.type == kind] for kind in types}}
    scores = {kind: summary(rows) for kind, rows in parts.items()}
    result = {
        "questions": len(everything),
        "scores": scores,
        "sets": {name: summary(rows) for name, rows in found.items()},
        "ordinary_questions": asked,
        "taken_wrongly": caught,
    }
    for kind, part in scores.items():
        print(
            f"{kind:6} item F1 {part['item_f1']['mean']:.3f}  right {part['right']['mean']:.3f}  "
            f"linked {part['linked']['mean']:.3f}  {part['median_ms']} ms  n = {part['item_f1']['n']}"
        )
    print(f"of {asked} ordinary questions {len(caught)} were taken for questions about the whole channel")
    if options.misses:
        for one in everything:
            if one.f1 < 1 or not one.right or not one.linked:
                print(
                    f"\n{one.type} {one.question}: F1 {one.f1:.3f}, right {one.right}, linked {one.linked}\n{one.told}"
                )
    write_result("overview", result)


if __name__ == "__main__":
    main()
