"""A question that was edited is answered again, in place of the old answer."""

from __future__ import annotations

from datetime import timedelta

from telegram import Update
from telegram.ext import MessageHandler, filters

from konspekt.bot.handlers.asking.addressed import asked_in, command_of, has_words
from konspekt.bot.handlers.asking.delivering import deliver
from konspekt.bot.handlers.asking.questions import turned_away, write_answer
from konspekt.bot.services import App, Context, here_of

EDITABLE = timedelta(minutes=10)  # from the asking; whoever edits later is no longer waiting for an answer
STEP = "edited"


def register(app: App) -> None:
    words = filters.UpdateType.EDITED_MESSAGE & (filters.TEXT | filters.CAPTION) & ~filters.VIA_BOT
    app.add_handler(MessageHandler(words, question_edited))


async def question_edited(update: Update, context: Context) -> None:
    """What was answered is known for as long as the process lives; an edit of an earlier question is ignored. Once
    the work on an edit has begun, its update knows what it replaces."""
    here, message = here_of(update, context), update.edited_message
    if here is None or message is None or message.edit_date is None or message.edit_date - message.date > EDITABLE:
        return
    command = command_of(message)
    asked = asked_in(message, context.bot.id, context.bot.username)
    if (command is not None and command.name != "ask") or not has_words(asked.question):
        return
    old = here.delivery.result(STEP)
    if old is None:
        known = here.services.answered.get((here.chat.id, message.message_id))
        if known is None or known.question == asked.question:
            return  # a picture exchanged, a link's preview loaded: the same words
        old = {"answer": known.answer_id, "messages": list(known.messages)}
        await here.delivery.note(STEP, old)
    if await turned_away(here, asked.question):
        return
    ready = here.delivery.result("answer")
    if ready is None:
        await here.services.stored(here.parts.memory.supersede, old["answer"])
        ready = await write_answer(here, asked, watched=False)
    if ready:
        await deliver(here, asked, ready, old["messages"])
