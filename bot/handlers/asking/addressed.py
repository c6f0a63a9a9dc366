"""What a message says to the bot: its command, its question without the bot's name, and what it refers to.

Pure functions over one message. Telegram marks commands and names by entities in UTF-16 units; what is next to them may
be any space, bracket or mark of punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from telegram import Message, MessageEntity, Update
from telegram.ext import BaseHandler, filters

from konspekt.bot.services import Context

NEW_MESSAGE = filters.UpdateType.MESSAGE & ~filters.VIA_BOT

# Marks that show nothing and are not spaces to Python: zero-width, direction, soft hyphen, blank letters and patterns
INVISIBLE = (
    "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060"
    "\u2066\u2067\u2068\u2069\u2800\u3164\ufeff"
)
SPACES = " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
IN_LINE = SPACES + INVISIBLE
ANYWHERE = IN_LINE + "\n\r\v\f\u0085\u2028\u2029\x1c\x1d\x1e\x1f"
PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">", "«": "»", "“": "”", "„": "“", '"': '"', "'": "'"}
CALLING = re.compile(r"(?:[,:;.!?…]+\s+|[,:]|[—–-]\s+)")  # after a name that opens the text: "@bot, …", "@bot — …"
ENDING = "?!.…,;:)]»”\n"


@dataclass(frozen=True, slots=True)
class Command:
    """`/name@to rest`."""

    name: str  # in lower case
    to: str  # the bot it is meant for; empty: any bot that sees it
    length: int  # of what stands before the rest


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the words that it was asked about: a quotation, or the message that is replied to."""

    question: str
    about: str = ""
    about_bot: bool = False  # the words are the bot's own
    post: str = ""  # address of the post that the question is about
    understood: str = ""  # of a voice message or a picture: shown above the answer, and may be put right


def words_of(message: Message) -> str:
    """What was written; half a surrogate pair and NUL, which models or PostgreSQL refuse, become `?` and a space."""
    return (message.text or message.caption or "").encode("utf-8", "replace").decode().replace("\0", " ")


def command_of(message: Message) -> Command | None:
    """The command that a text or a caption opens with."""
    for entity in message.entities or message.caption_entities:
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            name, _, to = words_of(message)[1 : entity.length].partition("@")
            return Command(name.lower(), to.lower(), entity.length)
    return None


class _OpensWithCommand(filters.MessageFilter):
    def filter(self, message: Message) -> bool:
        return command_of(message) is not None


A_COMMAND = _OpensWithCommand()


class CommandHandler(BaseHandler[Update, Context, None]):
    """A new message whose text or caption opens with `/name`, for this bot. The library's own knows texts only."""

    def __init__(self, name: str, callback: object) -> None:
        super().__init__(callback)  # type: ignore[arg-type]
        self._name = name

    def check_update(self, update: object) -> bool:
        if not isinstance(update, Update) or not NEW_MESSAGE.check_update(update):
            return False
        message = update.effective_message
        command = command_of(message) if message is not None else None
        if message is None or command is None or command.name != self._name:
            return False
        return not command.to or command.to == message.get_bot().username.lower()


def is_called(message: Message, bot_id: int, username: str) -> bool:
    """Whether the bot's name stands in the message. Telegram marks names; a server that marks nothing is believed."""
    entities = message.entities or message.caption_entities
    text = words_of(message)
    for entity in entities:
        if entity.type == MessageEntity.TEXT_MENTION and entity.user is not None and entity.user.id == bot_id:
            return True
        if entity.type == MessageEntity.MENTION and _slice(text, entity).lower() == f"@{username}".lower():
            return True
    return not entities and _name(username).search(text) is not None


def asked_in(message: Message, bot_id: int, username: str) -> Asked:
    """The question of a message: its own words, else the words that it refers to. Empty where there are none."""
    own = _own_words(message, bot_id, username)
    replied = message.reply_to_message
    about = without_name(_referred(message), username)
    about_bot = replied is not None and replied.from_user is not None and replied.from_user.id == bot_id
    if has_words(own):
        return Asked(own, about, about_bot)
    return Asked(about) if has_words(about) and (message.quote is not None or not about_bot) else Asked(own)


def has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def after_command(message: Message) -> str:
    """What stands after the command, whatever space is between."""
    command = command_of(message)
    return words_of(message)[command.length if command else 0 :].strip(ANYWHERE)


def without_name(text: str, username: str) -> str:
    """A text without the bot's name, wherever it stands, and without the marks that only held the name."""
    return _without(text, [match.span() for match in _name(username).finditer(text)])


def _own_words(message: Message, bot_id: int, username: str) -> str:
    text = words_of(message)
    command = command_of(message)
    spans = [match.span() for match in _name(username).finditer(text)]
    spans += _named_otherwise(message, text, bot_id)
    if command is not None:
        spans = [(0, command.length), *(span for span in spans if span[0] >= command.length)]
    return _without(text, sorted(spans))


def _named_otherwise(message: Message, text: str, bot_id: int) -> Iterator[tuple[int, int]]:
    """Where the bot is addressed by a word that links to it, at the beginning: elsewhere the word may be needed."""
    for entity in message.entities or message.caption_entities:
        if entity.type == MessageEntity.TEXT_MENTION and entity.user is not None and entity.user.id == bot_id:
            before = text.encode("utf-16-le")[: entity.offset * 2].decode("utf-16-le", "replace")
            if not before.strip(ANYWHERE):
                yield len(before), len(before) + len(_slice(text, entity))


def _referred(message: Message) -> str:
    """The quoted part where there is one, else the message that is replied to."""
    if message.quote is not None:
        return message.quote.text.encode("utf-8", "replace").decode().replace("\0", " ")
    return words_of(message.reply_to_message) if message.reply_to_message is not None else ""


def _name(username: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@/.])@{re.escape(username)}(?!\w)", re.IGNORECASE)


def _slice(text: str, entity: MessageEntity) -> str:
    units = text.encode("utf-16-le")
    return units[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le", "replace")


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = _joined(text[:start], text[end:])
    return text.strip(ANYWHERE)


def _joined(left: str, right: str) -> str:
    """Two pieces after a name between them was cut out."""
    left, right = left.rstrip(IN_LINE), right.lstrip(IN_LINE)
    while left and right and PAIRS.get(left[-1]) == right[0]:
        left, right = left[:-1].rstrip(IN_LINE), right[1:].lstrip(IN_LINE)
    if not left.strip(ANYWHERE):
        return right[match.end() :] if (match := CALLING.match(right)) else right
    if not right.strip(ANYWHERE):
        return left.rstrip(ANYWHERE + ",;:—–-")
    if right[0] in ENDING:
        left = left.rstrip(IN_LINE + ",;")
    if left.endswith("\n") and right[0] == "\n":  # the name had a line of its own
        right = right.lstrip(ANYWHERE)
    apart = left and right and right[0] not in ENDING and left[-1] not in "\n([{«“„"
    return left + (" " if apart else "") + right


class ToTheBot(filters.MessageFilter):
    """In a group: a reply to the bot, or its name in the caption."""

    def filter(self, message: Message) -> bool:
        bot, replied = message.get_bot(), message.reply_to_message
        to_me = replied is not None and replied.from_user is not None and replied.from_user.id == bot.id
        return to_me or is_called(message, bot.id, bot.username)
