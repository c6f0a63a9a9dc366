"""Search and answers on questions whose writers had read the material but none of our code.

    python -m benchmarks.answers.strangers [--sets sample_final seeds_final] [--llm] [--draw N] [--misses] [--result R]

Indexes the sample, and the dumps where they are, as a user would (`konspekt reindex`), and asks every question of the
sets in `benchmarks/questions/`, or N of them that a fixed seed draws, through the product's own searcher and answerer:
without a model, or with `--llm` by the model that `konspekt ask` would find: that of OPENAI_BASE_URL, else of the
server that runs at LOCAL_PORT, else LOCAL_MODEL for as long as this takes. A model of ours is read for whether the
material answers, as `konspekt run` has it; set a longer JUDGE_TIMEOUT where the machine is busy with other things. Each
line has a `kind` (answerable, near_miss, off_topic) and a `style` (plain, typo, slang, translit, layout, english,
lowercase). Means with 95 % bootstrap intervals go to benchmarks/results/R.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.common.bootstrap import interval
from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.answering.evaluation import judge
from konspekt.answering.judging.probe import KNOWN
from konspekt.app.build import (
    build_answerer,
    build_database,
    build_embedder,
    build_probe,
    build_searcher,
    configured_endpoints,
)
from konspekt.app.local_model.at_hand import model_at_hand
from konspekt.app.settings import Settings
from konspekt.indexer.evaluation import Question, first_rank, holds_answer

Model = dict[str, Any] | bool  # False: none

QUESTIONS = ROOT / "benchmarks" / "questions"
SETS = ("sample_final", "seeds_final")
DEPTH = 10


def read(name: str) -> list[dict[str, Any]]:
    lines = (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def indexed(material: Path, home: Path) -> None:
    environment = {**os.environ, "KONSPEKT_HOME": str(home), "MODELS_DIR": str(MODEL_FILES), "LOCAL_MODEL": "none"}
    command = [sys.executable, "-m", "konspekt.cli.main", "reindex", str(material)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def drawn(rows: list[dict[str, Any]], most: int | None) -> list[dict[str, Any]]:
    """`most` of them, the same ones each time, in their order."""
    if most is None or most >= len(rows):
        return rows
    return [rows[i] for i in sorted(random.Random(0).sample(range(len(rows)), most))]


def asked_at(
    home: Path, rows: list[dict[str, Any]], *, llm: bool
) -> tuple[list[dict[str, Any]], dict[str, Any] | bool]:
    """One row of results per question, and which model answered: False for none."""
    settings = Settings(konspekt_home=home, models_dir=MODEL_FILES)
    if not llm:
        return asyncio.run(ask(rows, settings, llm=False)), False
    with model_at_hand(settings, lambda said: print(said, file=sys.stderr)) as (settings, _):
        if not configured_endpoints(settings):
            raise SystemExit("no model is at hand: start `konspekt serve`, or name one by OPENAI_BASE_URL")
        probe = build_probe(settings)
        read = probe is not None and probe.log_odds(*KNOWN) is not None
        name = Path(settings.openai_model or "").name  # results are read on other machines
        used = {"name": name, "points_at_sentences": settings.llm_points, "read_by_the_line": read}
        return asyncio.run(ask(rows, settings, llm=True)), used


async def ask(rows: list[dict[str, Any]], settings: Settings, *, llm: bool) -> list[dict[str, Any]]:
    """One row of results per question."""
    embedder = build_embedder(settings)
    database = build_database(settings)
    searcher = build_searcher(settings, database, embedder)
    answerer = build_answerer(settings, database, searcher, embedder, with_model=llm)
    found = []
    for row in rows:
        question = Question(row["question"], tuple(row.get("accept", ())), "", row.get("lang", ""))
        begun = time.perf_counter()
        passages = searcher.search(question.text, DEPTH)
        searched = time.perf_counter() - begun
        answer = await answerer.answer(question.text)
        judged = judge(question, answer)
        found.append({
            **row, "rank": first_rank([f"{p.title}\n{p.text}" for p in passages], question.accept),
            "refused": judged.refused, "said": judged.said, "answer": answer.text, "search_ms": 1000 * searched,
            "shown_refusing": judged.refused and holds_answer(answer.text, question.accept),
            "in_words": not judged.refused and holds_answer(answer.text, question.accept),
            "searched": bool(answer.passages),
            "total_ms": judged.total_ms,
        })  # fmt: skip
    await answerer.close()
    database.close()
    return found


def scores(found: list[dict[str, Any]]) -> dict[str, Any]:
    of = {kind: [row for row in found if row["kind"] == kind] for kind in ("answerable", "near_miss", "off_topic")}
    ranks = [row["rank"] for row in of["answerable"]]
    styles: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in of["answerable"]:
        styles[row["style"]].append(row)
    times = sorted(row["total_ms"] for row in found)
    return {
        "recall@1": interval([rank == 1 for rank in ranks]),
        "recall@5": interval([rank is not None and rank <= 5 for rank in ranks]),
        "mrr": interval([1 / rank if rank else 0.0 for rank in ranks]),
        "fact_shown": interval([row["said"] for row in of["answerable"]]),
        "fact_in_its_own_text": interval([row["in_words"] for row in of["answerable"]]),
        "shown_in_the_refusal": interval([row["shown_refusing"] for row in of["answerable"]]),
        "refused_wrongly": interval([row["refused"] for row in of["answerable"]]),
        "near_misses_refused": interval([row["refused"] for row in of["near_miss"]]),
        # refused, or answered as small talk and the like, for which nothing was searched
        "off_topic_right": interval([row["refused"] or not row["searched"] for row in of["off_topic"]]),
        "median_ms": round(times[len(times) // 2], 1) if times else None,
        "fact_shown_by_style": {
            style: interval([row["said"] for row in rows]) for style, rows in sorted(styles.items())
        },
        "recall@5_by_style": {
            style: interval([row["rank"] is not None and row["rank"] <= 5 for row in rows])
            for style, rows in sorted(styles.items())
        },
    }


def misses(found: Iterable[dict[str, Any]]) -> None:
    for row in found:
        good = row["said"] if row["kind"] == "answerable" else row["refused"] or not row["searched"]
        if not good:
            print(f"{row['kind']:10} {row['style']:9} rank {row['rank']} refused {row['refused']}: {row['question']}")
            print(f"    {' '.join(row['answer'].split())[:200]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--homes", type=Path, help="keep the indexes there, `sample` and `seeds`, for another run")
    parser.add_argument("--llm", action="store_true", help="answer by a model, as `konspekt ask` does")
    parser.add_argument("--draw", type=int, help="ask so many questions of each set, the same ones each time")
    parser.add_argument("--misses", action="store_true", help="name each wrong answer; not for sets that are held back")
    parser.add_argument("--result", default="strangers")
    options = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {}
    model: Model = False
    for name in options.sets:
        material = options.seeds.resolve() if name.startswith("seeds") else ROOT / "sample"
        if not material.is_dir():
            print(f"{name}: left out, its material is not here")
            continue
        with tempfile.TemporaryDirectory(prefix="konspekt-strangers-") as folder:
            home = (options.homes or Path(folder)).resolve() / name.partition("_")[0]
            if not home.is_dir():
                indexed(material, home)
            found[name], model = asked_at(home, drawn(read(name), options.draw), llm=options.llm)
    everything = [row for rows in found.values() for row in rows]
    of_sets, whole = {name: scores(rows) for name, rows in found.items()}, scores(everything)
    result = {"model": model, "sets": of_sets, "all": whole}
    for key, value in whole.items():
        if isinstance(value, dict) and "mean" in value:
            print(f"{key:22}{value['mean']:7.3f}  ({value['low']:.3f} to {value['high']:.3f}, n = {value['n']})")
    for style, value in whole["fact_shown_by_style"].items():
        print(
            f"fact shown, {style:10}{value['mean']:7.3f}  ({value['low']:.3f} to {value['high']:.3f}, n = {value['n']})"
        )
    if options.misses:
        misses(everything)
    print(f"written to {write_result(options.result, result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
