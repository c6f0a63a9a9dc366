"""What can be done with an existing draft: its buttons, its edited parts, and the list of those kept."""

from __future__ import annotations

import re

from telegram import CallbackQuery, Message
from telegram.ext import filters

from konspekt.bot.drafts import view
from konspekt.bot.drafts.desk import Desk, wishes_from
from konspekt.bot.drafts.lines import ask_about_lines
from konspekt.bot.drafts.messages import (
    place_of,
    show_draft,
    show_original,
    show_slides,
    toast,
)
from konspekt.bot.drafts.suggesting import suggest
from konspekt.bot.drafts.writing import order
from konspekt.bot.sending import send_html
from konspekt.bot.services import Here
from konspekt.conversion.draft import Draft
from konspekt.conversion.editing import edit_part
from konspekt.conversion.learnt.noticing import lessons_of
from konspekt.conversion.networks import all_networks
from konspekt.conversion.posts.stored_posts import post_from_json

PAGE = 8  # drafts in one list
_PART = re.compile(r"#d(\d{1,18})(?:\.(\d{1,4}))?(?=\s|$)")


class PartReply(filters.MessageFilter):
    """A reply to one of the bot's own parts of a draft."""

    def filter(self, message: Message) -> bool:
        answered = message.reply_to_message
        if answered is None or answered.from_user is None or not answered.from_user.is_bot or not message.text:
            return False
        return _part_of(answered) is not None and not message.text.startswith("/")


def _part_of(shown: Message) -> tuple[int, int] | None:
    """The draft and the part that a message of the bot shows, by its first line."""
    match = _PART.search((shown.text or shown.caption or "").split("\n", 1)[0])
    return (int(match[1]), int(match[2] or 1) - 1) if match else None


async def draft_button(here: Here, desk: Desk, query: CallbackQuery, draft_id: int, action: str) -> None:
    stored = await desk.stored(desk.parts.drafts.get, draft_id)
    if stored is None or stored.user_id not in (None, query.from_user.id):
        await toast(query, here.locale("convert_no_draft"), alert=True)
        return
    post = post_from_json(stored.settings["post"])
    draft = Draft.from_json(stored.content, stored.model)
    network = all_networks()[stored.network]
    if action == "save":
        await _save(here, desk, query, draft_id, draft)
    elif action == "suggest":
        await suggest(here, query, draft_id, draft)
    elif action == "edit":
        await toast(query)
        await send_html(here, "edit", here.locale("convert_edit_how"), reply=False)
    elif action == "orig":
        await toast(query)
        await show_original(place_of(here), post)
    elif action == "lines":
        await toast(query)
        await ask_about_lines(here, draft_id, draft)
    elif action == "slides":
        await toast(query)
        await show_slides(place_of(here), draft, network, post.author or "")
    elif action == "show":
        await toast(query)
        await show_draft(place_of(here), "show", draft_id, draft, network, post=post)
    else:
        await toast(query)
        wishes = wishes_from(stored.settings)
        wishes = wishes.but(attempt=wishes.attempt + 1)
        lang = stored.language
        if action == "shorter":
            wishes = wishes.but(length="short")
        elif action == "formal":
            wishes = wishes.but(tone="formal")
        elif action == "lang":
            lang = "en" if lang == "ru" else "ru"
        session_id = f"{here.delivery.update_id & 0xFFFFFFFF:08x}"  # the same after a crash
        stop = view.stopper(here.locale, session_id)
        message_id = await send_html(here, "anew", here.locale("convert_rewriting"), stop, reply=False)
        await order(here, session_id, message_id, post=post, networks=(network.name,), lang=lang, wishes=wishes)


async def _save(here: Here, desk: Desk, query: CallbackQuery, draft_id: int, draft: Draft) -> None:
    """A draft that its network would not accept is not kept as if it were finished."""
    long = next((place for place, part in enumerate(draft.parts, 1) if part.length > part.limit), None)
    if long is not None:
        await toast(query, here.locale("convert_unsaved_long", part=long), alert=True)
        return
    await desk.stored(desk.parts.drafts.save, draft_id)
    await toast(query, here.locale("convert_saved"))


async def edited(here: Here, desk: Desk) -> None:
    """A reply to a part is its new text: counted and checked again, and shown as it now is."""
    answered = here.message.reply_to_message
    found = _part_of(answered) if answered else None
    if found is None:
        return
    draft_id, index = found
    stored = await desk.stored(desk.parts.drafts.get, draft_id)
    parts = len(stored.content["parts"]) if stored else 0
    if stored is None or stored.user_id not in (None, here.user_id) or not 0 <= index < parts:
        await send_html(here, "no-draft", here.locale("convert_no_draft"))
        return
    network = all_networks()[stored.network]
    post = post_from_json(stored.settings["post"])
    draft = Draft.from_json(stored.content, stored.model)
    changed = edit_part(post, draft, network, index, here.message.text or "", speak=here.locale.language)
    await desk.stored(desk.parts.drafts.change, draft_id, changed.to_json())
    html = view.part_html(network, changed, draft_id, index, here.locale)
    if html:
        await send_html(here, "part", html)
    note = here.locale("convert_edited")
    learnt = await desk.learn(here.user_id, lessons_of(post, draft, changed, index))
    if learnt:
        note += " " + here.locale("convert_learnt", what="; ".join(lesson.shown for lesson in learnt))
    control = view.control_html(network, changed, draft_id, post, here.locale, note=note)
    suggests = here.parts.settings.suggest_to is not None
    keyboard = view.draft_keyboard(here.locale, draft_id, changed, suggests=suggests)
    await send_html(here, "control", control, keyboard, reply=False)


async def drafts_command(here: Here, desk: Desk) -> None:
    await list_drafts(here, desk, 0, None)


async def list_drafts(here: Here, desk: Desk, offset: int, query: CallbackQuery | None) -> None:
    count = await desk.stored(desk.parts.drafts.count_saved, here.user_id)
    found = await desk.stored(desk.parts.drafts.saved, here.user_id, PAGE, offset)
    if not found:
        await send_html(here, "none", here.locale("convert_drafts_none"))
        return
    html = view.drafts_html(found, count, here.locale)
    keyboard = view.drafts_keyboard(found, offset, count, PAGE)
    if query is not None and query.message is not None:
        await place_of(here).edit(query.message.message_id, html, keyboard)
    else:
        await send_html(here, "drafts", html, keyboard)
