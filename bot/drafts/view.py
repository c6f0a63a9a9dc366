"""How drafts look in a chat: one message per part, ready to copy, and the buttons under them."""

from __future__ import annotations

from collections.abc import Collection
from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from konspekt.bot.locales import Locale
from konspekt.bot.text.copying import can_copy, copy_row
from konspekt.conversion.by_model.capable import is_capable
from konspekt.conversion.document import Post, all_media, post_text
from konspekt.conversion.draft import Draft, Part
from konspekt.conversion.network import Network
from konspekt.conversion.networks import all_networks
from konspekt.conversion.networks.telegram import TELEGRAM
from konspekt.storage.drafts import StoredDraft

LANGUAGES = ("ru", "en")
ROOM = 3800  # of Telegram's 4,096 units, after the line above and what escaping adds
_SHOWN_WARNINGS = 6
_IN_A_ROW = 3


def button(text: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=data)


def chooser(locale: Locale, session: str, chosen: Collection[str], lang: str | None) -> InlineKeyboardMarkup:
    """Networks and languages as switches."""
    switches = [
        button(("✅ " if name in chosen else "") + network.title, f"cv:s:{session}:n:{name}")
        for name, network in all_networks().items()
    ]
    rows = [switches[place : place + _IN_A_ROW] for place in range(0, len(switches), _IN_A_ROW)]
    languages = [
        button(
            ("✅ " if lang == code else "") + (code or locale("convert_own_language")),
            f"cv:s:{session}:l:{code or '-'}",
        )
        for code in (None, *LANGUAGES)
    ]
    last = [
        button(locale("convert_all"), f"cv:s:{session}:all:-"),
        button(locale("convert_go"), f"cv:s:{session}:go:-"),
        button(locale("convert_cancel"), f"cv:s:{session}:x:-"),
    ]
    return InlineKeyboardMarkup([*rows, languages, last])


def stopper(locale: Locale, session: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button(locale("convert_cancel"), f"cv:s:{session}:x:-")]])


def draft_keyboard(locale: Locale, draft_id: int, draft: Draft, *, suggests: bool = False) -> InlineKeyboardMarkup:
    """What can be done with a draft; first of all, the lines that must be looked at.

    `suggests`: a Telegram draft may be offered to another channel.
    """
    other = "en" if draft.lang == "ru" else "ru"
    named = {
        "again": locale("convert_again"),
        "shorter": locale("convert_shorter"),
        **({"formal": locale("convert_formal")} if draft.model and is_capable(draft.model) else {}),
        "lang": locale("convert_language", lang=other),
        "edit": locale("convert_edit"),
        "orig": locale("convert_original"),
        "save": locale("convert_save"),
    }
    buttons = [button(text, f"cv:d:{draft_id}:{action}") for action, text in named.items()]
    rows = [buttons[:3], buttons[3:6], buttons[6:]]
    if draft.cards:
        network = all_networks().get(draft.network)
        name = "convert_slides" if network is not None and network.slides else "convert_pictures"
        rows[-1].append(button(locale(name, count=len(draft.cards)), f"cv:d:{draft_id}:slides"))
    if suggests and draft.network == TELEGRAM.name:
        rows.append([button(locale("suggest_button"), f"cv:d:{draft_id}:suggest")])
    if draft.marked:
        rows.insert(0, [button(locale("convert_lines_button", count=len(draft.marked)), f"cv:d:{draft_id}:lines")])
    return InlineKeyboardMarkup(rows)


def part_head(network: Network, draft: Draft, draft_id: int, index: int, locale: Locale) -> str:
    """`X · en · 2/9 · 231/280 · #d12.2`: also how a reply to a part finds its draft again."""
    part = draft.parts[index]
    pieces = [f"<b>{escape(network.title)}</b>", draft.lang]
    if len(draft.parts) > 1:
        pieces.append(f"{index + 1}/{len(draft.parts)}")
    pieces.append(f"{part.length}/{part.limit}")
    if part.length > part.limit:
        pieces.append(locale("convert_too_long", over=part.length - part.limit))
    return " · ".join([*pieces, f"#d{draft_id}.{index + 1}"])


def shown_text(network: Network, part: Part) -> str:
    """A part as a person pastes it."""
    return network.readable(part.text) if network.readable else part.text


def part_html(network: Network, draft: Draft, draft_id: int, index: int, locale: Locale) -> str | None:
    """A part in a block that a tap copies; None when it is too long for a message and goes as a file."""
    body = escape(shown_text(network, draft.parts[index]), quote=False)
    if len(body.encode("utf-16-le")) // 2 > ROOM:
        return None
    return f"{part_head(network, draft, draft_id, index, locale)}\n<pre>{body}</pre>"


def copy_keyboard(locale: Locale, network: Network, part: Part) -> InlineKeyboardMarkup | None:
    """A button that copies a part; a longer one is tapped on."""
    text = shown_text(network, part)
    return InlineKeyboardMarkup([copy_row(locale("copy_draft"), [text])]) if can_copy(text) else None


def control_html(network: Network, draft: Draft, draft_id: int, post: Post, locale: Locale, *, note: str = "") -> str:
    """What stands under the parts: finished or not and why, title, media, warnings, what was left out."""
    state = locale("convert_ready" if draft.finished else "convert_to_edit")
    lines = [f"<b>{escape(network.title)}</b> · {draft.lang} · #d{draft_id}", f"<b>{escape(state)}</b>"]
    lines += [f"• {escape(_short(reason), quote=False)}" for reason in draft.to_edit]
    if note:
        lines.append(f"<i>{escape(note, quote=False)}</i>")
    if draft.title:
        lines.append(f"{locale('convert_title')}: <code>{escape(draft.title, quote=False)}</code>")
    count = len(all_media(post))
    if count:
        lines.append(escape(locale("convert_media", taken=len(draft.media), count=count, network=network.title)))
    warnings = [warning for warning in draft.warnings if warning not in draft.to_edit]
    lines += [f"⚠️ {escape(_short(warning), quote=False)}" for warning in warnings[:_SHOWN_WARNINGS]]
    if len(warnings) > _SHOWN_WARNINGS:
        lines.append(f"⚠️ +{len(warnings) - _SHOWN_WARNINGS}")
    return "\n".join(lines)


def _short(text: str, limit: int = 300) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def title_of(post: Post) -> str:
    text = (post.title or post_text(post.blocks)).strip().split("\n")[0]
    return _short(text, 80)


def drafts_html(drafts: list[StoredDraft], count: int, locale: Locale) -> str:
    lines = [f"<b>{escape(locale('convert_drafts_heading', count=count))}</b>"]
    for draft in drafts:
        network = all_networks().get(draft.network)
        parts = draft.content.get("parts") or [{"text": ""}]
        first = _short(str(parts[0]["text"]).replace("\n", " "), 70)
        name = network.title if network else draft.network
        lines.append(f"#d{draft.id} · {escape(name)} · {draft.language} · {draft.created_at:%d.%m.%Y}\n{escape(first)}")
    return "\n\n".join(lines)


def drafts_keyboard(drafts: list[StoredDraft], offset: int, count: int, page: int) -> InlineKeyboardMarkup:
    opening = [button(f"#d{draft.id}", f"cv:d:{draft.id}:show") for draft in drafts]
    rows = [opening[place : place + 4] for place in range(0, len(opening), 4)]
    turning = []
    if offset:
        turning.append(button("←", f"cv:p:{max(0, offset - page)}"))
    if offset + page < count:
        turning.append(button("→", f"cv:p:{offset + page}"))
    return InlineKeyboardMarkup([*rows, *([turning] if turning else [])])
