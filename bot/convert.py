"""/convert and /drafts, for admins: a post becomes drafts, which are edited, rewritten and kept in the chat.

app features: `convert_feature(parts)` is given to the bot as one of its `extra_features`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from html import escape
from io import BytesIO
from typing import Any

from telegram import CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, Message, MessageEntity, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import convert_view as view
from bot.convert_auto import register_auto
from bot.convert_desk import ConvertParts, Desk, Session, wishes_from
from bot.convert_texts import words
from bot.handlers.questions import NEW_MESSAGE
from bot.locales import Locale
from bot.sending import send_html
from bot.services import KEY, App, Context, Here, here_of, services_of
from bot.streaming import Coalescer
from conversion.document import Post
from conversion.draft import Draft
from conversion.editing import edit_part
from conversion.errors import ConversionError
from conversion.network import Network, Options
from conversion.networks import all_networks
from conversion.networks.telegram import TELEGRAM
from conversion.stored_posts import post_from_json
from conversion.targets import Target
from conversion.wishes import Wishes

log = logging.getLogger(__name__)

DESK = "convert desk"
PAGE = 8  # drafts in one list
PROGRESS_INTERVAL = 2.0
PRESSED = re.compile(r"cv:(?:s:([0-9a-f]{8}):(n|l|all|go|x):([\w-]+)|d:(\d{1,18}):(\w+)|p:(\d{1,9}))$")
_PART = re.compile(r"#d(\d{1,18})(?:\.(\d{1,4}))?(?=\s|$)")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class _PartReply(filters.MessageFilter):
    """A reply to one of the bot's own parts of a draft."""

    def filter(self, message: Message) -> bool:
        answered = message.reply_to_message
        if answered is None or answered.from_user is None or not answered.from_user.is_bot or not message.text:
            return False
        head = (answered.text or answered.caption or "").split("\n", 1)[0]
        return _PART.search(head) is not None and not message.text.startswith("/")


def convert_feature(parts: ConvertParts) -> Callable[[App], None]:
    """Registers the whole flow on an application."""

    def register(app: App) -> None:
        app.bot_data[DESK] = Desk(parts)
        private_post = NEW_MESSAGE & filters.FORWARDED & filters.ChatType.PRIVATE
        app.add_handler(CommandHandler("convert", _for_admins(convert_command), NEW_MESSAGE))
        app.add_handler(CommandHandler("drafts", _for_admins(drafts_command), NEW_MESSAGE))
        app.add_handler(CallbackQueryHandler(pressed, pattern=r"^cv:"))
        app.add_handler(MessageHandler(NEW_MESSAGE & _PartReply(), _for_admins(edited)))
        admins = app.bot_data[KEY].parts.settings.admins
        if admins:
            app.add_handler(MessageHandler(private_post & filters.User(list(admins)), _for_admins(forwarded)))
        register_auto(app, app.bot_data[DESK], show_draft)

    return register


Action = Callable[[Here, Desk], Awaitable[None]]


def _for_admins(action: Action) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    async def handler(update: Update, context: Context) -> None:
        here = here_of(update, context)
        if here is None:
            return
        if here.is_admin:
            await action(here, context.application.bot_data[DESK])
        else:
            await send_html(here, "refusal", here.locale("admins_only"))

    return handler


# ---------------------------------------------------------------- naming a post


async def convert_command(here: Here, desk: Desk) -> None:
    """`/convert <link>`, or in reply to the post."""
    raw = here.delivery.payload["message"]
    text = (here.message.text or here.message.caption or "").split(maxsplit=1)
    answered = raw.get("reply_to_message")
    if len(text) > 1:
        await _choose(here, desk, lambda: desk.parts.locate(text[1].strip()))
    elif answered:
        await _choose(here, desk, lambda: _read(desk, answered))
    elif raw.get("forward_origin"):
        await _choose(here, desk, lambda: _read(desk, raw))
    else:
        await send_html(here, "usage", words(here.locale, "usage"))


async def forwarded(here: Here, desk: Desk) -> None:
    raw = here.delivery.payload["message"]
    await _choose(here, desk, lambda: _read(desk, raw))


def _read(desk: Desk, message: dict[str, Any]) -> Post:
    """A message's post: as the index has it (whole album, public link), else what the message itself shows."""
    origin = message.get("forward_origin") or {}
    chat = origin.get("chat") or {}
    if origin.get("type") == "channel" and chat.get("username"):
        try:
            return desk.parts.locate(f"https://t.me/{chat['username']}/{origin['message_id']}")
        except ConversionError:
            log.debug("a forwarded post is not in the index")
    post = desk.parts.read([message])
    if post is None:
        raise ConversionError("this message has no text")
    return post


