"""/convert, /drafts and /glossary, for admins: a post becomes drafts, which are edited, rewritten and kept in the chat.

`convert_feature(parts)` is given to the bot as one of its `extra_features`. Each file beside has one step of the flow:
`choosing`, `writing`, `kept`; `auto` is the same without a person.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from konspekt.bot.drafts.auto import register_auto
from konspekt.bot.drafts.choosing import convert_command, forwarded, session_button
from konspekt.bot.drafts.desk import ConvertParts, Desk
from konspekt.bot.drafts.glossary import forget_button, glossary_command
from konspekt.bot.drafts.kept import (
    PartReply,
    draft_button,
    drafts_command,
    edited,
    list_drafts,
)
from konspekt.bot.drafts.lines import LineReply, line_button, own_words
from konspekt.bot.drafts.messages import toast
from konspekt.bot.drafts.writing import KIND, drafts_job
from konspekt.bot.handlers.asking.addressed import NEW_MESSAGE, CommandHandler
from konspekt.bot.handlers.author.admin import for_admins
from konspekt.bot.services import (
    KEY,
    App,
    Context,
    Here,
    Services,
    here_of,
    services_of,
)
from konspekt.bot.updates.jobs import JobHandler

DESK = "convert desk"
PRESSED = re.compile(
    r"cv:(?:s:([0-9a-f]{8}):(n|l|all|go|x):([\w-]+)|d:(\d{1,18}):(\w+)|p:(\d{1,9})"
    r"|l:(\d{1,18}):([0-9a-f]{8}):(ok|out|again)|g:(\d{1,18}))$"
)
Action = Callable[[Here, Desk], Awaitable[None]]


def convert_feature(parts: ConvertParts) -> Callable[[App], None]:
    """Registers the whole flow on an application."""

    def register(app: App) -> None:
        services: Services = app.bot_data[KEY]
        desk = app.bot_data[DESK] = Desk(parts, services.stored)
        private_post = NEW_MESSAGE & filters.FORWARDED & filters.ChatType.PRIVATE
        app.add_handler(CommandHandler("convert", _at(desk, convert_command)))
        app.add_handler(CommandHandler("drafts", _at(desk, drafts_command)))
        app.add_handler(CommandHandler("glossary", _at(desk, glossary_command)))
        app.add_handler(CallbackQueryHandler(pressed, pattern=r"^cv:"))
        app.add_handler(MessageHandler(NEW_MESSAGE & LineReply(), _at(desk, own_words)))
        app.add_handler(MessageHandler(NEW_MESSAGE & PartReply(), _at(desk, edited)))
        admins = services.parts.settings.admins
        if admins:
            app.add_handler(MessageHandler(private_post & filters.User(list(admins)), _at(desk, forwarded)))
        app.add_handler(JobHandler(KIND, drafts_job(desk)))
        register_auto(app, desk)

    return register


def _at(desk: Desk, action: Action) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    return for_admins(lambda here: action(here, desk))


async def pressed(update: Update, context: Context) -> None:
    here, query = here_of(update, context), update.callback_query
    if here is None or query is None:
        return
    match = PRESSED.match(query.data or "")
    desk: Desk = context.application.bot_data[DESK]
    if query.from_user.id not in services_of(context).parts.settings.admins:
        await toast(query, here.locale("admins_only"), alert=True)
    elif match is None:
        await toast(query)
    elif match[1]:
        owner = desk.owner(match[1])
        if owner is None:
            await toast(query, here.locale("convert_gone"), alert=True)
        elif owner != (here.chat.id, query.from_user.id):
            await toast(query, here.locale("not_yours"), alert=True)
        else:
            await session_button(here, desk, query, match[1], (match[2], match[3]))
    elif match[4]:
        await draft_button(here, desk, query, int(match[4]), match[5])
    elif match[7]:
        await line_button(here, desk, query, int(match[7]), (match[8], match[9]))
    elif match[10]:
        await forget_button(here, desk, query, int(match[10]))
    else:
        await toast(query)
        await list_drafts(here, desk, int(match[6]), query)
