"""The picture of a report: the error of every matrix, layer by layer."""

from __future__ import annotations

from pathlib import Path

from konspekt.quantization.report import Report


def draw_errors(report: Report, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4))
    axes = figure.subplots()
    for name in dict.fromkeys(error.name for error in report.layers):
        some = [error for error in report.layers if error.name == name]
        axes.plot([e.layer for e in some], [max(e.error, 1e-9) for e in some], marker=".", label=name)
    of = "outputs" if report.calibrated and report.method != "rtn" else "weights"
    axes.set(xlabel="layer", ylabel=f"relative squared error of {of}", yscale="log")
    axes.set_title(f"{report.source}: {report.format} by {report.method}, {report.bits_per_weight:.2f} bits a weight")
    axes.grid(alpha=0.25)
    axes.legend(fontsize=7, ncols=2)
    figure.tight_layout()
    figure.savefig(path, dpi=100, metadata={"Software": None})
