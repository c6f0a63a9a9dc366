"""Updates as Telegram's JSON: what kind, in whose lane, and with what a sparing server left out."""

from __future__ import annotations

import copy
import re
from collections.abc import Hashable
from typing import Any

RawUpdate = dict[str, Any]
STOPPED = "stopped_message_generation"  # of Bot API 10.3
ALLOWED = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "inline_query",
    "callback_query",
    "my_chat_member",
    "poll_answer",
    "message_reaction",
    STOPPED,
    "guest_message",
    "chosen_inline_result",
    "message_reaction_count",
    "business_connection",
    "business_message",
]
MESSAGES = frozenset(
    {"message", "edited_message", "channel_post", "edited_channel_post", "guest_message", "business_message"}
)
COMMAND = re.compile(r"/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@])")  # as Telegram marks it
LONG_COMMANDS = ("/reindex",)  # takes minutes: the same person's questions go on meanwhile


def kind_of(raw: RawUpdate) -> str:
    return next((name for name in raw if name in ALLOWED), "other")


def lane_of(raw: RawUpdate) -> Hashable:
    """Equal for updates that must be worked off in their order."""
    kind = kind_of(raw)
    body = raw.get(kind)
    if not isinstance(body, dict):
        return raw.get("update_id")
    chat, user = _id(body.get("chat")), _id(body.get("from") or body.get("user"))
    if "channel_post" in kind:
        return ("post", chat, body.get("message_id"))  # a post and its edits
    if kind == "edited_message":
        return ("chat", chat, user)  # after the question that was edited
    if kind == "message":
        words = str(body.get("text") or body.get("caption") or "").split(maxsplit=1)
        if words and words[0].split("@")[0] in LONG_COMMANDS:
            return ("long", user)
        if body.get("media_group_id") is not None:
            return ("album", chat, body.get("message_id"))  # its messages wait for each other
        return ("chat", chat, user)
    if kind == "message_reaction_count":
        return (kind, chat, body.get("message_id"))
    if kind == STOPPED:
        return (kind, chat)  # its answer's own lane is taken by the writing
    return (kind, user)


def home_of(raw: RawUpdate) -> str | None:
    """The chat whose updates one instance of several works on; None for the bot's own jobs.

    A person's private chat has their id, so what they do outside of any chat goes where their talk is.
    """
    body = raw.get(kind_of(raw))
    if not isinstance(body, dict):
        return None
    message = body.get("message")
    chat = body.get("chat") or (message.get("chat") if isinstance(message, dict) else None)
    found = _id(chat) if chat else _id(body.get("from") or body.get("user"))
    return None if found is None else str(found)


def _id(body: Any) -> Any:
    return body.get("id") if isinstance(body, dict) else None


def completed(raw: RawUpdate) -> RawUpdate:
    """The update with the fields that python-telegram-bot insists on, for servers that leave some out.

    A command that carries no entity gets one: it is recognised by it.
    """
    update = copy.deepcopy(raw)
    for kind, body in update.items():
        if isinstance(body, dict):
            _complete_user(body.get("from") or body.get("user"))
            if kind in MESSAGES:
                _complete_message(body)
            if kind == "callback_query":
                body.setdefault("chat_instance", "")
                if isinstance(body.get("message"), dict):
                    _complete_message(body["message"])
    return update


def _complete_message(message: dict[str, Any]) -> None:
    message.setdefault("date", 0)
    message.setdefault("message_id", 0)
    chat = message.setdefault("chat", {"id": 0})
    chat.setdefault("type", "private" if chat["id"] >= 0 else "supergroup")
    _complete_user(message.get("from"))
    for words, entities in (("text", "entities"), ("caption", "caption_entities")):
        command = COMMAND.match(str(message.get(words) or ""))
        if command and not message.get(entities):
            message[entities] = [{"type": "bot_command", "offset": 0, "length": command.end()}]
    if isinstance(message.get("reply_to_message"), dict):
        _complete_message(message["reply_to_message"])


def _complete_user(user: Any) -> None:
    if isinstance(user, dict):
        user.setdefault("first_name", "")
        user.setdefault("is_bot", False)
