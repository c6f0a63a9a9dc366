"""Quizzes as Telegram shows them, within the limits of its polls, and the picture of /progress.

Limits: https://core.telegram.org/bots/api#sendpoll (Bot API 10.1): a question of 300 characters, 1–12 options of 100,
an explanation of 200 after its entities are parsed, with at most two line feeds.
"""

from __future__ import annotations

from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

from konspekt.bot.locales import Locale
from konspekt.bot.text.rich_text import is_web_url

if TYPE_CHECKING:
    from konspekt.assistant.learning.quizzes import Answered, Progress

QUESTION_CHARS, OPTION_CHARS, EXPLANATION_CHARS = 300, 100, 200
TITLE_CHARS = 60
RIGHT, WRONG = "#3d7dca", "#e08a3c"


def question_text(kind: str, ask: str, title: str | None, locale: Locale) -> str:
    text = locale(f"quiz_{kind}", ask=ask)
    if len(text) > QUESTION_CHARS:
        text = _short(text, QUESTION_CHARS)
    origin = locale("quiz_from", title=_short(title, TITLE_CHARS)) if title else ""
    return text + origin if len(text) + len(origin) <= QUESTION_CHARS else text


def explanation_html(sentence: str, title: str, url: str | None) -> str:
    """The sentence that bears the right answer out, and where it stands."""
    name = _short(title, TITLE_CHARS)
    quoted = f"«{_short(sentence, EXPLANATION_CHARS - len(name) - 3)}»"
    shown = escape(name, quote=False)
    return f"{escape(quoted, quote=False)}\n" + (
        f'<a href="{escape(str(url))}">{shown}</a>' if is_web_url(url) else shown
    )


def answered_html(answered: Answered, days: int, locale: Locale) -> str:
    verdict = locale("quiz_right") if answered.right else locale("quiz_wrong", answer=answered.answer)
    title = escape(_short(answered.title, TITLE_CHARS * 2), quote=False)
    source = f'<a href="{escape(str(answered.url))}">{title}</a>' if is_web_url(answered.url) else title
    again = locale("quiz_again", days=days) if days else locale("quiz_again_soon")
    quote = f"<blockquote>{escape(answered.sentence, quote=False)}</blockquote>"
    return f"<b>{escape(verdict, quote=False)}</b>\n{quote}{source}\n\n{again}"


def progress_chart(progress: Progress, locale: Locale) -> bytes:
    """A PNG of about 1000 × 500 pixels: right and wrong answers by day."""
    from matplotlib.figure import Figure  # the object interface: no global state, safe in a thread
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 5), dpi=100, layout="constrained")
    axes: Any = figure.subplots()
    places = range(len(progress.days))
    right = [day[1] for day in progress.days]
    axes.bar(places, right, color=RIGHT, label=locale("progress_right"))
    axes.bar(places, [day[2] for day in progress.days], bottom=right, color=WRONG, label=locale("progress_wrong"))
    axes.set_xticks(list(places)[::3], [f"{day[0]:%d.%m}" for day in progress.days][::3])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(locale("progress_title"))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
