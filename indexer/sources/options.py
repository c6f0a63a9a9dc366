"""What a user can say about sources beyond their paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from konspekt.indexer.sources.errors import BadOptionError
from konspekt.indexer.sources.messages import say

# Telegram's own rule is 5–32 characters; four-letter names exist since they are sold at auction.
_USERNAME = re.compile(r"(?:https?://)?(?:t\.me/(?:s/)?|@)?([A-Za-z][A-Za-z0-9_]{3,31})/?", re.IGNORECASE)
_CHANNEL_ID = re.compile(r"(?:-100|channel)?(\d{5,16})")

# texts -> one unit vector each, [texts, dimension]
Similarity = Callable[[list[str]], Any]


def bare_channel_id(value: object) -> int | None:
    """The positive id of a channel, however it is written: `-1001234`, `channel1234`, `1234`. None if it is no id.

    The Bot API writes -100 before it, https://core.telegram.org/bots/api#chat; exports write it bare.
    """
    match = _CHANNEL_ID.fullmatch(str(value).strip())
    return int(match[1]) if match else None


@dataclass(frozen=True)
class SourceOptions:
    """`channel_usernames`: a channel's name or id -> username; `video_urls`: a subtitle file -> its video.

    `language` is given to documents whose text does not tell. `embed` turns texts into unit vectors and helps to find
    where one post of a text dump ends and the next begins. `web_base_url` is where channel pages are fetched from, with
    `web_pause` seconds between two of them.
    """

    channel_usernames: Mapping[str, str] = field(default_factory=dict)
    video_urls: Mapping[str, str] = field(default_factory=dict)
    language: str = "ru"
    embed: Similarity | None = None
    web_base_url: str = "https://t.me"
    web_pause: float = 0.5

    @classmethod
    def from_pairs(
        cls,
        channel_usernames: Sequence[str] = (),
        video_urls: Sequence[str] = (),
        language: str = "ru",
        embed: Similarity | None = None,
    ) -> SourceOptions:
        """From settings written as `name=value`. Raises `BadOptionError` for one without `=` or with a bad username."""
        usernames: dict[str, str] = {}
        for pair in channel_usernames:
            name, value = _split(pair, "CHANNEL_USERNAMES")
            match = _USERNAME.fullmatch(value)
            if not match:
                raise BadOptionError("CHANNEL_USERNAMES", say("bad_username", value=value), say("write_username"))
            usernames[_key(name)] = match[1]
        videos = dict(_split(pair, "VIDEO_URLS") for pair in video_urls)
        return cls(channel_usernames=usernames, video_urls=videos, language=language, embed=embed)

    def username(self, *names: object) -> str | None:
        """The username of a channel known by any of these names, ids or usernames."""
        known = {_key(name): username for name, username in self.channel_usernames.items()}
        for name in names:
            if name is not None and _key(name) in known:
                return known[_key(name)].lstrip("@")
        return None

    def channel_id(self, username: str) -> int | None:
        """The id whose username this is, when the options say it: two exports of one channel then agree."""
        for name, value in self.channel_usernames.items():
            if value.lstrip("@").casefold() == username.casefold() and (number := bare_channel_id(name)) is not None:
                return number
        return None


def _split(pair: str, setting: str) -> tuple[str, str]:
    name, separator, value = pair.rpartition("=") if setting == "CHANNEL_USERNAMES" else pair.partition("=")
    if not separator or not name.strip() or not value.strip():
        raise BadOptionError(setting, say("no_equals", pair=pair), say("write_pair"))
    return name.strip(), value.strip()


def _key(name: object) -> str:
    number = bare_channel_id(name)
    return str(number) if number is not None else str(name).strip().lstrip("@").casefold()
