"""What the checks of translated lines see: 240 pairs of a Russian line and its English, half of them with one error.

    python -m benchmarks.product.draft_checks [--split tune|final] [--misses] [--json]

The pairs were written by a translator who did not know the checks: 120 right ones in many manners, 120 with one error
of meaning of ten kinds. `tune` was looked at when the lists were mended, `final` was not. `without` is the ablation:
what is found, and what is marked for nothing, when one check is left out; `term` is the glossary's, and no model takes
part. Shares with 95 % bootstrap intervals go to benchmarks/results/draft_checks.json.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
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


def measured(judged: Sequence[tuple[dict[str, Any], list[str]]]) -> dict[str, Any]:
    """Of the pairs of one half, each with the checks that it fails."""
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for row, found in judged:
        by_kind["right" if row["right"] else row["kind"]].append(bool(found))
    checks = sorted({name for _, found in judged for name in found})
    return {
        **_shares(judged),
        "by kind": {kind: f"{sum(marks)}/{len(marks)}" for kind, marks in sorted(by_kind.items())},
        "without": {
            check: {
                name: share["mean"]
                for name, share in _shares(
                    [(row, [one for one in found if one != check]) for row, found in judged]
                ).items()
            }
            for check in checks
        },
    }


def _shares(judged: Sequence[tuple[dict[str, Any], list[str]]]) -> dict[str, dict[str, float]]:
    return {
        "errors found": interval([float(bool(found)) for row, found in judged if not row["right"]]),
        "false alarms": interval([float(bool(found)) for row, found in judged if row["right"]]),
    }


def _line(item: tuple[str, dict[str, Any]]) -> str:
    split, found = item
    means = {name: found[name]["mean"] for name in ("errors found", "false alarms")}
    return f"{split} {json.dumps({**means, 'by kind': found['by kind']}, ensure_ascii=False)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["tune", "final"])
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--json", action="store_true", help="all of it, the ablation too")
    options = parser.parse_args()
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    table: dict[str, dict[str, Any]] = {}
    for split in ("tune", "final"):
        if options.split not in (None, split):
            continue
        judged = [(row, seen(row)) for row in rows if row["split"] == split]
        for row, found in judged:
            if options.misses and bool(found) == row["right"]:
                print(row["kind"] or f"FALSE {found}", "|", row["source"], "|", row["translation"])
        table[split] = measured(judged)
    print(json.dumps(table, ensure_ascii=False, indent=1) if options.json else "\n".join(map(_line, table.items())))
    if options.split is None:
        write_result("draft_checks", table)


if __name__ == "__main__":
    main()
