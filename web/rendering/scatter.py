"""The topic map as SVG: a band for each group, time from left to right."""

from __future__ import annotations

from datetime import datetime
from html import escape

from konspekt.assistant.mapping.topic_map import TopicMap
from konspekt.web.locales import Locale
from konspekt.web.rendering.links import post_path

WIDTH, BAND, TOP, LEFT, BOTTOM = 960, 76, 8, 12, 26
COLOURS = ("c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7")


def map_svg(drawn: TopicMap, locale: Locale) -> str:
    first = min(point.published_at for point in drawn.points)
    last = max(point.published_at for point in drawn.points)
    span = max(1.0, (last - first).total_seconds())
    height = TOP + BAND * len(drawn.names) + BOTTOM
    body = []
    for number, name in enumerate(drawn.names):
        top = TOP + BAND * number
        body.append(
            f'<line class="axis" x1="0" x2="{WIDTH}" y1="{top + BAND}" y2="{top + BAND}"/>'
            f'<text class="name" x="{LEFT}" y="{top + 14}">{escape(name)}</text>'
        )
    for point in drawn.points:
        x = LEFT + (WIDTH - 2 * LEFT) * (point.published_at - first).total_seconds() / span
        y = TOP + BAND * point.group + 22 + (BAND - 28) * point.height
        hint = escape(f"{point.title} · {locale.date(point.published_at)}")
        body.append(
            f'<a href="{escape(post_path(point.document_id))}" tabindex="-1" data-beside>'
            f'<circle class="{COLOURS[point.group % len(COLOURS)]}" cx="{x:.1f}" cy="{y:.1f}" r="4.5">'
            f"<title>{hint}</title></circle></a>"
        )
    body += [_year(moment, first, span, height) for moment in _marks(first, last)]
    label = escape(locale("topics_title"))
    return f'<svg class="plot map" viewBox="0 0 {WIDTH} {height}" aria-label="{label}">{"".join(body)}</svg>'


def _marks(first: datetime, last: datetime) -> list[datetime]:
    """The beginnings of years, or the first day where all is of one."""
    years = [datetime(year, 1, 1, tzinfo=first.tzinfo) for year in range(first.year + 1, last.year + 1)]
    return years or [first]


def _year(moment: datetime, first: datetime, span: float, height: int) -> str:
    x = LEFT + (WIDTH - 2 * LEFT) * (moment - first).total_seconds() / span
    return f'<text x="{x:.1f}" y="{height - 8}">{moment.year}</text>'
