"""`posts.markup` → `result.json`, as Telegram Desktop writes the export of a public channel."""

from __future__ import annotations

import json
import re
import shlex
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from builders.markup import NOT_INCLUDED, as_text, parse

CHANNEL = "Конспект по диффузии"
CHANNEL_ID = 1987654321
MOSCOW = timezone(timedelta(hours=3))  # the export writes local time without a zone, and Unix time beside it

Message = dict[str, Any]


def write(source: Path, target: Path) -> int:
    """Writes the export, returns the number of messages."""
    messages: list[Message] = []
    for block in re.split(r"^@@ ", source.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        header, _, body = block.partition("\n")
        number, date, *options = shlex.split(header)
        try:
            messages += _messages(int(number), date, dict(option.split("=", 1) for option in options), body, messages)
        except (ValueError, KeyError) as error:
            raise ValueError(f"post {number}: {error}") from error
    # Telegram Desktop writes no username; here it saves a new user the CHANNEL_USERNAMES setting, so that posts get links
    export = {
        "name": CHANNEL,
        "type": "public_channel",
        "id": CHANNEL_ID,
        "username": "konspekt_demo",
        "messages": messages,
    }
    target.write_text(json.dumps(export, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return len(messages)


def _messages(number: int, date: str, options: dict[str, str], body: str, before: list[Message]) -> list[Message]:
    """One message, or several for an album: its text stands with the first."""
    base = _base(number, date)
    if "service" in options:
        return [_service(base, options)]
    base |= {"from": CHANNEL, "from_id": f"channel{CHANNEL_ID}", "author": "Вера Полянская"}
    if "edited" in options:
        base |= _times("edited", options["edited"])
    if "forward" in options:
        base |= {"forwarded_from": options["forward"], "forwarded_from_id": options["forward_id"]}
    if "reply" in options:
        base["reply_to_message_id"] = int(options["reply"])
    entities = parse(body.strip("\n"))
    if "copy" in options:
        entities = next(m["text_entities"] for m in before if m["id"] == int(options["copy"]))
    reactions = _reactions(options.get("reactions", ""))

    photos = (options.get("album") or options.get("photo") or "").split(",")
    album = []
    for index, photo in enumerate(photos):
        message = base | {"id": number + index} | (_photo(photo) if photo else {})
        own = entities if index == 0 else []
        message |= _extra(options) | {"text": as_text(own) if own else "", "text_entities": own}
        if reactions and index == 0:
            message["reactions"] = reactions
        album.append(message)
    return album


def _base(number: int, date: str) -> Message:
    return {"id": number, "type": "message"} | _times("date", date)


def _times(name: str, date: str) -> Message:
    moment = datetime.fromisoformat(date).replace(tzinfo=MOSCOW)
    return {name: moment.strftime("%Y-%m-%dT%H:%M:%S"), f"{name}_unixtime": str(int(moment.timestamp()))}


def _service(base: Message, options: dict[str, str]) -> Message:
    message = base | {"type": "service", "actor": CHANNEL, "actor_id": f"channel{CHANNEL_ID}"}
    message["action"] = options["service"]
    if "title" in options:
        message["title"] = options["title"]
    if "message" in options:
        message["message_id"] = int(options["message"])
    return message | {"text": "", "text_entities": []}


def _photo(name: str) -> Message:
    path = Path(__file__).parent.parent / "channel" / "photos" / name
    return {"photo": f"photos/{name}", "photo_file_size": path.stat().st_size, "width": 800, "height": 450}


def _extra(options: dict[str, str]) -> Message:
    if "poll" in options:
        answers = [answer.rpartition(":") for answer in options["answers"].split("|")]
        votes = [int(count) for _, _, count in answers]
        return {
            "poll": {
                "question": options["poll"],
                "closed": True,
                "total_voters": sum(votes),
                "answers": [
                    {"text": text, "voters": count, "chosen": False}
                    for (text, _, _), count in zip(answers, votes, strict=True)
                ],
            }
        }
    if "sticker" in options:
        return {
            "file": NOT_INCLUDED,
            "file_name": "sticker.webp",
            "media_type": "sticker",
            "sticker_emoji": options["sticker"],
            "mime_type": "image/webp",
            "width": 512,
            "height": 512,
        }
    return {}


def _reactions(text: str) -> list[dict[str, Any]]:
    found = re.findall(r"(\D+?)(\d+)", text.replace(",", ""))
    return [{"type": "emoji", "count": int(count), "emoji": emoji} for emoji, count in found]
