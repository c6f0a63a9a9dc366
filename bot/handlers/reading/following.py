"""/follow, /unfollow, «следи за …», the buttons of following, and the messages that are due.

A message that is due is a job in the bot's inbox (`konspekt.bot.updates.jobs`), so it is sent exactly once, as answers
are.
"""

from __future__ import annotations

import asyncio
import logging
import re
from functools import partial
from typing import Any

from telegram import CallbackQuery, ChatMember, InlineKeyboardMarkup, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden
from telegram.ext import CallbackQueryHandler, ChatMemberHandler, MessageHandler, filters

from konspekt.assistant.following.letters import Due
from konspekt.assistant.following.topics import topic_of
from konspekt.bot.handlers.asking.addressed import A_COMMAND, NEW_MESSAGE, CommandHandler, after_command, words_of
from konspekt.bot.locales import Locale
from konspekt.bot.parts.bot_parts import FollowingParts
from konspekt.bot.parts.library import TryLater
from konspekt.bot.sending import NO_PREVIEW, optional, put_in_place, send_html
from konspekt.bot.services import KEY, App, Context, Here, Services, here_of, services_of
from konspekt.bot.text.letters import (
    begun_keyboard,
    hours_keyboard,
    letter_keyboard,
    letter_parts,
    list_html,
    list_keyboard,
    time_there,
    zones_keyboard,
)
from konspekt.bot.text.rich_text import Run, to_html
from konspekt.bot.updates.jobs import Body, JobHandler, job_update
from konspekt.bot.wire.delivery import Delivery

log = logging.getLogger(__name__)

KIND = "followed"
FIRST_JOB = 1 << 40  # Telegram's update ids, whose negatives other jobs have, stay far below
LOOK_EVERY = 30.0  # seconds, by the clock that following goes by
PRESSED = re.compile(r"fl:(?:x:(\d{1,18})|m:(\d{1,18}):(\w+)|(h|z)(?::(-?\d{1,4}|all))?)$")


def register(app: App) -> None:
    """Does nothing for a bot that was not given following."""
    services: Services = app.bot_data[KEY]
    following = services.parts.following
    if following is None:
        return
    app.add_handler(CommandHandler("follow", asked_to_follow))
    app.add_handler(CommandHandler("unfollow", asked_to_end))
    private = NEW_MESSAGE & filters.TEXT & filters.ChatType.PRIVATE & ~A_COMMAND
    app.add_handler(MessageHandler(private & _AsksToFollow(), asked_in_words))
    app.add_handler(CallbackQueryHandler(pressed, pattern="^fl:"))
    app.add_handler(ChatMemberHandler(stopped_or_started, ChatMemberHandler.MY_CHAT_MEMBER))
    app.add_handler(JobHandler(KIND, send_letter))
    services.background.append(lambda: keep_schedule(services, following))


class _AsksToFollow(filters.MessageFilter):
    def filter(self, message: Message) -> bool:
        return topic_of(words_of(message)) is not None


# ---------------------------------------------------------------- what a reader asks for


