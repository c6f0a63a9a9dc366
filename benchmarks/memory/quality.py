"""Whether memory finds what was said, says the latest, knows what never came up, and keeps readers apart.

    python -m benchmarks.memory.quality [--seeds 4,5]

Plays `benchmarks.memory.histories` through the product on a database of its own, without a language model, as
`konspekt eval memory` does. The thresholds in memory/turns.py were chosen on seeds 1 to 3. Results go to
benchmarks/results/memory_quality.json.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common.machine import write_result
from benchmarks.common.paths import ROOT
from benchmarks.memory.histories import histories
from konspekt.indexer.embedding.choosing import open_embedder
from konspekt.memory.evaluation import Player, Scores
from konspekt.storage.database import Database

EVIDENCE = ("one fact", "several talks", "dates")
GOALS = {"evidence_at_5": 0.95, "latest_value": 0.95, "never_told": 0.9}


def scores_of(seed: int) -> Scores:
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'histories.db'}")
        database.migrate()
        try:
            return Player(database, open_embedder("multilingual-e5-small", ROOT / "data" / "models")).play(
                histories(seed)
            )
        finally:
            database.close()


def row_of(seed: int, scores: Scores) -> dict[str, Any]:
    return {
        "seed": seed,
        "questions": {kind: len(right) for kind, right in scores.questions.items()},
        "right": {kind: round(scores.share([kind]), 4) for kind in scores.questions},
        "evidence_at_5": round(scores.share(EVIDENCE), 4),
        "latest_value": round(scores.share(["update"]), 4),
        "never_told": round(scores.share(["never"]), 4),
        "attempts": scores.attempts,
        "leaks": scores.leaks,
        "misses": [f"{one['kind']}: {one['question']}" for one in scores.misses],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="4,5")
    given = parser.parse_args()
    rows = []
    for seed in map(int, given.seeds.split(",")):
        rows.append(row_of(seed, scores_of(seed)))
        print(rows[-1], flush=True)
        write_result("memory_quality", {"goals": GOALS, "rows": rows})
    reached = all(row["leaks"] == 0 and all(row[name] >= goal for name, goal in GOALS.items()) for row in rows)
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
