"""The table of what was measured, in Markdown."""

from __future__ import annotations

from typing import Any

from benchmarks.gpu.attention import sparse
from benchmarks.gpu.section import failures


def table(held: dict[str, Any]) -> str:
    """Tera-operations per second of prefill, share of bandwidth of decode."""
    lines = [f"{held['gpu']}, torch {held['torch']}, Triton {held['triton']}, {held['date']}", ""]
    prefill, decode = ([row for row in held[part] if "error" not in row] for part in ("prefill", "decode"))
    if prefill:
        names = list(dict.fromkeys(name for row in prefill for name in row["tops"]))
        lines += ["| head_dim | mask | tokens | " + " | ".join(names) + " |", "|---" * (3 + len(names)) + "|"]
        for row in sorted(prefill, key=lambda row: (row["dim"], not row["causal"], row["length"])):
            cells = [row["tops"].get(name, "") for name in names]
            shown = ["–" if isinstance(cell, str) else f"{cell:.0f}" for cell in cells]
            mask = "causal" if row["causal"] else "full"
            lines.append(f"| {row['dim']} | {mask} | {row['length']} | {' | '.join(shown)} |")
        lines += ["", "Prefill in tera-operations a second (causal: half of the products are counted).", ""]
    if decode:
        lines += ["| pages | batch | context | µs a layer | share of bandwidth |", "|---" * 5 + "|"]
        lines += [
            f"| {row['kind']} | {row['batch']} | {row['context']} | {row['microseconds']} "
            f"| {100 * (row['share_of_bandwidth'] or 0):.0f} % |"
            for row in decode
        ]
        lines += ["", f"Decode beside a copy on the same GPU: {held['bandwidth_gb_s']} GB/s."]
    lines += sparse.table(held["sparse"])
    lines += failures(held, ("prefill", "decode", "sparse"))
    return "\n".join(lines) + "\n"
