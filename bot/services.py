"""What lives as long as the bot runs, and how a handler reaches it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from telegram import Chat, Message, Update, User
from telegram.ext import Application, ContextTypes, ExtBot

from konspekt.bot.limits import QuestionRate, Turnstile
from konspekt.bot.locales import Locale, locale_for
from konspekt.bot.parts.bot_parts import BotParts
from konspekt.bot.parts.talk import Asker
from konspekt.bot.wire.abilities import Abilities
from konspekt.bot.wire.delivery import Delivery
from konspekt.bot.wire.flood import FloodControl
from konspekt.bot.wire.generations import Generations
from konspekt.bot.wire.journal import Journal

if TYPE_CHECKING:
    from konspekt.storage.updates import StoredUpdate

Context = ContextTypes.DEFAULT_TYPE
App = Application[Any, Any, Any, Any, Any, Any]
T = TypeVar("T")
KEY = "services"
MANY_ANSWERS = 1000


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that was answered."""

    answer_id: int
    messages: tuple[int, ...]  # ids of those that show the answer
    question: str


@dataclass(slots=True)
class Services:
    parts: BotParts
    flood: FloodControl
    rate: QuestionRate
    turnstile: Turnstile
    journal: Journal
    abilities: Abilities = field(default_factory=Abilities)
    generations: Generations = field(default_factory=Generations)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    failures: dict[int, BaseException] = field(default_factory=dict)
    enqueue: Callable[[dict[str, Any]], Awaitable[None]] | None = None  # takes in a job, see `updates.jobs`
    start: Callable[[Sequence[StoredUpdate]], None] | None = None  # begins work on jobs that are stored already
    background: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)  # as long as the bot runs
    news: asyncio.Event = field(default_factory=asyncio.Event)  # something was indexed: whoever waits for it looks
    answered: dict[tuple[int, int], Answered] = field(default_factory=dict)  # by chat and the question's message
    stopping: threading.Event = field(default_factory=threading.Event)  # seen by work in other threads
    # one thread writes to the database, one at a time changes the index: neither waits for the other
    writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "bot-database"))
    index_turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def stored(self, call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """A blocking call of memory, inbox or library."""
        return await asyncio.get_running_loop().run_in_executor(self.writer, partial(call, *args, **kwargs))

    def remember_answer(self, here: Here, answer_id: int, messages: tuple[int, ...], question: str) -> None:
        """For an edit of the question, which comes soon if it comes."""
        self.answered[here.chat.id, here.message.message_id] = Answered(answer_id, messages, question)
        while len(self.answered) > MANY_ANSWERS:
            self.answered.pop(next(iter(self.answered)))

    def forget_answered(self, chat_id: int) -> None:
        self.answered = {key: one for key, one in self.answered.items() if key[0] != chat_id}

    async def later(self, job: dict[str, Any]) -> None:
        """Stores work that is done outside the lanes (`konspekt.bot.updates.jobs`) and starts it."""
        assert self.enqueue is not None, "the bot is not running"
        await self.enqueue(job)

    async def indexed(self, call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """A blocking call that changes the index. It may wait an hour for another process's reindex: the thread does
        not keep the process from ending, and what it worked on is taken up again after the next start.
        """
        async with self.index_turn:
            return await _in_daemon_thread(partial(call, *args, **kwargs))


async def _in_daemon_thread(call: Callable[[], T]) -> T:
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if outcome.cancelled():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(cast(T, result))

    def work() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = call()
        except Exception as raised:
            error = raised
        with suppress(RuntimeError):  # the loop has ended: nothing waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True, name="bot-indexing").start()
    return await outcome


def services_of(context: Context) -> Services:
    services = context.application.bot_data[KEY]
    assert isinstance(services, Services)
    return services


@dataclass(frozen=True, slots=True)
class Here:
    """One update seen by its handler: who, where, in which language, and the means to answer exactly once."""

    services: Services
    delivery: Delivery
    bot: ExtBot[Any]
    update: Update
    chat: Chat
    user_id: int
    user: User | None
    locale: Locale
    talk: int | None = None  # where a talk of its own is no topic: the comments under one post

    @property
    def parts(self) -> BotParts:
        return self.services.parts

    @property
    def message(self) -> Message:
        message = self.update.effective_message
        assert message is not None
        return message

    @property
    def is_private(self) -> bool:
        return self.chat.type == Chat.PRIVATE

    @property
    def whispers(self) -> bool:
        """Whether answers here are for the asker's eyes alone, as far as the server can do that."""
        return not self.is_private and self.parts.settings.group_answers == "asker"

    @property
    def is_admin(self) -> bool:
        """By the user's own id. An anonymous admin of a group, or the group itself, is not an admin."""
        return self.user is not None and self.user.id in self.parts.settings.admins

    @property
    def asker(self) -> Asker:
        code = self.user.language_code if self.user else None
        return Asker(self.chat.id, self.chat.type, self.user_id, code, self.topic)

    @property
    def topic(self) -> int:
        """The talk within the chat; 0 outside of topics."""
        return self.talk if self.talk is not None else self.thread_id or self.direct_topic or 0

    @property
    def thread_id(self) -> int | None:
        message = self.update.effective_message
        return message.message_thread_id if message is not None and message.is_topic_message else None

    @property
    def route(self) -> dict[str, Any]:
        """Where in the chat a message goes, as parameters of the sending methods."""
        if self.direct_topic is not None:
            return {"direct_messages_topic_id": self.direct_topic}
        return {} if self.thread_id is None else {"message_thread_id": self.thread_id}

    @property
    def direct_topic(self) -> int | None:
        """Whose topic it is among the channel's direct messages."""
        message = self.update.effective_message
        topic = message.direct_messages_topic if message is not None else None
        return topic.topic_id if topic is not None else None


def here_of(update: Update, context: Context) -> Here | None:
    """None where there is no one to answer: no chat, no sender, another bot."""
    services = services_of(context)
    chat, user = update.effective_chat, update.effective_user
    if chat is None or (user is not None and user.is_bot and not _is_anonymous(update)):
        return None
    sender = update.effective_message.sender_chat if update.effective_message else None
    user_id = sender.id if sender is not None else user.id if user is not None else None
    if user_id is None:
        return None
    message = update.effective_message
    text = (message.text or message.caption or "") if message else ""
    locale = locale_for(user.language_code if user else None, text)
    delivery = services.deliveries[update.update_id]
    return Here(services, delivery, context.bot, update, chat, user_id, None if sender else user, locale)


def _is_anonymous(update: Update) -> bool:
    """An anonymous admin, or someone writing as their channel, shows up as Telegram's own bot."""
    return update.effective_message is not None and update.effective_message.sender_chat is not None