async def asked_to_follow(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    if not here.is_private:
        await send_html(here, "follow", here.locale("follow_private"))
    elif topic := after_command(here.message):
        await begin(here, topic)
    else:
        await show_list(here)


async def asked_in_words(update: Update, context: Context) -> None:
    here = here_of(update, context)
    topic = topic_of(words_of(here.message)) if here is not None else None
    if here is not None and topic is not None:
        await begin(here, topic)


async def asked_to_end(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    topic = after_command(here.message)
    if not here.is_private:
        await send_html(here, "follow", here.locale("follow_private"))
    elif not topic:
        await show_list(here)
    else:
        ended = here.delivery.result("ended")
        if ended is None:
            follow = await here.services.stored(_following(here).followings.end_topic, here.user_id, topic)
            ended = {"topic": follow.topic if follow is not None else None}
            await here.delivery.note("ended", ended)
        key = "follow_ended" if ended["topic"] else "follow_unknown"
        await send_html(here, "follow", _html(here.locale(key, topic=ended["topic"] or topic)))


async def begin(here: Here, topic: str) -> None:
    """Begins to follow. After a restart in between it is followed already, and the answer is the noted one."""
    following = _following(here)
    done = here.delivery.result("begun")
    if done is None:
        begun = await here.services.stored(following.followings.begin, here.user_id, here.locale.language, topic)
        done = {"outcome": begun.outcome, "id": begun.follow.id if begun.follow else 0, "ask": begun.ask_time}
        if begun.outcome == "known" and here.delivery.attempts > 1:
            done["outcome"] = "new"  # by this very message, before the restart
        await here.delivery.note("begun", done)
    reader = await here.services.stored(following.followings.reader, here.user_id)
    follow = next((one for one in reader.follows if one.id == done["id"]), None) if reader else None
    key = {"new": "follow_begun", "known": "follow_known"}.get(done["outcome"], f"follow_{done['outcome']}")
    text = here.locale(key, topic=follow.topic if follow else topic, most=len(reader.follows) if reader else 0)
    await send_html(here, "follow", _html(text), begun_keyboard(follow, here.locale) if follow else None)
    if done["ask"]:
        keyboard = zones_keyboard(following.clock.now(), here.locale)
        await send_html(here, "time", here.locale("follow_which_time"), keyboard, reply=False)


async def show_list(here: Here) -> None:
    reader = await here.services.stored(_following(here).followings.reader, here.user_id)
    await send_html(here, "list", list_html(reader, here.locale), list_keyboard(reader, here.locale))


# ---------------------------------------------------------------- buttons


async def pressed(update: Update, context: Context) -> None:
    """What a button changes is done for the reader who pressed it, whatever number stands in the button."""
    here, query = here_of(update, context), update.callback_query
    if here is None or query is None:
        return
    match = PRESSED.match(query.data or "")
    toast: str | None = None
    if match is not None and match[1]:
        toast = await _end(here, query, int(match[1]))
    elif match is not None and match[2]:
        toast = await _set_mode(here, query, int(match[2]), match[3])
    elif match is not None and match[4] == "h":
        toast = await _hour(here, query, match[5])
    elif match is not None:
        toast = await _zone(here, query, match[5])
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(toast))


async def _end(here: Here, query: CallbackQuery, follow_id: int) -> str:
    followings = _following(here).followings
    ended = await here.services.stored(followings.end, here.user_id, follow_id)
    if _is_list(query):
        reader = await here.services.stored(followings.reader, here.user_id)
        await _show(here, query, list_html(reader, here.locale), list_keyboard(reader, here.locale))
    if ended is None:
        return here.locale("follow_gone")
    told = here.locale("follow_ended", topic=ended.topic)
    if not _is_list(query):
        await _show(here, query, None, None)
    return told[:200]


async def _set_mode(here: Here, query: CallbackQuery, follow_id: int, mode: str) -> str | None:
    followings = _following(here).followings
    follow = await here.services.stored(followings.set_mode, here.user_id, follow_id, mode)
    reader = await here.services.stored(followings.reader, here.user_id)
    if follow is None or reader is None:
        return here.locale("follow_gone")
    text = here.locale(f"follow_mode_{follow.mode}", topic=follow.topic, hour=reader.hour)
    await _show(here, query, _html(text), begun_keyboard(follow, here.locale))
    return None


async def _hour(here: Here, query: CallbackQuery, chosen: str | None) -> str | None:
    if chosen is None:
        await _show(here, query, here.locale("follow_which_hour"), hours_keyboard())
        return None
    followings = _following(here).followings
    kept = chosen.isdigit() and await here.services.stored(followings.set_clock, here.user_id, hour=int(chosen))
    reader = await here.services.stored(followings.reader, here.user_id)
    await _show(here, query, list_html(reader, here.locale), list_keyboard(reader, here.locale))
    return here.locale("follow_hour_kept", hour=chosen) if kept else here.locale("follow_gone")


async def _zone(here: Here, query: CallbackQuery, chosen: str | None) -> str | None:
    following = _following(here)
    now = following.clock.now()
    if chosen in (None, "all"):
        keyboard = zones_keyboard(now, here.locale, everywhere=chosen == "all")
        await _show(here, query, here.locale("follow_which_time"), keyboard)
        return None
    minutes = int(str(chosen))
    if not await here.services.stored(following.followings.set_clock, here.user_id, offset_minutes=minutes):
        return here.locale("follow_gone")
    await _show(here, query, here.locale("follow_time_kept", time=time_there(now, minutes)), None)
    return None


async def _show(here: Here, query: CallbackQuery, html: str | None, markup: InlineKeyboardMarkup | None) -> None:
    """Edits the message of the button; without `html` only its buttons go."""
    if not isinstance(query.message, Message):
        return
    if html is not None:
        await put_in_place(here, query.message.message_id, html, markup)
    else:
        await optional(here.services, "editMessageReplyMarkup", query.edit_message_reply_markup)


def _is_list(query: CallbackQuery) -> bool:
    """Whether the button stands in the list of topics, which goes on showing the others."""
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    return any(button.callback_data == "fl:h" for row in (markup.inline_keyboard if markup else ()) for button in row)


async def stopped_or_started(update: Update, context: Context) -> None:
    """In a private chat Telegram tells when its reader stops the bot, and when they start it again."""
    change, services = update.my_chat_member, services_of(context)
    following = services.parts.following
    if change is None or following is None or change.chat.type != change.chat.PRIVATE:
        return
    blocked = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
    await services.stored(following.followings.set_blocked, change.from_user.id, blocked)


# ---------------------------------------------------------------- what is due


async def keep_schedule(services: Services, following: FollowingParts) -> None:
    """Looks for news and for what is due, as long as the bot runs: every half a minute, and when a post came."""
    while True:
        services.news.clear()
        try:
            await services.stored(following.news.look)
            assert services.start is not None
            while jobs := await services.stored(following.letters.claim, _job):
                services.start(jobs)
        except Exception as error:  # a locked database: nothing is lost, the next look finds it
            log.warning("following: %s; looking again soon", type(error).__name__)
        waiting = {
            asyncio.create_task(following.clock.sleep(LOOK_EVERY)),
            asyncio.create_task(services.news.wait()),
        }
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


def _job(due: Due) -> dict[str, Any]:
    body = {"from": {"id": due.user_id}, "message": due.id}
    return job_update(FIRST_JOB + due.id, KIND, body)


async def send_letter(context: Context, delivery: Delivery, body: Body) -> None:
    """Sends one message that was due. What it says is noted before, so that a restart goes on with the same."""
    services = services_of(context)
    following = services.parts.following
    assert following is not None
    user_id = int(body["from"]["id"])
    ready = delivery.result("letter")
    if ready is None:
        letter = await services.stored(following.letters.letter, body["message"])
        if letter is None:
            return  # ended, forgotten or stopped since
        if letter.at_night:
            raise TryLater
        locale = Locale("ru" if letter.language == "ru" else "en")
        ready = {"parts": letter_parts(letter, locale), "keyboard": letter_keyboard(letter, locale).to_dict()}
        await delivery.note("letter", ready)
    keyboard = InlineKeyboardMarkup.de_json(ready["keyboard"], context.bot)
    try:
        for number, html in enumerate(ready["parts"], 1):
            markup = keyboard if number == len(ready["parts"]) else None
            await delivery.once(f"letter-{number}", partial(_send, context, user_id, html, markup))
    except (Forbidden, BadRequest) as error:
        if isinstance(error, BadRequest) and "chat not found" not in error.message.lower():
            raise
        log.info("a reader can no longer be sent to (%s)", type(error).__name__)
        await services.stored(following.followings.set_blocked, user_id, True)


async def _send(context: Context, user_id: int, html: str, markup: InlineKeyboardMarkup | None) -> Message:
    return await context.bot.send_message(
        user_id, html, parse_mode=ParseMode.HTML, reply_markup=markup, link_preview_options=NO_PREVIEW
    )


def _following(here: Here) -> FollowingParts:
    following = here.parts.following
    assert following is not None
    return following


def _html(text: str) -> str:
    return to_html([Run(text)])
