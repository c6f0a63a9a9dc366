"""python-telegram-bot's application with every feature registered, and the work on one stored update."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from telegram.ext import ApplicationBuilder, ExtBot

from konspekt.bot.handlers.asking import (
    choices,
    comments,
    edits,
    feedback,
    forms,
    forwarded,
    pictures,
    questions,
    reactions,
    stopping,
    voice,
)
from konspekt.bot.handlers.author import admin, arena, author_words, cases, channel_posts, post_button
from konspekt.bot.handlers.places import (
    business,
    direct,
    drafted,
    greeting,
    guest,
    inline,
    inline_asking,
    reaction_counts,
    starting,
)
from konspekt.bot.handlers.reading import commands, following, learning, memory, overview
from konspekt.bot.limits import QuestionRate, Turnstile
from konspekt.bot.parts.bot_parts import BotParts
from konspekt.bot.services import (
    KEY,
    App,
    Context,
    Services,
)
from konspekt.bot.wire.flood import FloodControl
from konspekt.bot.wire.journal import Journal
from konspekt.bot.wire.request import Wire, api_base, file_base

# A feature is a module with `register(app)`. The first handler that fits an update takes it.
FEATURES: tuple[ModuleType, ...] = (
    direct,
    business,
    reaction_counts,
    starting,
    drafted,
    commands,
    admin,
    cases,
    arena,
    post_button,
    following,
    learning,
    feedback,
    reactions,
    stopping,
    forms,
    choices,
    voice,
    pictures,
    inline,
    channel_posts,
    memory,
    author_words,
    overview,
    comments,
    guest,
    greeting,
    inline_asking,
    forwarded,
    questions,
    edits,
)


def build_application(parts: BotParts, extra_features: tuple[Callable[[App], None], ...] = ()) -> App:
    """The application, not yet started. `extra_features` register their handlers before the built-in ones."""
    settings = parts.settings
    flood = FloodControl(settings.flood, parts.meters)
    bot: ExtBot[Any] = ExtBot(
        settings.token,
        base_url=api_base(settings.api_url),
        base_file_url=file_base(settings.api_url),
        request=Wire(connections=settings.workers + 16),
        get_updates_request=Wire(connections=2),
        rate_limiter=flood,
    )
    app: App = ApplicationBuilder().bot(bot).updater(None).build()
    rate, turnstile = QuestionRate(settings.questions_per_minute), Turnstile(settings.concurrent_answers)
    app.bot_data[KEY] = Services(parts, flood, rate, turnstile, Journal(settings.journal))
    for register in extra_features:
        register(app)
    for feature in FEATURES:
        feature.register(app)
    commands.register_last(app)
    app.add_error_handler(_failed)
    return app


async def _failed(update: object, context: Context) -> None:
    """Hands a handler's error to whoever works on the update (see `konspekt.bot.updates.work`)."""
    services: Services = context.application.bot_data[KEY]
    update_id = getattr(update, "update_id", None)
    if update_id is not None and context.error is not None:
        services.failures[update_id] = context.error
