"""The table and the plot of benchmarks/quantisation.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MARKS = ("<!-- quantisation: made by benchmarks/quantisation.py --draw -->\n", "<!-- /quantisation -->")
METHODS = {"rtn": ("o", "#8c8c8c"), "mse": ("s", "#3b75af"), "gptq": ("^", "#d1605e"), "lsq": ("v", "#e49444")}
METHODS |= {"ldlq": ("D", "#6a9f58"), "rtn rotated": ("P", "#8c8c8c"), "gptq rotated": ("X", "#d1605e")}


def table(model: dict[str, Any]) -> str:
    """A row a format, its bits and error to nearest, and the perplexity of each method; the best of a row is bold."""
    methods = [m for m in METHODS if any(row["method"] == m for row in model["rows"])]
    formats: dict[str, dict[str, Any]] = {}
    for row in model["rows"]:
        formats.setdefault(row["format"], {})[row["method"]] = row
    lines = [
        f"**{model['model']}**: perplexity {model['before']:.2f} before.\n",
        f"| format | bits a weight | {' | '.join(methods)} |",
        f"|---|---|{'---|' * len(methods)}",
    ]
    for name, rows in sorted(formats.items(), key=lambda pair: -next(iter(pair[1].values()))["bits"]):
        best = min(row["perplexity"] for row in rows.values())
        cells = [_cell(rows.get(method), best, len(rows)) for method in methods]
        lines.append(f"| {name} | {next(iter(rows.values()))['bits']:.2f} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(row: dict[str, Any] | None, best: float, of: int) -> str:
    if row is None:
        return ""
    shown = f"{row['perplexity']:.2f}" if row["perplexity"] < 1e4 else f"{row['perplexity']:.0e}"
    return f"**{shown}**" if row["perplexity"] == best and of > 1 else shown


def plot(model: dict[str, Any], path: Path) -> None:
    """Bits against perplexity; only the best method of a format has its name beside it."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    rows = model["rows"]
    ceiling = 100 * model["before"]
    figure, axes = plt.subplots(figsize=(9, 5.5))
    for method, (marker, colour) in METHODS.items():
        some = [row for row in rows if row["method"] == method]
        axes.scatter(
            [r["bits"] for r in some],
            [min(r["perplexity"], ceiling) for r in some],
            marker=marker,
            color=colour,
            s=28,
            label=method,
            zorder=3,
        )
    for name in {row["format"] for row in rows}:
        best = min((row for row in rows if row["format"] == name), key=lambda row: row["perplexity"])
        text = name if best["perplexity"] < ceiling else f"{name} ↑"
        at = (best["bits"], min(best["perplexity"], ceiling))
        axes.annotate(text, at, fontsize=7, xytext=(4, -8), textcoords="offset points")
    frontier: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda r: (r["bits"], r["perplexity"])):
        if not frontier or row["perplexity"] < frontier[-1]["perplexity"]:
            frontier.append(row)
    axes.plot([r["bits"] for r in frontier], [min(r["perplexity"], ceiling) for r in frontier], color="#cccccc", lw=1)
    axes.axhline(model["before"], color="black", linestyle=":", lw=1, label="before")
    axes.set(xlabel="bits a weight, scales included", ylabel="perplexity", yscale="log", title=model["model"])
    axes.grid(alpha=0.25, which="both")
    axes.legend()
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def draw(held: dict[str, Any], root: Path) -> None:
    """Writes quantisation.md beside the result, the part of docs/quantisation.md between MARKS, and the picture."""
    models = [model for model in held["models"] if model["rows"]]
    if not models:
        return
    whole = "\n".join(table(model) for model in models)
    (root / "benchmarks" / "results" / "quantisation.md").write_text(whole, "utf-8")
    page = root / "docs" / "quantisation.md"
    before, begun, rest = page.read_text("utf-8").partition(MARKS[0])
    if begun:
        picture = f"![Perplexity against bits, {models[0]['model']}](pictures/quantisation.png)"
        page.write_text(
            before + begun + f"\n{picture}\n\n" + whole + "\n" + MARKS[1] + rest.partition(MARKS[1])[2], "utf-8"
        )
    plot(models[0], root / "docs" / "pictures" / "quantisation.png")
