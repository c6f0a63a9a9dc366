"""Talks held with the bot's process through a fake Bot API."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.transcripts.homes import environment
from benchmarks.transcripts.talks import Talk, Turn
from tests.fakes.bot_api import FakeBotApi

SETTLED = 0.25  # seconds after a message in which another part of the same answer comes
PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Held:
    """`lines`: each turn with the bot's messages to it, as the server has them."""

    talk: Talk
    lines: tuple[tuple[Turn, tuple[dict[str, Any], ...]], ...]


def hold(talks: Sequence[Talk], home: Path, *, with_model: bool) -> Iterator[Held]:
    """One after the other, each in a chat of its own."""
    with FakeBotApi() as api, running(api, home, with_model=with_model):
        for number, talk in enumerate(talks):
            yield _held(api, talk, 100 + number)


@contextmanager
def running(api: FakeBotApi, home: Path, *, with_model: bool) -> Iterator[None]:
    """The bot as a process of its own: `konspekt run`, or `konspekt bot` without a model."""
    settings = {"TELEGRAM_API_URL": api.url, "TELEGRAM_BOT_TOKEN": api.token, "QUESTIONS_PER_MINUTE": "0"}
    if not with_model:
        settings["LOCAL_MODEL"] = "none"
    command = [sys.executable, "-m", "konspekt.cli.main", "run" if with_model else "bot"]
    with (home / "bot.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environment(home, **settings), stderr=log, stdout=log)
    try:
        api.wait_for(lambda: api.called("setMyCommands") or process.poll() is not None, patience=PATIENCE)
        if process.poll() is not None:
            raise RuntimeError((home / "bot.log").read_text()[-2000:])
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _held(api: FakeBotApi, talk: Talk, chat: int) -> Held:
    lines = []
    said: dict[str, Any] | None = None  # the update with the reader's message before
    for turn in talk.turns:
        before = _shown(api, chat)
        said = _do(api, turn, chat, talk.language, said)
        api.wait_for(partial(_changed, api, chat, before), patience=PATIENCE)
        known: list[str] = []
        while (now := _shown(api, chat)) != known:
            known = now
            time.sleep(SETTLED)
        sent = enumerate(api.sent(chat))
        told = [message for place, message in sent if place >= len(before) or now[place] != before[place]]
        lines.append((turn, tuple(dict(message) for message in told)))  # copies: an edit changes the message itself
        print(f"{talk.id}: {turn.say or turn.press}", file=sys.stderr, flush=True)
    return Held(talk, tuple(lines))


def _shown(api: FakeBotApi, chat: int) -> list[str]:
    return [str(message.get("html", "")) for message in api.sent(chat)]


def _changed(api: FakeBotApi, chat: int, before: list[str]) -> bool:
    return _shown(api, chat) != before


def _do(api: FakeBotApi, turn: Turn, chat: int, language: str, said: dict[str, Any] | None) -> dict[str, Any] | None:
    """The update with what the reader says. `press` takes the newest message that has such a button."""
    if turn.press:
        for message in reversed(api.sent(chat)):
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", []):
                for button in row:
                    if turn.press in button["text"]:
                        api.callback(chat, chat, button["callback_data"], message["message_id"])
                        return said
        raise LookupError(f"no button {turn.press!r} in this chat")
    if turn.edit:
        assert said is not None, "nothing was said that could be edited"
        return api.edited(said, turn.say)
    fields: dict[str, Any] = {}
    if turn.post:
        here, channel = {"id": chat, "type": "private"}, {"id": -1001, "type": "channel", "title": "Канал"}
        fields["reply_to_message"] = api.message(here, None, text=turn.post, sender_chat=channel)
    if turn.reply:
        old = api.sent(chat)[-turn.reply]
        fields["reply_to_message"] = {name: value for name, value in old.items() if name not in {"html", "reply_to"}}
        if turn.quote:
            fields["quote"] = {"text": turn.quote, "position": 0}
    if turn.photo:
        return api.photo(chat, chat, turn.say, **fields)
    return api.private_text(chat, turn.say, language=language, **fields)
