"""/start, /help, /reset, /forget, and what is said to a message without words."""

from __future__ import annotations

from telegram import Update
from telegram.ext import MessageHandler, filters

from konspekt.answering.question.examples import example_questions
from konspekt.bot.handlers.asking.addressed import A_COMMAND, NEW_MESSAGE, CommandHandler
from konspekt.bot.handlers.asking.questions import examples_keyboard
from konspekt.bot.sending import send_html
from konspekt.bot.services import App, Context, Here, here_of
from konspekt.bot.text.rich_text import Run, to_html

EXAMPLES = 3
TITLES = 60  # that examples are made from


def register(app: App) -> None:
    app.add_handler(CommandHandler("start", started))
    app.add_handler(CommandHandler("help", asked_for_help))
    app.add_handler(CommandHandler("reset", reset))
    app.add_handler(CommandHandler("forget", forget))


def register_last(app: App) -> None:
    """What no other handler took, in private: an unknown command, a picture without words."""
    private = NEW_MESSAGE & filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL
    app.add_handler(MessageHandler(private & A_COMMAND, asked_for_help))
    app.add_handler(MessageHandler(private & ~filters.TEXT & ~filters.CAPTION, sent_no_words))


async def started(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    questions = await _examples(here)
    text = here.locale("start") + "\n\n" + here.locale("examples" if questions else "empty_index")
    await send_html(here, "start", _escaped(text), examples_keyboard(questions), reply=False)


async def _examples(here: Here) -> list[str]:
    """Questions that titles make; what a title is about, where none makes one."""
    library, language = here.parts.library, here.locale.language
    titles = await here.services.stored(library.example_titles, language, TITLES)
    questions = example_questions(titles, language, EXAMPLES)
    return questions or [here.locale("example", title=title) for title in titles[:EXAMPLES]]


async def asked_for_help(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    questions = await _examples(here)
    text = here.locale("help", username=context.bot.username)
    if here.is_admin:
        text += here.locale("help_admin")
    if questions:
        text += "\n\n" + here.locale("examples")
    await send_html(here, "help", _escaped(text), examples_keyboard(questions), reply=False)


async def reset(update: Update, context: Context) -> None:
    if here := here_of(update, context):
        await here.services.stored(here.parts.memory.reset, here.asker)
        if here.parts.memory_control is not None:
            await here.services.stored(here.parts.memory_control.new_talk, here.user_id)
        await send_html(here, "reset", here.locale("reset"), to_one=True)


async def forget(update: Update, context: Context) -> None:
    """Erases and says what. The count is noted, so that a restart in between does not answer "nothing"."""
    here = here_of(update, context)
    if here is None:
        return
    counts = here.delivery.result("forgotten")
    if counts is None:
        forgotten = here.parts.memory.forget
        counts = await here.services.stored(forgotten, here.user_id, except_for=here.delivery.update_id)
        here.services.forget_answered(here.chat.id)
        await here.delivery.note("forgotten", counts)
    erased = [here.locale(f"forget_{kind}", n=count) for kind, count in counts.items() if count]
    text = here.locale("forget", what=", ".join(erased)) if erased else here.locale("forget_nothing")
    await send_html(here, "forget", text, to_one=True)


async def sent_no_words(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    message = here.message
    key = "picture_only" if message.photo or message.video else "text_only"
    await send_html(here, key, here.locale(key))


def _escaped(text: str) -> str:
    return to_html([Run(text)])
