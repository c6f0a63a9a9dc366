"""What Telegram shows of the bot before anything is said: commands, description, menu, in both languages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    MenuButtonCommands,
)
from telegram.constants import MenuButtonType
from telegram.ext import ExtBot

from konspekt.bot.locales import Locale
from konspekt.bot.sending import optional
from konspekt.bot.services import Services

READERS = ("ask", "guide", "follow", "quiz", "progress", "help", "memory", "export", "reset", "forget")
GROUPS = ("ask", "guide", "help", "memory", "reset", "forget")
ADMINS = ("reindex", "stats", "cases", "arena", "sources", "convert", "drafts", "glossary", "button")
LANGUAGES = ((Locale("en"), None), (Locale("ru"), "ru"))  # English for everyone else

T = TypeVar("T")


async def introduce(services: Services, bot: ExtBot[Any]) -> None:
    """Tells Telegram who the bot is. A server that lacks one of these methods is done without it."""
    for locale, code in LANGUAGES:
        await _commands(services, bot, locale, code)
        await _description(services, bot, locale, code)
    menu = await _known(services, "getChatMenuButton", bot.get_chat_menu_button)
    if menu is not None and menu.type == MenuButtonType.DEFAULT:
        button = MenuButtonCommands()
        await optional(services, "setChatMenuButton", lambda: bot.set_chat_menu_button(menu_button=button))


async def _commands(services: Services, bot: ExtBot[Any], locale: Locale, code: str | None) -> None:
    everywhere: list[tuple[BotCommandScope | None, tuple[str, ...]]] = [
        (None, READERS),
        (BotCommandScopeAllGroupChats(), GROUPS),
    ]
    own = [(BotCommandScopeChat(admin), READERS + ADMINS) for admin in sorted(services.parts.settings.admins)]
    for scope, names in (*everywhere, *own):
        commands = [BotCommand(name, locale(f"command_{name}")) for name in names]
        call = partial(bot.set_my_commands, commands, scope=scope, language_code=code)
        await optional(services, "setMyCommands", call)


async def _description(services: Services, bot: ExtBot[Any], locale: Locale, code: str | None) -> None:
    """What an empty chat shows, and what the profile and shared links show. The owner's own words stay."""
    long = await _known(services, "getMyDescription", partial(bot.get_my_description, code))
    if long is not None and not long.description:
        call = partial(bot.set_my_description, locale("bot_description"), code)
        await optional(services, "setMyDescription", call)
    short = await _known(services, "getMyShortDescription", partial(bot.get_my_short_description, code))
    if short is not None and not short.short_description:
        call = partial(bot.set_my_short_description, locale("bot_short_description"), code)
        await optional(services, "setMyShortDescription", call)


async def _known(services: Services, method: str, call: Callable[[], Awaitable[T]]) -> T | None:
    """What the server says; None where it does not."""
    found: list[T] = []

    async def asked() -> None:
        found.append(await call())

    await optional(services, method, asked)
    return found[0] if found else None
