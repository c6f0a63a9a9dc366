"""A group that added the bot is greeted, once: however often the bot is taken out and added again."""

from __future__ import annotations

import logging

from telegram import Chat, ChatMember, ChatMemberRestricted, Update
from telegram.error import BadRequest, Forbidden
from telegram.ext import ChatMemberHandler

from konspekt.bot.sending import send_html
from konspekt.bot.services import App, Context, here_of
from konspekt.bot.text.rich_text import Run, to_html

log = logging.getLogger(__name__)
GROUPS = (Chat.GROUP, Chat.SUPERGROUP)


def register(app: App) -> None:
    app.add_handler(ChatMemberHandler(added, ChatMemberHandler.MY_CHAT_MEMBER))


async def added(update: Update, context: Context) -> None:
    here, change = here_of(update, context), update.my_chat_member
    if here is None or change is None or here.parts.places is None or here.chat.type not in GROUPS:
        return
    if here.chat.is_direct_messages or _is_in(change.old_chat_member) or not _is_in(change.new_chat_member):
        return
    if not await here.services.stored(here.parts.places.claim, f"greet:{here.chat.id}", here.delivery.update_id):
        return
    text = here.locale("greeting", username=context.bot.username)
    try:
        await send_html(here, "greeting", to_html([Run(text)]), reply=False)
    except (BadRequest, Forbidden) as error:  # a group where only admins speak
        log.info("a group was not greeted: %s", type(error).__name__)


def _is_in(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status in {ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER}
