"""The tables of what was measured, in Markdown: one for each shape."""

from __future__ import annotations

from typing import Any

from benchmarks.gpu.section import failures


def table(held: dict[str, Any]) -> str:
    """Microseconds; beside them the share of a copy's bandwidth up to 16 rows, of the bf16 peak from there."""
    lines = [f"{held['gpu']}, torch {held['torch']}, Triton {held['triton']}, {held['date']}", ""]
    if "roofs" in held:
        lines += [f"A copy moves {held['roofs']['copy_gb_s']} GB/s; cuBLAS reaches {held['roofs']['bf16_tops']} bf16 "
                  "TFLOP/s on 8192 x 8192.", ""]  # fmt: skip
    measured = [row for row in held["rows"] if "error" not in row]
    shapes = list(dict.fromkeys((row["model"], row["outputs"], row["columns"]) for row in measured))
    for model, outputs, columns in shapes:
        rows = sorted(
            (r for r in measured if (r["model"], r["outputs"], r["columns"]) == (model, outputs, columns)),
            key=lambda r: r["batch"],
        )
        names = list(dict.fromkeys(name for row in rows for name in row["found"]))
        lines += [f"**{model}, {columns} columns to {outputs}**", ""]
        lines += ["| µs | " + " | ".join(f"{row['batch']} rows" for row in rows) + " |", "|---" * (1 + len(rows)) + "|"]
        lines += [f"| {name} | " + " | ".join(cell(row, name) for row in rows) + " |" for name in names]
        lines.append("")
    lines += failures(held, ("rows",))
    return "\n".join(lines)


def cell(row: dict[str, Any], name: str) -> str:
    found = row["found"].get(name, "")
    if isinstance(found, str):
        return "–"
    share = "share_of_copy" if row["batch"] <= 16 else "share_of_bf16"
    return f"{found['microseconds']} ({100 * found[share]:.0f} %)"
