"""The picture of /stats: questions per day, those without an answer on top. Drawn without a display."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from konspekt.bot.locales import Locale

if TYPE_CHECKING:
    from konspekt.storage.statistics import Day

ANSWERED, REFUSED = "#3d7dca", "#e08a3c"


def questions_chart(days: Sequence[Day], locale: Locale) -> bytes:
    """A PNG of about 1000 × 500 pixels."""
    from matplotlib.figure import Figure  # the object interface: no global state, safe in a thread
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 5), dpi=100, layout="constrained")
    axes = figure.subplots()
    names = [f"{day.date:%d.%m}" for day in days]
    refused = [day.refused for day in days]
    answered = [day.questions - day.refused for day in days]
    places = range(len(days))
    axes.bar(places, answered, color=ANSWERED, label=locale("chart_answered"))
    axes.bar(places, refused, bottom=answered, color=REFUSED, label=locale("chart_refused"))
    step = max(1, len(days) // 10)
    axes.set_xticks(list(places)[::step], names[::step])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(locale("chart_title"))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