async def _choose(here: Here, desk: Desk, find: Callable[[], Post]) -> None:
    try:
        post = await asyncio.to_thread(find)
    except ConversionError as error:
        await send_html(here, "not-found", escape(words(here.locale, "not_found", reason=error), quote=False))
        return
    session = desk.open(Session(here.chat.id, here.thread_id, here.user_id, here.locale, post))
    text = escape(words(here.locale, "choose", title=view.title_of(post)), quote=False)
    keyboard = view.chooser(here.locale, session.id, session.chosen, session.lang)
    session.message_id = await send_html(here, "choose", text, keyboard)


# ---------------------------------------------------------------- buttons


async def pressed(update: Update, context: Context) -> None:
    here, query = here_of(update, context), update.callback_query
    if here is None or query is None:
        return
    match = PRESSED.match(query.data or "")
    desk: Desk = context.application.bot_data[DESK]
    if query.from_user.id not in services_of(context).parts.settings.admins:
        await _toast(query, here.locale("admins_only"), alert=True)
    elif match is None:
        await _toast(query)
    elif match[1]:
        session = desk.sessions.get(match[1])
        if session is None:
            await _toast(query, words(here.locale, "gone"), alert=True)
        else:
            await _session_button(here, desk, query, session, (match[2], match[3]))
    elif match[4]:
        await _draft_button(here, desk, query, int(match[4]), match[5])
    else:
        await _toast(query)
        await _list_drafts(here, desk, int(match[6]), query)


async def _session_button(
    here: Here, desk: Desk, query: CallbackQuery, session: Session, pushed: tuple[str, str]
) -> None:
    action, value = pushed
    if action == "x":
        await _cancel(here, query, desk, session)
        return
    if session.task is not None:  # it is being written already
        await _toast(query)
        return
    if action == "go":
        if not session.chosen:
            await _toast(query, words(here.locale, "none_chosen"), alert=True)
            return
        await _toast(query)
        session.task = desk.start(_write_all(here, desk, session))
        return
    if action == "n":
        session.chosen ^= {value} & set(all_networks())
    elif action == "all":
        session.chosen = set() if len(session.chosen) == len(all_networks()) else set(all_networks())
    elif action == "l":
        session.lang = None if value == "-" else value
    await _toast(query)
    keyboard = view.chooser(here.locale, session.id, session.chosen, session.lang)
    text = words(here.locale, "choose", title=view.title_of(session.post))
    await _edit(here, session.message_id or _message_id(query), escape(text, quote=False), keyboard)


async def _cancel(here: Here, query: CallbackQuery, desk: Desk, session: Session) -> None:
    desk.sessions.pop(session.id, None)
    await _toast(query, words(here.locale, "cancelled"))
    if session.task is not None:
        session.task.cancel()
        await asyncio.wait({session.task})
    await _edit(here, session.message_id or _message_id(query), words(here.locale, "cancelled"), None)


async def _draft_button(here: Here, desk: Desk, query: CallbackQuery, draft_id: int, action: str) -> None:
    stored = await asyncio.to_thread(desk.parts.drafts.get, draft_id)
    if stored is None or stored.user_id not in (None, query.from_user.id):
        await _toast(query, words(here.locale, "no_draft"), alert=True)
        return
    post = post_from_json(stored.settings["post"])
    draft = Draft.from_json(stored.content, stored.model)
    network = all_networks()[stored.network]
    if action == "save":
        await _save(here, desk, query, draft_id, draft)
    elif action == "edit":
        await _toast(query)
        await send_html(here, "edit", words(here.locale, "edit_how"), reply=False)
    elif action == "orig":
        await _toast(query)
        await _show_original(here, post)
    elif action == "show":
        await _toast(query)
        await show_draft(here.bot, _place(here), draft_id, draft, network, post=post)
    else:
        await _toast(query, words(here.locale, "rewriting"))
        wishes = wishes_from(stored.settings)
        wishes = wishes.but(attempt=wishes.attempt + 1)
        lang = stored.language
        if action == "shorter":
            wishes = wishes.but(length="short")
        elif action == "formal":
            wishes = wishes.but(tone="formal")
        elif action == "lang":
            lang = "en" if lang == "ru" else "ru"
        desk.start(_rewrite(here, desk, post, Target(network, lang), wishes))


