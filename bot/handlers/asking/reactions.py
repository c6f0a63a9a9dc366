"""Reactions as signs: the bot's 👀 on a question that takes a while, and a reader's 👍 or 👎 on an answer as a vote."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telegram import MessageReactionUpdated, ReactionTypeEmoji, Update
from telegram.ext import MessageReactionHandler

from konspekt.bot import metrics
from konspekt.bot.sending import optional
from konspekt.bot.services import App, Context, Here, here_of

LOOKING = "👀"
LOOKING_AFTER = 1.0  # seconds: a quicker answer is its own sign
VOTES = {"👍": 1, "👎": -1}
METHOD = "setMessageReaction"


def register(app: App) -> None:
    app.add_handler(MessageReactionHandler(reacted))


async def reacted(update: Update, context: Context) -> None:
    """Of a reader on the answer to a question of theirs. A reaction that is taken back takes its vote back."""
    here, change = here_of(update, context), update.message_reaction
    if here is None or change is None or change.user is None:
        return
    value = vote_of(change)
    said = await here.services.stored(here.parts.memory.said, here.chat.id, change.message_id)
    if value is None or said is None:
        return
    outcome = await here.services.stored(here.parts.memory.vote, here.asker, said.answer_id, value)
    if outcome == "taken" and value:
        metrics.FEEDBACK.labels("up" if value > 0 else "down").inc()


def vote_of(change: MessageReactionUpdated) -> int | None:
    """+1, -1; 0 when a vote was taken back; None for what says nothing (❤, both thumbs at once)."""
    before, now = _votes(change.old_reaction), _votes(change.new_reaction)
    if len(now) == 1:
        return None if now == before else now.pop()
    return 0 if before and not now else None


def _votes(reactions: object) -> set[int]:
    listed = reactions if isinstance(reactions, tuple) else ()
    return {VOTES[one.emoji] for one in listed if isinstance(one, ReactionTypeEmoji) and one.emoji in VOTES}


@asynccontextmanager
async def looking(here: Here) -> AsyncIterator[None]:
    """👀 on the question once the block has run for a second, until it ends: then the answer is there.

    A run before a restart may have left one, so that every later run takes it away.
    """
    question = here.update.message or here.update.edited_message
    if question is None:  # a button was pressed: its message is the bot's own
        yield
        return
    shown = here.delivery.attempts > 1

    async def look() -> None:
        nonlocal shown
        await asyncio.sleep(LOOKING_AFTER)
        if here.services.flood.spare(here.chat.id):
            shown = True
            await _react(here, question.message_id, LOOKING)

    task = asyncio.create_task(look())
    try:
        yield
    except asyncio.CancelledError:  # the process stops: there is no answer yet
        shown = False
        raise
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if shown:
            await _react(here, question.message_id, None)


async def _react(here: Here, message_id: int, emoji: str | None) -> None:
    await optional(here.services, METHOD, lambda: here.bot.set_message_reaction(here.chat.id, message_id, emoji))
