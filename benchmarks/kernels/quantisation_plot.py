"""The table and the plot of benchmarks/kernels/quantisation.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MARKS = ("<!-- quantisation: made by benchmarks/kernels/quantisation.py --draw -->\n", "<!-- /quantisation -->")
METHODS = {"rtn": ("o", "#8c8c8c"), "mse": ("s", "#3b75af"), "gptq": ("^", "#d1605e"), "lsq": ("v", "#e49444")}
METHODS |= {"ldlq": ("D", "#6a9f58"), "rtn rotated": ("P", "#8c8c8c"), "gptq rotated": ("X", "#d1605e")}


def table(model: dict[str, Any]) -> str:
    """A row per format, its bits and error to nearest, and the perplexity of each method; the best of a row is bold."""
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
    """Bits against perplexity, and again closer where most formats are; the best method of a format has its name."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    rows, before = model["rows"], model["before"]
    figure, (whole, close) = plt.subplots(1, 2, figsize=(12, 5.5))
    best = sorted(best_of_each(rows), key=lambda row: row["perplexity"])
    for axes, top, named in (
        (whole, 100 * before, [row for row in best if row["bits"] < 4]),
        (close, 1.25 * before, [row for row in best if 4 <= row["bits"] < 6.5 and row["perplexity"] < 1.25 * before]),
    ):
        for method, (marker, colour) in METHODS.items():
            some = [row for row in rows if row["method"] == method and (axes is whole or row["perplexity"] < top)]
            heights = [min(row["perplexity"], top) for row in some]
            axes.scatter([r["bits"] for r in some], heights, marker=marker, color=colour, s=28, label=method, zorder=3)
        for i, row in enumerate(named):
            text = row["format"] if row["perplexity"] < top else f"{row['format']} ↑"
            at, side = (
                (row["bits"], min(row["perplexity"], top)),
                (6, -3) if axes is whole else (6, -10 if i % 2 else 5),
            )
            axes.annotate(text, at, fontsize=7, xytext=side, textcoords="offset points")
        axes.plot([r["bits"] for r in frontier(rows)], [min(r["perplexity"], top) for r in frontier(rows)], c="#cccccc")
        axes.axhline(before, color="black", linestyle=":", lw=1, label="before")
        axes.set(xlabel="bits a weight, scales included", ylabel="perplexity")
        axes.grid(alpha=0.25, which="both")
    whole.set(yscale="log", title=model["model"])
    close.set(xlim=(3.95, 6.2), ylim=(0.99 * before, 1.25 * before), title="four to six bits, closer")
    whole.legend()
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def best_of_each(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The row of the best method of each format."""
    names = {row["format"] for row in rows}
    return [min((r for r in rows if r["format"] == name), key=lambda r: r["perplexity"]) for name in names]


def frontier(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows that no row of as few bits beats, by bits."""
    found: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda r: (r["bits"], r["perplexity"])):
        if not found or row["perplexity"] < found[-1]["perplexity"]:
            found.append(row)
    return found


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
