"""/guide: a reading list on a topic, or of the whole channel. Other questions about the channel are asked like any."""

from __future__ import annotations

from telegram import Update

from konspekt.bot.handlers.asking.addressed import Asked, CommandHandler, asked_in, has_words
from konspekt.bot.handlers.asking.questions import answer_question
from konspekt.bot.services import App, Context, here_of


def register(app: App) -> None:
    app.add_handler(CommandHandler("guide", asked_for_guide))


async def asked_for_guide(update: Update, context: Context) -> None:
    """Asks in words what the command means: so it is stored, limited, voted on and paged like every question."""
    here = here_of(update, context)
    if here is None:
        return
    topic = asked_in(here.message, context.bot.id, context.bot.username).question.strip(" ?!.")
    words = here.locale("guide_on", topic=topic) if has_words(topic) else here.locale("guide_all")
    await answer_question(here, Asked(words))
