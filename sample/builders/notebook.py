"""The notebook of lecture 5: cells below, outputs by really running them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import nbformat

CELLS: list[tuple[str, str]] = [
    (
        "markdown",
        """# Тетрадь 5. int8 своими руками

Сжимаем одну матрицу четырьмя способами и смотрим, где теряется точность. Нужен только numpy. Ошибку меряем относительно:
норма разности, делённая на норму исходной матрицы.""",
    ),
    (
        "code",
        """import numpy as np

rng = np.random.default_rng(7)
W = rng.normal(0, 0.02, size=(512, 512)).astype(np.float32)   # [out, in], похоже на веса линейного слоя

def rel_error(a, b):
    return float(np.linalg.norm(a - b) / np.linalg.norm(a))

def quantize(x, bits, axis=None):
    \"\"\"Симметричная квантизация: один множитель на весь тензор или на строку вдоль axis.\"\"\"
    top = 2 ** (bits - 1) - 1
    scale = np.abs(x).max(axis=axis, keepdims=axis is not None) / top
    return np.clip(np.round(x / scale), -top, top) * scale

print(f"int8 на тензор: {rel_error(W, quantize(W, 8)):.4f}")
print(f"int8 на строку: {rel_error(W, quantize(W, 8, axis=1)):.4f}")
print(f"int4 на строку: {rel_error(W, quantize(W, 4, axis=1)):.4f}")""",
    ),
    (
        "markdown",
        """## Один выброс портит всех

Сделаем один вес из 262 144 в сто раз больше обычного и повторим. Множитель на тензор растянется под него, и остальным числам
достанутся считаные ступеньки. Множитель на строку пострадает только в одной строке.""",
    ),
    (
        "code",
        """V = W.copy()
V[100, 200] = 100 * 0.02
mask = np.ones_like(V, dtype=bool)
mask[100, 200] = False                                           # ошибку смотрим на остальных весах

for name, axis in (("тензор", None), ("строку", 1)):
    q = quantize(V, 8, axis)
    print(f"int8 на {name} с выбросом: {rel_error(V[mask], q[mask]):.4f}")""",
    ),
    (
        "markdown",
        """## Группы: четыре бита, которым можно верить

Режем строку на группы по 32 веса, у каждой свой множитель. Сколько это стоит в битах, считаем честно: множитель fp16
на 32 веса — лишние полбита.""",
    ),
    (
        "code",
        """def quantize_groups(x, bits, group):
    blocks = x.reshape(x.shape[0], -1, group)
    return quantize(blocks, bits, axis=2).reshape(x.shape)

for group in (512, 128, 64, 32, 16):
    error = rel_error(W, quantize_groups(W, 4, group))
    print(f"группа {group:>3}: ошибка {error:.4f}, бит на вес {4 + 16 / group:.3f}")""",
    ),
    (
        "markdown",
        """## SmoothQuant на игрушке

Активации с одним каналом-великаном. Делим канал на s, умножаем столбец весов на s: произведение то же, а округлять
стало легче. Показатель a = 0.5.""",
    ),
    (
        "code",
        """X = rng.normal(0, 1, size=(256, 512)).astype(np.float32)
X[:, 3] *= 60                                                    # канал-выброс
exact = X @ W.T

def w8a8(x, w):
    return quantize(x, 8, axis=1) @ quantize(w, 8, axis=1).T

s = np.abs(X).max(0) ** 0.5 / np.abs(W).max(0) ** 0.5
print(f"как есть:    {rel_error(exact, w8a8(X, W)):.4f}")
print(f"SmoothQuant: {rel_error(exact, w8a8(X / s, W * s)):.4f}")""",
    ),
    (
        "markdown",
        """## Что унести

1. Для весов множитель на строку — минимум, на группу из 32–128 — стандарт для четырёх бит.
2. Выброс опасен не сам по себе, а тем, что делит множитель с соседями.
3. Трудность можно перекладывать между множителями произведения, потому что важен только результат.

**Упражнение.** Замените round на округление вниз и объясните, почему ошибка выросла примерно вдвое.""",
    ),
]


def write(target: Path) -> None:
    namespace: dict[str, Any] = {}
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["language_info"] = {"name": "python"}
    for number, (kind, source) in enumerate(CELLS):
        if kind == "markdown":
            cell = nbformat.v4.new_markdown_cell(source)
        else:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(source, namespace)
            cell = nbformat.v4.new_code_cell(source, execution_count=number)
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed.getvalue())]
        cell["id"] = f"cell-{number}"  # random by default: a rebuild would then differ each time
        notebook.cells.append(cell)
    nbformat.validate(notebook)
    target.write_text(nbformat.writes(notebook) + "\n", "utf-8")
