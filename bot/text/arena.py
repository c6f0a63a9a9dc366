"""Two answers in one message: blind, and once there is a vote with who gave which and who is stronger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from konspekt.assistant.arena.contest import QUOTES
from konspekt.bot.text.rendering import shortened
from konspekt.bot.text.rich_text import Run, Style, is_web_url, to_html
from konspekt.storage.judging.matches import Vote

if TYPE_CHECKING:
    from konspekt.assistant.arena.strengths import Strength
    from konspekt.bot.locales import Locale
    from konspekt.storage.judging.matches import Match, Side

BOLD = (Style("b"),)
QUESTION_CHARS, ANSWER_CHARS, TITLE_CHARS, NAME_CHARS = 300, 1200, 60, 80  # together under a message's 4096
SOURCES = 3  # of each answer
ROWS = 4


def match_html(match: Match, locale: Locale, table: Sequence[Strength] = ()) -> str:
    """Without a name as long as there is no vote."""
    runs = [Run(shortened(match.question, QUESTION_CHARS), (Style("blockquote"),))]
    for key, side in (("arena_left", match.left), ("arena_right", match.right)):
        name = f" · {_name(side.name, locale)}" if match.vote else ""
        runs += [Run("\n"), Run(locale(key) + name, BOLD), Run("\n"), Run(shortened(side.text, ANSWER_CHARS))]
        runs += _sources(side)
        runs.append(Run("\n"))
    if match.vote:
        runs.append(Run("\n" + locale("arena_chosen", vote=locale(f"arena_vote_{match.vote}"))))
        if table:
            runs += [Run("\n\n"), Run(locale("arena_table"), BOLD)]
        runs += [Run("\n" + _row(one, locale)) for one in table[:ROWS]]
    return to_html(runs)


def match_keyboard(match: Match, locale: Locale) -> InlineKeyboardMarkup | None:
    if match.vote:
        return None
    buttons = [
        InlineKeyboardButton(locale(f"arena_vote_{vote}"), callback_data=f"arena:{match.id}:{vote}")
        for vote in get_args(Vote)
    ]
    return InlineKeyboardMarkup([buttons[:2], buttons[2:]])


def _sources(side: Side) -> list[Run]:
    runs: list[Run] = []
    for one in side.citations[:SOURCES]:
        title = shortened(one["title"] or one["document_id"], TITLE_CHARS)
        link = (Style("a", one["url"]),) if is_web_url(one["url"]) else ()
        runs += [Run(f"\n[{one['n']}] "), Run(title, link)]
    return runs


def _name(name: str, locale: Locale) -> str:
    return locale("arena_quotes") if name == QUOTES else shortened(name, NAME_CHARS)


def _row(one: Strength, locale: Locale) -> str:
    values = zip(("points", "low", "high"), (one.points, *one.within), strict=True)
    points = {key: f"{value:+.0f}".replace("-", "−") for key, value in values}
    return locale("arena_row", name=_name(one.name, locale), won=f"{one.won:g}", votes=one.votes, **points)
