"""What the checks of translated lines see: 240 pairs of a Russian line and its English, half of them with one error.

    python -m benchmarks.product.draft_checks [--split tune|final] [--misses]

The pairs were written by a translator who did not know the checks: 120 right ones in many manners, 120 with one error
of meaning of ten kinds. `tune` was looked at when the lists were mended, `final` was not. Shares with 95 % bootstrap
intervals go to benchmarks/results/draft_checks.json.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from typing import Any

from benchmarks.common.bootstrap import interval
from benchmarks.common.machine import write_result
from benchmarks.common.paths import ROOT
from konspekt.conversion.by_model.answers import faults
from konspekt.conversion.by_model.protecting import protect
from konspekt.conversion.document import Run

PAIRS = ROOT / "benchmarks" / "questions" / "translation_pairs.jsonl"


def seen(row: dict[str, Any]) -> list[str]:
    protected = protect((Run(row["source"]),), ())
    return sorted({name for name, _ in faults(protected, row["translation"], "ru", "en")})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["tune", "final"])
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    table: dict[str, dict[str, Any]] = {}
    for split in ("tune", "final"):
        if options.split not in (None, split):
            continue
        by_kind: dict[str, list[bool]] = defaultdict(list)
        for row in rows:
            if row["split"] != split:
                continue
            found = seen(row)
            by_kind["right" if row["right"] else row["kind"]].append(bool(found))
            if options.misses and bool(found) == row["right"]:
                print(row["kind"] or f"FALSE {found}", "|", row["source"], "|", row["translation"])
        wrong = [one for kind, marks in by_kind.items() if kind != "right" for one in marks]
        table[split] = {
            "errors found": interval([float(one) for one in wrong]),
            "false alarms": interval([float(one) for one in by_kind["right"]]),
            "by kind": {kind: f"{sum(marks)}/{len(marks)}" for kind, marks in sorted(by_kind.items())},
        }
        print(split, json.dumps(table[split], ensure_ascii=False))
    if options.split is None:
        write_result("draft_checks", table)


if __name__ == "__main__":
    main()
