"""A link that opened the bot: `/start post_…` asks about a post, `/start ask_…` asks a question. Others just start."""

from __future__ import annotations

from telegram import Update

from konspekt.bot.handlers.asking.addressed import Asked, CommandHandler, after_command, has_words
from konspekt.bot.handlers.asking.comments import about_post
from konspekt.bot.handlers.asking.questions import answer_question
from konspekt.bot.handlers.places.links import AboutPost, Question, started_with
from konspekt.bot.handlers.reading.commands import started
from konspekt.bot.sending import send_html
from konspekt.bot.services import App, Context, Here, here_of


class LinkHandler(CommandHandler):
    """`/start` with a payload that is understood."""

    def __init__(self) -> None:
        super().__init__("start", opened)

    def check_update(self, update: object) -> bool:
        if not super().check_update(update) or not isinstance(update, Update) or update.message is None:
            return False
        return started_with(after_command(update.message)) is not None


def register(app: App) -> None:
    app.add_handler(LinkHandler())


async def opened(update: Update, context: Context) -> None:
    here = here_of(update, context)
    if here is None:
        return
    meant = started_with(after_command(here.message))
    if isinstance(meant, Question) and has_words(meant.text):
        await answer_question(here, Asked(meant.text))
    elif isinstance(meant, AboutPost):
        await _about(here, meant)
    else:
        await started(update, context)


async def _about(here: Here, meant: AboutPost) -> None:
    places = here.parts.places
    post = None
    if places is not None:
        post = await here.services.stored(places.numbered_post, meant.number, meant.channel)
    if post is None:
        await send_html(here, "unknown", here.locale("post_unknown"))
    else:
        await answer_question(here, about_post(Asked(here.locale("about_this_post")), post))