async def _save(here: Here, desk: Desk, query: CallbackQuery, draft_id: int, draft: Draft) -> None:
    """A draft that no network would take is not kept as if it were done."""
    long = next((place for place, part in enumerate(draft.parts, 1) if part.length > part.limit), None)
    if long is not None:
        await _toast(query, words(here.locale, "unsaved_long", part=long), alert=True)
        return
    await asyncio.to_thread(desk.parts.drafts.save, draft_id)
    await _toast(query, words(here.locale, "saved"))


# ---------------------------------------------------------------- writing


async def _write_all(here: Here, desk: Desk, session: Session) -> None:
    """The chosen networks one after another; a failure of one does not stop the others."""
    names = [name for name in all_networks() if name in session.chosen]
    progress = Coalescer(lambda html: _edit(here, session.message_id, html, stop), PROGRESS_INTERVAL)
    stop = view.stopper(here.locale, session.id)
    written = 0
    try:
        for place, name in enumerate(names, 1):
            network = all_networks()[name]
            head = words(here.locale, "writing", network=network.title, done=place, total=len(names))
            progress.show(escape(head))

            def on_line(done: int, total: int, head: str = head) -> None:
                lines = words(here.locale, "lines", done=done, total=total)
                progress.show(escape(f"{head}\n{lines}"))

            written += await _write_one(here, desk, session, network, on_line)
    finally:
        await progress.close()
    desk.sessions.pop(session.id, None)
    await _edit(here, session.message_id, words(here.locale, "finished", count=written), None)


async def _write_one(
    here: Here, desk: Desk, session: Session, network: Network, progress: Callable[[int, int], None]
) -> int:
    post, lang = session.post, session.lang or session.post.lang
    old = await desk.known(post, network, lang, session.user_id)
    try:
        if old is not None:
            note = words(here.locale, "old", date=f"{old.created_at:%d.%m.%Y %H:%M}")
            draft = Draft.from_json(old.content, old.model)
            await show_draft(here.bot, _place(here), old.id, draft, network, post=post, note=note)
            return 1
        draft_id, draft = await desk.write(
            post,
            network,
            lang,
            session.user_id,
            wishes=desk.parts.wishes,
            speak=here.locale.language,
            progress=progress,
        )
        await show_draft(here.bot, _place(here), draft_id, draft, network, post=post)
    except (ConversionError, TelegramError) as error:
        log.warning("a draft for %s was not written (%s)", network.name, type(error).__name__)
        await _say(here, words(here.locale, "failed", network=network.title, reason=type(error).__name__))
        return 0
    return 1


async def _rewrite(here: Here, desk: Desk, post: Post, target: Target, wishes: Wishes) -> None:
    network, lang = target.network, target.lang or post.lang
    try:
        draft_id, draft = await desk.write(post, network, lang, here.user_id, wishes=wishes, speak=here.locale.language)
        await show_draft(here.bot, _place(here), draft_id, draft, network, post=post)
    except (ConversionError, TelegramError) as error:
        log.warning("a draft for %s was not rewritten (%s)", network.name, type(error).__name__)
        await _say(here, words(here.locale, "failed", network=network.title, reason=type(error).__name__))


# ---------------------------------------------------------------- editing


async def edited(here: Here, desk: Desk) -> None:
    """A reply to a part is its new text: counted and checked again, and shown as it now is."""
    answered = here.message.reply_to_message
    assert answered is not None
    match = _PART.search((answered.text or answered.caption or "").split("\n", 1)[0])
    assert match is not None
    draft_id, index = int(match[1]), int(match[2] or 1) - 1
    stored = await asyncio.to_thread(desk.parts.drafts.get, draft_id)
    if stored is None or stored.user_id not in (None, here.user_id) or index >= len(stored.content["parts"]):
        await send_html(here, "no-draft", words(here.locale, "no_draft"))
        return
    network = all_networks()[stored.network]
    post = post_from_json(stored.settings["post"])
    draft = Draft.from_json(stored.content, stored.model)
    changed = edit_part(post, draft, network, index, here.message.text or "", speak=here.locale.language)
    await asyncio.to_thread(desk.parts.drafts.change, draft_id, changed.to_json())
    html = view.part_html(network, changed, draft_id, index, here.locale)
    if html:
        await send_html(here, "part", html)
    note = words(here.locale, "edited")
    control = view.control_html(network, changed, draft_id, post, here.locale, note=note)
    await send_html(here, "control", control, view.draft_keyboard(here.locale, draft_id, changed.lang), reply=False)


