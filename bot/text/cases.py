"""One answer that failed, as an admin sees it: the question, what was answered and found, and what can be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from konspekt.bot.locales import Locale
from konspekt.bot.text.rendering import shortened
from konspekt.bot.text.rich_text import Run, Style, is_web_url, to_html

if TYPE_CHECKING:
    from konspekt.storage.asked.cases import OpenCase

BOLD, QUOTED = (Style("b"),), (Style("blockquote", "expandable"),)
QUESTION_CHARS, ANSWER_CHARS, TITLE_CHARS = 600, 900, 90
POSTS = 5


def case_html(case: OpenCase, locale: Locale) -> str:
    reasons = ", ".join(locale(f"cases_reason_{reason}") for reason in sorted(case.reasons))
    runs = [
        Run(locale("cases_heading"), BOLD),
        Run(f" · {case.asked_at:%d.%m.%Y} · {reasons} · " + locale("cases_left", left=case.left) + "\n"),
        Run(shortened(case.question, QUESTION_CHARS), (Style("blockquote"),)),
    ]
    if case.refused:
        runs.append(Run("\n" + locale("cases_refused")))
    else:
        runs += [Run("\n"), Run(locale("cases_answer"), BOLD), Run("\n")]
        runs.append(Run(shortened(case.answer, ANSWER_CHARS), QUOTED))
    if case.found:
        runs += [Run("\n\n"), Run(locale("cases_found"), BOLD)]
    shown: list[str] = []
    for passage in case.found:
        if passage["document_id"] in shown or len(shown) == POSTS:
            continue
        shown.append(passage["document_id"])
        url = passage.get("url")
        mark = "✓ " if passage["document_id"] in case.cited else ""
        title = shortened(passage.get("title") or "", TITLE_CHARS) or url or "…"
        runs += [Run(f"\n• {mark}"), Run(title, (Style("a", url),) if is_web_url(url) else ())]
    return to_html(runs)


def case_keyboard(case: OpenCase, locale: Locale) -> InlineKeyboardMarkup:
    def button(key: str, action: str) -> InlineKeyboardButton:
        return InlineKeyboardButton(locale(key), callback_data=f"case:{case.answer_id}:{action}")

    rest = [button("cases_drop", "dropped"), button("cases_skip", "skip")]
    if case.refused:
        return InlineKeyboardMarkup([[button("cases_right_refusal", "right"), button("cases_post", "post")], rest])
    judged = [button("cases_post", "post"), button("cases_absent", "absent")]
    return InlineKeyboardMarkup([[button("cases_right", "right")], judged, rest])
