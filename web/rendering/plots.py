"""Plots as SVG: bars with their numbers in words, for eyes and for screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil
from typing import Protocol

from konspekt.web.locales import Locale

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 220, 34, 26, 12


class Day(Protocol):
    """`konspekt.storage.statistics.Day`."""

    @property
    def date(self) -> object: ...
    @property
    def questions(self) -> int: ...
    @property
    def refused(self) -> int: ...


def days_svg(days: Sequence[Day], locale: Locale, title: str) -> str:
    """A bar for each day; below it the part that was refused."""
    most = max((day.questions for day in days), default=0)
    top = _round_up(most)
    step = (WIDTH - LEFT) / max(1, len(days))
    body = [_line(value, top) for value in sorted({0, top // 2, top})]
    for place, day in enumerate(days):
        x = LEFT + place * step + step * 0.1
        written = f"{day.date:%d.%m}" if locale.language == "ru" else f"{day.date:%m-%d}"
        hint = escape(locale("plot_day", date=written, questions=day.questions, refused=day.refused))
        bars = _bar("bar", x, step * 0.8, day.questions, top) + _bar("part", x, step * 0.8, day.refused, top)
        body.append(f"<g><title>{hint}</title>{bars}</g>")
        if place % max(1, ceil(len(days) / 8)) == 0:
            body.append(f'<text x="{x:.1f}" y="{HEIGHT - 8}">{escape(written)}</text>')
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(body)}</svg>"
    )


def _line(value: int, top: int) -> str:
    y = _y(value, top)
    return (
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'
    )


def _bar(kind: str, x: float, width: float, value: int, top: int) -> str:
    if value <= 0:
        return ""
    y = _y(value, top)
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_y(0, top) - y:.1f}" rx="1.5"/>'


def _y(value: float, top: int) -> float:
    room = HEIGHT - BOTTOM - TOP
    return TOP + room * (1 - value / top)


def _round_up(value: int) -> int:
    """A round number not below it, of which half is whole."""
    size: int = 10 ** max(0, len(str(value)) - 1)
    return max(2, next(size * step for step in (1, 2, 4, 6, 8, 10, 20) if size * step >= value))
