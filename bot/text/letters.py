"""Following as Telegram shows it: the news of a topic, a digest, the buttons under them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from konspekt.assistant.following.followings import Follow, Reader
from konspekt.assistant.following.letters import Item, Letter
from konspekt.assistant.following.schedule import DIGEST_HOURS, MODES
from konspekt.bot.locales import Locale
from konspekt.bot.text.rich_text import Run, Style, is_web_url
from konspekt.bot.text.splitting import html_parts

MOST_ITEMS = 30  # of a message; the rest are counted
TITLE_CHARS, TEXT_CHARS, BUTTON_CHARS = 120, 300, 40
MOST_BUTTONS = 5
# Minutes ahead of UTC of the places where most readers of a language live, then of all others
ZONES = {
    "ru": tuple(hours * 60 for hours in range(2, 13)),
    "en": (-480, -420, -360, -300, -180, 0, 60, 120, 180, 330, 480, 540),
}
ALL_ZONES = tuple(sorted({*(hours * 60 for hours in range(-11, 13)), -210, 210, 270, 330, 345, 390, 570}))

Button = InlineKeyboardButton


def letter_parts(letter: Letter, locale: Locale) -> list[str]:
    """The messages of a letter, in Telegram HTML, each within the limit."""
    return html_parts(list(_runs(letter, locale)))


def _runs(letter: Letter, locale: Locale) -> Iterator[Run]:
    room, total = MOST_ITEMS, sum(len(section.items) for section in letter.sections)
    alone = total == 1
    if letter.mode != "now":
        yield Run(locale(f"follow_digest_{letter.mode}"), (Style("b"),))
        yield Run("\n\n")
    for place, section in enumerate(letter.sections):
        if room <= 0:
            break
        yield Run(("\n" if place else "") + locale("follow_news", topic=section.topic) + "\n", (Style("b"),))
        for item in section.items[:room]:
            yield from _item(item, locale, whole=alone)
        room -= len(section.items)
    if total > MOST_ITEMS:
        yield Run("\n" + locale("follow_more", count=total - MOST_ITEMS))


def _item(item: Item, locale: Locale, *, whole: bool) -> Iterator[Run]:
    """A line; `whole` adds how the post goes on."""
    title = _short(item.title.strip() or locale("follow_untitled"), TITLE_CHARS)
    link = (Style("a", item.url),) if item.url and is_web_url(item.url) else ()
    yield Run("• ")
    yield Run(title, link)
    yield Run(f" ({item.published_at:%d.%m.%Y})\n" if item.published_at else "\n")
    text = item.text.strip()
    rest = text[len(item.title.strip()) :].strip() if text.startswith(item.title.strip()) else text
    if whole and rest:
        yield Run(_short(rest, TEXT_CHARS) + "\n")


def letter_keyboard(letter: Letter, locale: Locale) -> InlineKeyboardMarkup:
    """One tap ends a topic."""
    shown = letter.sections[:MOST_BUTTONS]
    if len(shown) == 1:
        return InlineKeyboardMarkup([[Button(locale("follow_end"), callback_data=f"fl:x:{shown[0].follow_id}")]])
    return InlineKeyboardMarkup([[_end(section.follow_id, section.topic, locale)] for section in shown])


def begun_keyboard(follow: Follow, locale: Locale) -> InlineKeyboardMarkup:
    modes = [
        Button(
            ("✓ " if mode == follow.mode else "") + locale(f"follow_{mode}"), callback_data=f"fl:m:{follow.id}:{mode}"
        )
        for mode in MODES
    ]
    return InlineKeyboardMarkup([modes, [Button(locale("follow_end"), callback_data=f"fl:x:{follow.id}")]])


def list_html(reader: Reader | None, locale: Locale) -> str:
    if reader is None or not reader.follows:
        return html_parts([Run(locale("follow_none"))])[0]
    lines = [locale("follow_list")]
    if any(follow.mode != "now" for follow in reader.follows):
        lines.append(locale("follow_list_hour", hour=reader.hour))
    return html_parts([Run("\n".join(lines))])[0]


def list_keyboard(reader: Reader | None, locale: Locale) -> InlineKeyboardMarkup | None:
    if reader is None or not reader.follows:
        return None
    rows = [
        [_end(follow.id, f"{follow.topic} · {locale(f'follow_{follow.mode}')}", locale)] for follow in reader.follows
    ]
    clocks = [
        Button(locale("follow_hour"), callback_data="fl:h"),
        Button(locale("follow_zone"), callback_data="fl:z"),
    ]
    return InlineKeyboardMarkup([*rows, clocks])


def hours_keyboard() -> InlineKeyboardMarkup:
    return _rows([Button(f"{hour}:00", callback_data=f"fl:h:{hour}") for hour in DIGEST_HOURS])


def zones_keyboard(now: datetime, locale: Locale, *, everywhere: bool = False) -> InlineKeyboardMarkup:
    """What time it is, here or there."""
    zones = ALL_ZONES if everywhere else ZONES[locale.language]
    times = [Button(time_there(now, minutes), callback_data=f"fl:z:{minutes}") for minutes in zones]
    other = [] if everywhere else [[Button(locale("follow_other_time"), callback_data="fl:z:all")]]
    return InlineKeyboardMarkup([*_rows(times).inline_keyboard, *other])


def time_there(now: datetime, offset_minutes: int) -> str:
    return f"{now + timedelta(minutes=offset_minutes):%H:%M}"


def _end(follow_id: int, label: str, locale: Locale) -> Button:
    return Button(locale("follow_end_topic", topic=_short(label, BUTTON_CHARS)), callback_data=f"fl:x:{follow_id}")


def _rows(buttons: Sequence[Button]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([buttons[place : place + 4] for place in range(0, len(buttons), 4)])


def _short(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
