"""An album is one message: Telegram sends it as an update per picture, and the bot works on it once.

The first message that has words leads (else the first of all); its update carries the whole album. The others are done
as soon as the leader's update knows them, so that a restart in between neither loses a picture nor answers twice.
"""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass, field
from typing import Any

from konspekt.bot.updates.raw_updates import RawUpdate, kind_of

PAUSE = 1.5  # seconds of silence after which an album counts as complete
REMEMBERED = 200  # albums whose late pictures without words are passed over
KINDS = ("message", "channel_post", "edited_channel_post")
MEMBERS = "album"  # key of a leader's update, and the step of its delivery, that hold all messages

Key = tuple[str, Any, str]
Message = dict[str, Any]


def album_key(raw: RawUpdate) -> Key | None:
    """Which album an update belongs to, if any."""
    kind = kind_of(raw)
    body = raw.get(kind)
    if kind not in KINDS or not isinstance(body, dict) or body.get("media_group_id") is None:
        return None
    chat = body.get("chat")
    return kind, chat.get("id") if isinstance(chat, dict) else None, str(body["media_group_id"])


def album_of(raw: RawUpdate) -> list[Message]:
    """All messages that an update stands for, in their order: an album's, else the one that it holds."""
    members: list[Message] = raw.get(MEMBERS) or [raw[kind_of(raw)]]
    return members


def merged(raw: RawUpdate, members: list[Message]) -> RawUpdate:
    """The leader's update with every message of its album, and with all of its captions as one."""
    update = copy.deepcopy(raw)
    update[MEMBERS] = members
    body: Message = update[kind_of(raw)]
    caption, entities = "", []
    for member in members:
        words = member.get("caption")
        if not words:
            continue
        caption += "\n\n" if caption else ""
        shift = len(caption.encode("utf-16-le", "surrogatepass")) // 2
        entities += [{**entity, "offset": entity["offset"] + shift} for entity in member.get("caption_entities") or ()]
        caption += words
    if caption:
        body["caption"], body["caption_entities"] = caption, entities
    return update


@dataclass(slots=True)
class _Album:
    members: dict[int, Message] = field(default_factory=dict)
    leader: int | None = None  # known from before a restart, or chosen when the album is complete
    news: asyncio.Event = field(default_factory=asyncio.Event)
    complete: asyncio.Task[None] | None = None
    known: asyncio.Event = field(default_factory=asyncio.Event)  # the leader's update holds all members


class Albums:
    """Albums that are coming in. Each update waits here: one of them gets the whole album, the others nothing."""

    def __init__(self) -> None:
        self._coming: dict[Key, _Album] = {}
        self._past: dict[Key, set[int]] = {}  # of questions: a channel's post is indexed again without harm

    async def gather(self, key: Key, message: Message) -> list[Message] | None:
        """The whole album for the message that leads it, once it is complete; None for the others, once the leader
        has called `keep`."""
        if key in self._past and (message["message_id"] in self._past[key] or not _words(message)):
            return None  # known from before a restart, or a picture that came late to an album that was answered
        album = self._coming.setdefault(key, _Album())
        album.members[int(message["message_id"])] = message
        album.news.set()
        if album.complete is None:
            album.complete = asyncio.create_task(self._completed(key, album))
        await asyncio.shield(album.complete)
        if album.leader == int(message["message_id"]):
            return [album.members[number] for number in sorted(album.members)]
        await album.known.wait()
        return None

    def keep(self, key: Key, leader: Message, members: list[Message]) -> None:
        """The leader's update holds its album now, also after a restart: the others are done."""
        album = self._coming.pop(key, None)
        if album is not None:
            album.leader = int(leader["message_id"])
            album.known.set()
        if key[0] == "message":
            self._past[key] = {int(member["message_id"]) for member in members}
        while len(self._past) > REMEMBERED:
            self._past.pop(next(iter(self._past)))

    async def _completed(self, key: Key, album: _Album) -> None:
        while album.news.is_set():
            album.news.clear()
            await asyncio.sleep(PAUSE)
        if album.leader is None:
            worded = [number for number, message in album.members.items() if _words(message)]
            album.leader = min(worded or album.members)


def _words(message: Message) -> bool:
    return bool(str(message.get("caption") or "").strip())
