"""The lines of a draft that its author must look at, one after another: right as it is, other words, or left out.

What is left to look at stands in the stored draft, so a restart loses nothing and a button pressed twice does no harm.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from telegram import CallbackQuery, InlineKeyboardMarkup, Message
from telegram.ext import filters

from konspekt.bot.drafts import view
from konspekt.bot.drafts.desk import Desk, wishes_from
from konspekt.bot.drafts.messages import place_of, toast
from konspekt.bot.locales import Locale
from konspekt.bot.sending import send_html
from konspekt.bot.services import Here
from konspekt.conversion.draft import Draft, Marked
from konspekt.conversion.editing import with_line
from konspekt.conversion.learnt.noticing import noticed
from konspekt.conversion.messages import say
from konspekt.conversion.networks import all_networks
from konspekt.conversion.posts.stored_posts import post_from_json

if TYPE_CHECKING:
    from konspekt.storage.drafts import StoredDraft

_LINE = re.compile(r"#d(\d{1,18})/([0-9a-f]{8})(?=\s|$)")
_ROOM = 1500  # characters of a line that are shown


class LineReply(filters.MessageFilter):
    """A reply to the bot's question about one line: the author's own words for it."""

    def filter(self, message: Message) -> bool:
        answered = message.reply_to_message
        if answered is None or answered.from_user is None or not answered.from_user.is_bot or not message.text:
            return False
        return bool(_LINE.search((answered.text or "").split("\n", 1)[0])) and not message.text.startswith("/")


def key_of(line: Marked) -> str:
    return sha256(f"{line.source}\0{line.text}".encode("utf-8", "replace")).hexdigest()[:8]


def line_html(draft_id: int, draft: Draft, line: Marked, locale: Locale) -> str:
    why = ", ".join(say(locale.language, f"why_{kind}") for kind in line.why)
    head = locale("convert_line", left=len(draft.marked), why=why)
    texts = [f"{escape(head, quote=False)} · #d{draft_id}/{key_of(line)}"]
    if line.source != line.text:
        texts.append(f"<blockquote>{escape(line.source[:_ROOM], quote=False)}</blockquote>")
    texts.append(f"<code>{escape(line.text[:_ROOM], quote=False)}</code>")
    return "\n".join([*texts, f"<i>{escape(locale('convert_line_how'), quote=False)}</i>"])


def line_keyboard(draft_id: int, line: Marked, locale: Locale) -> InlineKeyboardMarkup:
    data = f"cv:l:{draft_id}:{key_of(line)}"
    buttons = [
        view.button(locale("convert_line_right"), f"{data}:ok"),
        view.button(locale("convert_line_again"), f"{data}:again"),
        view.button(locale("convert_line_out"), f"{data}:out"),
    ]
    return InlineKeyboardMarkup([buttons if line.source != line.text else [buttons[0], buttons[2]]])


async def ask_about_lines(here: Here, draft_id: int, draft: Draft) -> None:
    if draft.marked:
        line = draft.marked[0]
        html, keyboard = line_html(draft_id, draft, line, here.locale), line_keyboard(draft_id, line, here.locale)
        await send_html(here, "line", html, keyboard, reply=False)


async def line_button(here: Here, desk: Desk, query: CallbackQuery, draft_id: int, choice: tuple[str, str]) -> None:
    """`choice`: the line's key, and what is to become of it."""
    key, action = choice
    found = await _found(here, desk, draft_id)
    if found is None:
        await toast(query, here.locale("convert_no_draft"), alert=True)
        return
    stored, draft = found
    line = next((one for one in draft.marked if key_of(one) == key), None)
    if line is None:
        await toast(query)  # pressed twice: it has been dealt with
    elif action == "ok":
        await toast(query)
        draft = replace(draft, marked=tuple(one for one in draft.marked if one != line))
        await desk.stored(desk.parts.drafts.change, draft_id, draft.to_json())
    elif action == "out":
        await toast(query)
        draft = await _changed(here, desk, stored, line, "")
    else:
        await toast(query, here.locale("convert_rewriting"))
        post = post_from_json(stored.settings["post"])
        writer = desk.parts.writer_for(here.locale.language)
        words = await writer.line(line, post.lang, draft.lang, wishes_from(stored.settings)) if writer else None
        if words is None:
            await send_html(here, "again", here.locale("convert_line_no_better"), reply=False)
            return
        draft = await _changed(here, desk, stored, line, words)
    await _go_on(here, query.message.message_id if query.message else 0, draft_id, draft)


async def own_words(here: Here, desk: Desk) -> None:
    answered = here.message.reply_to_message
    match = _LINE.search((answered.text or "").split("\n", 1)[0]) if answered else None
    if match is None or answered is None:
        return
    draft_id = int(match[1])
    found = await _found(here, desk, draft_id)
    line = next((one for one in found[1].marked if key_of(one) == match[2]), None) if found else None
    if found is None or line is None:
        await send_html(here, "no-line", here.locale("convert_no_draft" if found is None else "convert_line_gone"))
        return
    draft = await _changed(here, desk, found[0], line, here.message.text or "")
    network, post = found[0].network, post_from_json(found[0].settings["post"])
    said = noticed(
        line.text,
        here.message.text or "",
        lang=draft.lang,
        network=network,
        first=False,
        last=False,
        anywhere=draft.lang != post.lang,
    )
    learnt = await desk.learn(here.user_id, said)
    if learnt:
        what = "; ".join(lesson.shown for lesson in learnt)
        await send_html(here, "learnt", escape(here.locale("convert_learnt", what=what), quote=False), reply=False)
    await _go_on(here, answered.message_id, draft_id, draft)


async def _found(here: Here, desk: Desk, draft_id: int) -> tuple[StoredDraft, Draft] | None:
    stored: StoredDraft | None = await desk.stored(desk.parts.drafts.get, draft_id)
    if stored is None or stored.user_id not in (None, here.user_id):
        return None
    return stored, Draft.from_json(stored.content, stored.model)


async def _changed(here: Here, desk: Desk, stored: StoredDraft, line: Marked, words: str) -> Draft:
    """The draft with other words for a line; as it was, and still to be edited, where the line is in two parts."""
    draft = Draft.from_json(stored.content, stored.model)
    post, network = post_from_json(stored.settings["post"]), all_networks()[stored.network]
    changed = with_line(post, draft, network, line, words, speak=here.locale.language)
    if changed is None:
        await send_html(here, "across", here.locale("convert_line_across"), reply=False)
        left = say(here.locale.language, "edit_across", value=line.text[:80])
        marked = tuple(one for one in draft.marked if one != line)
        changed = replace(draft, marked=marked, to_edit=(*draft.to_edit, left))  # not asked again, nor finished
    await desk.stored(desk.parts.drafts.change, stored.id, changed.to_json())
    return changed


async def _go_on(here: Here, message_id: int, draft_id: int, draft: Draft) -> None:
    """The next line in the same message; at the end, how to see the draft."""
    place = place_of(here)
    if draft.marked:
        line = draft.marked[0]
        await place.edit(
            message_id, line_html(draft_id, draft, line, here.locale), line_keyboard(draft_id, line, here.locale)
        )
        return
    show = InlineKeyboardMarkup([[view.button(here.locale("convert_line_show"), f"cv:d:{draft_id}:show")]])
    await place.edit(message_id, here.locale("convert_lines_done"), show)
