"""Voice messages, video notes and audio files as questions: recognised here, then answered as if they were written."""

from __future__ import annotations

from html import escape
from typing import Any

from telegram import Audio, ForceReply, Message, Update, VideoNote, Voice
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from konspekt.bot.handlers.asking.addressed import A_COMMAND, NEW_MESSAGE, Asked, ToTheBot, asked_in, has_words
from konspekt.bot.handlers.asking.files import GoneError, TooLargeError, fetched
from konspekt.bot.handlers.asking.questions import LET_IN, answer_question, turned_away
from konspekt.bot.handlers.asking.understood import FIXED, RightWords, answer_of
from konspekt.bot.limits import FILE_BYTES
from konspekt.bot.sending import optional, send_html
from konspekt.bot.services import App, Context, Here, here_of
from konspekt.bot.streaming import typing
from konspekt.recognition import BusyError, Heard, RecognitionError, TooLongError

HEARD = "heard"  # the step that holds what was recognised, so that a restart does not listen again
Spoken = Voice | VideoNote | Audio


def register(app: App) -> None:
    spoken = NEW_MESSAGE & (filters.VOICE | filters.VIDEO_NOTE | filters.AUDIO) & ~A_COMMAND
    app.add_handler(MessageHandler(spoken & (filters.ChatType.PRIVATE | ToTheBot()), spoken_to))
    app.add_handler(CallbackQueryHandler(wants_to_correct, pattern=FIXED))
    app.add_handler(MessageHandler(NEW_MESSAGE & filters.TEXT & ~A_COMMAND & RightWords(), corrected))


async def spoken_to(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    written = asked_in(here.message, context.bot.id, context.bot.username)
    caption = written.question if has_words(here.message.caption or "") else ""
    if here.parts.ears is None and has_words(caption):  # what was written can be answered all the same
        await answer_question(here, written)
        return
    heard = await _heard(here)
    if heard is None:
        return
    question = "\n".join(part for part in (caption, heard["text"]) if part)
    about, about_bot = (written.about, written.about_bot) if caption else _about(written)
    key = "understood_heard" if heard["sure"] else "understood_unsure"
    shown = here.locale(key, heard=heard["text"])
    await answer_question(here, Asked(question, about, about_bot, understood=shown))


def _about(written: Asked) -> tuple[str, bool]:
    """A recording in reply to a message: without words of its own, `asked_in` takes the message for the question."""
    return (written.about, written.about_bot) if written.about else (written.question, False)


async def _heard(here: Here) -> dict[str, Any] | None:
    """What was said, recognised once; None where the reader has been told why not."""
    heard: dict[str, Any] | None = here.delivery.result(HEARD)
    if heard is None and (refusal := _refusal(here)) is not None:
        await _tell(here, refusal)
    elif heard is None and not await turned_away(here, ""):
        await here.delivery.note(LET_IN, True)
        async with typing(here):
            found = await _recognised(here)
        if isinstance(found, str):
            await _tell(here, found)
            return None
        heard = {"text": found.text, "sure": found.sure}
        await here.delivery.note(HEARD, heard)
    return heard


def _refusal(here: Here) -> str | None:
    """What is said of a recording before anything of it is fetched; None: it may be."""
    limit = here.parts.settings.voice_seconds
    if here.parts.ears is None:
        return here.locale("voice_off")
    if (seconds := _seconds(_spoken(here.message))) > limit:
        return here.locale("voice_too_long", seconds=seconds, limit=limit)
    return None


async def _recognised(here: Here) -> Heard | str:
    """What was said, or what the reader is told instead."""
    ears, limit = here.parts.ears, here.parts.settings.voice_seconds
    assert ears is not None
    try:
        audio = await fetched(here, _spoken(here.message))
        heard = await ears.hear(audio, here.locale.language, longest=limit + 1)
    except TooLargeError:
        return here.locale("voice_too_large", limit=FILE_BYTES // 1_000_000)
    except TooLongError:
        return here.locale("voice_too_long", seconds=f"> {limit}", limit=limit)
    except BusyError:
        return here.locale("voice_busy")
    except (RecognitionError, GoneError):
        return here.locale("voice_unreadable")
    return heard if has_words(heard.text) else here.locale("voice_nothing")


async def _tell(here: Here, text: str) -> None:
    await send_html(here, "not-heard", escape(text, quote=False))


def _spoken(message: Message) -> Spoken:
    spoken = message.voice or message.video_note or message.audio
    assert spoken is not None
    return spoken


def _seconds(spoken: Spoken) -> int:
    return int(spoken.to_dict()["duration"])  # the attribute is a number or a timedelta, as the library is set


async def wants_to_correct(update: Update, context: Context) -> None:
    """Only who asked, in that chat: the bot asks for the right words."""
    here, query = here_of(update, context), update.callback_query
    pressed = FIXED.match(query.data or "") if query else None
    if here is None or query is None or pressed is None:
        return
    answer_id = int(pressed[1])
    refused = await _refused(here, answer_id)
    toast = here.locale(refused) if refused else None
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(toast))
    if refused is None:
        await _ask_for_words(here, answer_id)


async def _ask_for_words(here: Here, answer_id: int) -> None:
    html = here.locale("understood_how", number=answer_id)
    force = ForceReply(selective=True)
    await here.delivery.once(
        "right-words",
        lambda: here.bot.send_message(here.chat.id, html, reply_markup=force, message_thread_id=here.thread_id),
    )


async def corrected(update: Update, context: Context) -> None:
    """The reply to that message is the question. What was misunderstood is no longer read as memory."""
    here = here_of(update, context)
    asking = here.message.reply_to_message if here is not None else None
    answer_id = answer_of(asking) if asking is not None else None
    if here is None or answer_id is None:
        return
    question = asked_in(here.message, context.bot.id, context.bot.username).question
    if await _refused(here, answer_id) is None:
        await here.services.stored(here.parts.memory.supersede, answer_id)
    await answer_question(here, Asked(question))


async def _refused(here: Here, answer_id: int) -> str | None:
    """Why this person may not correct what this answer understood, as a text's key; None: they may."""
    answer = await here.services.stored(here.parts.memory.answer, answer_id)
    if answer is None:
        return "understood_gone"
    return None if (answer.chat_id, answer.user_id) == (here.chat.id, here.user_id) else "not_yours"
