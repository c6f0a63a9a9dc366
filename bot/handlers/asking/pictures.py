"""A screenshot as a question: of a slide, a formula, an error. Its text is read here; the caption is what is asked.

Where no program reads pictures this feature is not there, and captions are answered with a word on the picture unseen.
"""

from __future__ import annotations

from telegram import Message, PhotoSize, Update
from telegram.ext import MessageHandler, filters

from konspekt.answering.question.limits import asks_of_the_picture
from konspekt.bot.handlers.asking.addressed import A_COMMAND, NEW_MESSAGE, Asked, ToTheBot, asked_in, has_words
from konspekt.bot.handlers.asking.files import GoneError, Sized, TooLargeError, fetched
from konspekt.bot.handlers.asking.questions import LET_IN, SEEN, answer_question, turned_away
from konspekt.bot.sending import send_html
from konspekt.bot.services import KEY, App, Context, Here, Services, here_of
from konspekt.bot.streaming import typing
from konspekt.bot.updates.albums import album_of
from konspekt.bot.updates.raw_updates import completed
from konspekt.recognition import RecognitionError

MOST_PICTURES = 4  # of an album that are read
ASKED_CHARS = 400  # of a picture without a caption: enough to find what it is about


def register(app: App) -> None:
    services: Services = app.bot_data[KEY]
    if services.parts.eyes is None:
        return
    picture = NEW_MESSAGE & (filters.PHOTO | filters.Document.IMAGE) & ~A_COMMAND & ~filters.FORWARDED
    app.add_handler(MessageHandler(picture & (filters.ChatType.PRIVATE | ToTheBot()), shown))


async def shown(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    written = asked_in(here.message, context.bot.id, context.bot.username)
    caption = written.question if has_words(here.message.caption or "") else ""
    seen: str | None = here.delivery.result(SEEN)
    if seen is None:
        if await turned_away(here, caption):
            return
        await here.delivery.note(LET_IN, True)
        async with typing(here):
            seen = await _seen(here)
        await here.delivery.note(SEEN, seen)
    if not seen and (not has_words(caption) or asks_of_the_picture(caption)):
        await send_html(here, "not-seen", here.locale("picture_nothing"))
        return
    understood = here.locale("understood_seen" if seen else "understood_nothing", seen=seen)
    question = caption if has_words(caption) else seen[:ASKED_CHARS]
    about = seen if has_words(caption) and seen else written.about
    await answer_question(here, Asked(question, about, understood=understood))


async def _seen(here: Here) -> str:
    """The text of all pictures; what cannot be read has none."""
    eyes = here.parts.eyes
    assert eyes is not None
    texts = []
    for raw in album_of(here.delivery.payload)[:MOST_PICTURES]:
        message = Message.de_json(completed({"message": raw})["message"], here.bot)
        attached = _largest(message)
        if attached is None:
            continue
        try:
            texts.append(await eyes.read(await fetched(here, attached)))
        except (RecognitionError, GoneError, TooLargeError):
            continue
    return "\n".join(text for text in texts if text)


def _largest(message: Message) -> Sized | None:
    sizes: tuple[PhotoSize, ...] = message.photo
    return max(sizes, key=lambda size: size.width * size.height) if sizes else message.document
