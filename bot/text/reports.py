"""What /stats and /sources say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.bot.locales import Locale
from konspekt.bot.text.rendering import shortened
from konspekt.bot.text.rich_text import Run, Style

if TYPE_CHECKING:
    from konspekt.storage.statistics import Asked, Overview, SourceOverview

BOLD = (Style("b"),)


def stats_report(overview: Overview, locale: Locale) -> list[Run]:
    if not overview.questions:
        return [Run(locale("stats_none", days=overview.period_days))]
    lines = [
        locale("stats_questions", count=overview.questions, users=overview.users),
        locale(
            "stats_refused",
            refused=overview.refused,
            refused_share=_share(overview.refused, overview.questions),
            extractive=overview.extractive,
            extractive_share=_share(overview.extractive, overview.questions),
        ),
        locale("stats_votes", up=overview.votes_up, down=overview.votes_down),
        locale(
            "stats_failed",
            failed=overview.failed,
            share=_share(overview.failed, overview.questions),
            again=overview.asked_again,
        ),
    ]
    if overview.latency_ms:
        seconds = {f"p{share}": f"{value / 1000:.1f}" for share, value in overview.latency_ms.items()}
        lines.append(locale("stats_latency", **seconds))
    runs = [Run(locale("stats_heading", days=overview.period_days), BOLD), Run("\n" + "\n".join(lines))]
    runs += _questions(locale("stats_top"), overview.top)
    runs += _questions(locale("stats_unanswered"), overview.unanswered)
    if overview.failed:
        runs.append(Run("\n\n" + locale("stats_to_cases")))
    return runs


def _questions(heading: str, asked: Sequence[Asked]) -> list[Run]:
    if not asked:
        return []
    lines = [f"\n• {shortened(one.question, 120)}" + (f" × {one.count}" if one.count > 1 else "") for one in asked]
    return [Run("\n\n"), Run(heading, BOLD), *(Run(line) for line in lines)]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


def sources_report(found: Sequence[SourceOverview], locale: Locale) -> list[Run]:
    if not found:
        return [Run(locale("sources_none"))]
    runs = [Run(locale("sources_heading"), BOLD)]
    for source in found:
        read = f"{source.last_read_at:%d.%m.%Y %H:%M} UTC" if source.last_read_at else locale("sources_never")
        runs += [Run("\n\n"), Run(shortened(source.title, 100), BOLD), Run(f" · {source.kind}\n")]
        runs.append(Run(locale("sources_line", documents=source.documents, read=read)))
        if source.counted:
            reactions, views = ("—" if one is None else f"{one:,}" for one in (source.reactions, source.views))
            told = locale("sources_counted", reactions=reactions, views=views, counted=source.counted)
            runs.append(Run("\n" + told.replace(",", "\u202f")))
    return runs
