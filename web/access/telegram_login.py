"""Logins that Telegram vouches for: the `initData` of a Mini App.

Source: https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

OLDEST = 24 * 3600  # seconds since Telegram signed it; a Mini App may stay open for a day
AHEAD = 300  # seconds that Telegram's clock may be before ours
LONGEST = 8192  # characters; real ones have under two thousand
LAST_USER_ID = (1 << 52) - 1


class BadLogin(Exception):
    """Not signed with this bot's token, too old, or without a user."""


@dataclass(frozen=True, slots=True)
class TelegramUser:
    id: int
    language: str | None = None


def checked_init_data(init_data: str, token: str, now: float) -> TelegramUser:
    """The user that Telegram vouches for. `now`: seconds since 1970. Raises BadLogin."""
    if len(init_data) > LONGEST:
        raise BadLogin("too long")
    try:
        pairs = parse_qsl(init_data, keep_blank_values=True, strict_parsing=True, max_num_fields=50)
    except ValueError as error:
        raise BadLogin("not a query string") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):  # a second `user` could be read by one side and signed by the other
        raise BadLogin("a field stands twice")
    given = fields.pop("hash", "")
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    expected = hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise BadLogin("not signed by this bot")
    signed_at = fields.get("auth_date", "")
    if not (signed_at.isascii() and signed_at.isdigit()) or not now - OLDEST <= int(signed_at[:15]) <= now + AHEAD:
        raise BadLogin("too old")
    return _user(fields.get("user", ""))


def _user(written: str) -> TelegramUser:
    try:
        user = json.loads(written)
        number, language = user["id"], user.get("language_code")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadLogin("without a user") from error
    if type(number) is not int or not 0 < number <= LAST_USER_ID:
        raise BadLogin("without a user")
    return TelegramUser(number, language[:16] if isinstance(language, str) else None)