# ---------------------------------------------------------------- the list


async def drafts_command(here: Here, desk: Desk) -> None:
    await _list_drafts(here, desk, 0, None)


async def _list_drafts(here: Here, desk: Desk, offset: int, query: CallbackQuery | None) -> None:
    count = await asyncio.to_thread(desk.parts.drafts.count_saved, here.user_id)
    found = await asyncio.to_thread(desk.parts.drafts.saved, here.user_id, PAGE, offset)
    if not found:
        await send_html(here, "none", words(here.locale, "drafts_none"))
        return
    html = view.drafts_html(found, count, here.locale)
    keyboard = view.drafts_keyboard(found, offset, count, PAGE)
    if query is not None and query.message is not None:
        await _edit(here, query.message.message_id, html, keyboard)
    else:
        await send_html(here, "drafts", html, keyboard)


# ---------------------------------------------------------------- showing


Place = tuple[int, int | None, Locale]  # chat, topic, language


def _place(here: Here) -> Place:
    return here.chat.id, here.thread_id, here.locale


async def show_draft(
    bot: Any, place: Place, draft_id: int, draft: Draft, network: Network, *, post: Post, note: str = ""
) -> None:
    """A message a part, then the buttons. A part too long for a message comes as a file."""
    chat_id, thread_id, locale = place
    for index, part in enumerate(draft.parts):
        html = view.part_html(network, draft, draft_id, index, locale)
        if network.name == "telegram" and part.facets:
            await _send_formatted(bot, chat_id, thread_id, part.text, part.facets)
        elif html:
            await bot.send_message(
                chat_id,
                html,
                parse_mode=ParseMode.HTML,
                message_thread_id=thread_id,
                link_preview_options=_NO_PREVIEW,
            )
        else:
            file = BytesIO(view.shown_text(network, part).encode("utf-8", "replace"))
            caption = view.part_head(network, draft, draft_id, index, locale)
            await bot.send_document(
                chat_id,
                file,
                filename=f"{network.name}-{draft_id}.{index + 1}.md",
                caption=caption,
                parse_mode=ParseMode.HTML,
                message_thread_id=thread_id,
            )
    await bot.send_message(
        chat_id,
        view.control_html(network, draft, draft_id, post, locale, note=note),
        parse_mode=ParseMode.HTML,
        reply_markup=view.draft_keyboard(locale, draft_id, draft.lang),
        message_thread_id=thread_id,
        link_preview_options=_NO_PREVIEW,
    )


async def _send_formatted(bot: Any, chat_id: int, thread_id: int | None, text: str, facets: Any) -> None:
    """A Telegram draft as it will look: forward it and it is published."""
    entities = [MessageEntity.de_json(dict(facet), bot) for facet in facets]
    try:
        await bot.send_message(
            chat_id, text, entities=entities, message_thread_id=thread_id, link_preview_options=_NO_PREVIEW
        )
    except BadRequest:  # a custom emoji that this bot may not use
        await bot.send_message(chat_id, text, message_thread_id=thread_id, link_preview_options=_NO_PREVIEW)


async def _show_original(here: Here, post: Post) -> None:
    from conversion.convert import convert

    draft = convert(post, TELEGRAM, Options(lang=post.lang))
    for part in draft.parts:
        await _send_formatted(here.bot, here.chat.id, here.thread_id, part.text, part.facets)


# ---------------------------------------------------------------- small things


async def _toast(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    try:
        await query.answer(text, show_alert=alert)
    except TelegramError:
        log.debug("a button's answer came too late")


async def _say(here: Here, text: str) -> None:
    try:
        await here.bot.send_message(here.chat.id, text, message_thread_id=here.thread_id)
    except TelegramError as error:
        log.warning("a note could not be sent (%s)", type(error).__name__)


async def _edit(here: Here, message_id: int, html: str, keyboard: InlineKeyboardMarkup | None) -> None:
    if not message_id:
        return
    try:
        await here.bot.edit_message_text(
            html, here.chat.id, message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
        )
    except TelegramError as error:
        log.debug("an edit was refused (%s)", type(error).__name__)


def _message_id(query: CallbackQuery) -> int:
    return query.message.message_id if query.message else 0
