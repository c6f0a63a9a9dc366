"""The channel's pictures: small charts of what the posts tell, 800×450, each from a few lines of numpy."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

INK, WARM, COOL = "#22313f", "#d35400", "#2471a3"


def draw(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _save(_schedules(), folder / "noising.jpg")
    _save(_bits(), folder / "kquants.jpg")
    for number, strength in enumerate((1, 3, 8), 1):
        _save(_guidance(strength), folder / f"album-cfg-{number}.jpg")
    _save(_bayes(), folder / "board-1.jpg")
    _save(_overshoot(), folder / "board-2.jpg")


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=100, pil_kwargs={"quality": 80, "optimize": True})
    plt.close(figure)


def _axes(title: str) -> tuple[Figure, plt.Axes]:
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    axes.set_title(title, color=INK)
    axes.grid(alpha=0.25)
    return figure, axes


def _schedules() -> Figure:
    steps = np.arange(1000)
    linear = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    cosine = np.cos((steps / 1000 + 0.008) / 1.008 * np.pi / 2) ** 2
    figure, axes = _axes("Сколько картинки осталось на шаге t")
    axes.plot(steps, np.sqrt(linear), color=WARM, label="линейное β (DDPM)")
    axes.plot(steps, np.sqrt(cosine / cosine[0]), color=COOL, label="косинусное ᾱ")
    axes.set_xlabel("шаг t")
    axes.set_ylabel("множитель перед картинкой")
    axes.legend()
    return figure


def _bits() -> Figure:
    names = ["Q2_K", "Q3_K", "Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0"]
    bits = [2.625, 3.4375, 4.5, 4.5, 5.5, 6.5625, 8.5]
    figure, axes = _axes("Бит на вес вместе с множителями")
    axes.bar(names, bits, color=COOL)
    for place, value in enumerate(bits):
        axes.text(place, value + 0.1, f"{value:g}", ha="center", color=INK)
    return figure


def _guidance(strength: float) -> Figure:
    """Guidance for Gaussians in closed form: the mean moves beyond the cluster, the variance shrinks."""
    random = np.random.default_rng(0)
    centres = np.array([[-2, -1], [0, 1.5], [2, 1]])
    figure, axes = _axes(f"w = {strength}")
    for centre in centres:
        axes.scatter(*(centre + 0.35 * random.normal(size=(150, 2))).T, s=6, color="#bbbbbb")
    shift = (centres[2] - centres.mean(0)) * 0.12 * (strength - 1)
    points = centres[2] + shift + 0.35 / np.sqrt(strength) * random.normal(size=(150, 2))
    axes.scatter(*points.T, s=8, color=WARM)
    axes.set_xlim(-4, 6)
    axes.set_ylim(-3, 4)
    return figure


def _bayes() -> Figure:
    figure, axes = _axes("Откуда берётся guidance")
    axes.axis("off")
    lines = [
        r"$p(x\,|\,c) = p(c\,|\,x)\,p(x)\,/\,p(c)$",
        r"$\nabla\log p(c\,|\,x) = \nabla\log p(x\,|\,c) - \nabla\log p(x)$",
        r"$\tilde s = s(x) + w\,[\,s(x\,|\,c) - s(x)\,]$",
    ]
    for row, line in enumerate(lines):
        axes.text(0.5, 0.78 - 0.27 * row, line, ha="center", fontsize=20, color=INK)
    return figure


def _overshoot() -> Figure:
    x = np.linspace(-3, 6, 400)
    figure, axes = _axes("Чем больше w, тем дальше от данных")
    for w, color in ((1, COOL), (3, "#7d3c98"), (8, WARM)):
        mean, spread = 1 + 0.4 * (w - 1), 1 / np.sqrt(w)
        axes.plot(x, np.exp(-((x - mean) ** 2) / 2 / spread**2) / spread, color=color, label=f"w = {w}")
    axes.legend()
    return figure
