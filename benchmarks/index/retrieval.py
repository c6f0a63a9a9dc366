"""Retrieval on our question sets: recall, MRR and recall within the prompt's budget, per search configuration.

    python -m benchmarks.index.retrieval [--seeds ../shared/seeds]

Indexes the sample, and the dumps where they are, into a home of their own and runs `konspekt eval retrieval` over each
question file of `benchmarks/questions/`: what a user would do. Results go to benchmarks/results/retrieval.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT

QUESTIONS = ROOT / "benchmarks" / "questions"
KONSPEKT = [sys.executable, "-m", "konspekt.cli.main"]


def konspekt(home: Path, models: Path, *arguments: str) -> str:
    environment = {**os.environ, "KONSPEKT_HOME": str(home), "MODELS_DIR": str(models), "LANGUAGE": "en"}
    done = subprocess.run([*KONSPEKT, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def measure(material: Path, name: str, models: Path) -> list[dict[str, Any]]:
    """Rows of every question file that was written for this material."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="konspekt-eval-") as home:
        konspekt(Path(home), models, "reindex", str(material))
        for file in sorted(QUESTIONS.glob(f"{name}*.jsonl")):
            report = json.loads(konspekt(Path(home), models, "eval", "retrieval", str(file), "--json"))
            about = {"questions_of": file.stem, "budget_tokens": report["budget_tokens"]}
            rows.extend(about | row for row in report["rows"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--models", type=Path, default=MODEL_FILES)
    options = parser.parse_args()
    rows = measure(ROOT / "sample", "sample", options.models)
    if options.seeds.is_dir():
        rows += measure(options.seeds.resolve(), "seeds", options.models)
    print(
        f"{'questions':16}{'split':9}{'search':9}{'n':>4}{'@1':>8}{'@3':>8}{'@5':>8}{'@10':>8}{'MRR':>8}{'prompt':>8}"
    )
    for row in rows:
        recalls = "".join(f"{value:8.3f}" for value in row["recall"].values())
        print(
            f"{row['questions_of']:16}{row['split']:9}{row['mode']:9}{row['questions']:4}{recalls}"
            f"{row['mrr']:8.3f}{row['recall_in_budget']:8.3f}"
        )
    print(write_result("retrieval", {"embedding_model": "multilingual-e5-small", "rows": rows}))


if __name__ == "__main__":
    main()
