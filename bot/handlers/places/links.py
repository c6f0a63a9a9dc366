"""Links that open the bot with something to do: `?start=post_channel_123`, `?start=ask_…`.

Telegram lets 64 characters of A-Z, a-z, 0-9, `_` and `-` through (https://core.telegram.org/bots/features#deep-linking,
2026-11). A question goes as base64 of one byte per letter where Windows-1251 has all its letters, else of UTF-8.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

LONGEST = 64
POST, ASK = "post_", "ask_"
_POST = re.compile(r"post_(?:([A-Za-z]\w{3,31})_)?(\d{1,10})$", re.ASCII)
_READABLE = re.compile(r"[\w\s.,:;!?'\"«»()/%+&№#@—–-]+")
_A_WORD = re.compile(r"[A-Za-z]{2}|[А-Яа-яЁё]{2}")


@dataclass(frozen=True, slots=True)
class AboutPost:
    """The post with this number; of the channel with this public name, where one is given."""

    number: int
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    text: str


def bot_link(username: str, payload: str = "") -> str:
    return f"https://t.me/{username}" + (f"?start={payload}" if payload else "")


def post_payload(number: int, channel: str | None = None) -> str:
    return f"{POST}{channel}_{number}" if channel else f"{POST}{number}"


def ask_link(username: str, question: str) -> str:
    """A link that asks this; the bot's chat alone where the question is too long for a link."""
    payload = ask_payload(question)
    return bot_link(username, payload or "")


def ask_payload(question: str) -> str | None:
    """None where the question is too long."""
    try:
        data = question.encode("cp1251")
    except UnicodeEncodeError:
        data = question.encode("utf-8", "replace")
    payload = ASK + base64.urlsafe_b64encode(data).decode().rstrip("=")
    if len(payload) > LONGEST or started_with(payload) != Question(question):
        return None
    return payload


def started_with(payload: str) -> AboutPost | Question | None:
    """What a link asks for; None for a payload of another kind, which somebody's link may carry."""
    if match := _POST.match(payload):
        return AboutPost(int(match[2]), match[1])
    if payload.startswith(ASK) and len(payload) > len(ASK):
        return Question(_decoded(payload[len(ASK) :]))
    return None


def _decoded(text: str) -> str:
    """Base64 where it gives readable words, else words that were written by hand: `ask_what_is_lora`."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    for encoding in ("utf-8", "cp1251"):
        try:
            found = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _READABLE.fullmatch(found) and _A_WORD.search(found):
            return found
    return " ".join(text.replace("_", " ").split())
