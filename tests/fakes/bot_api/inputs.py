"""What a test puts in: updates as Telegram would send them, and failures to come."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

from tests.fakes.bot_api.checks import ApiError
from tests.fakes.bot_api.state import Call, State, Update, user
from tests.fakes.telegram_text import utf16_length

# As Telegram's own library finds them (td/telegram/MessageEntity.cpp)
COMMAND = re.compile(r"(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>@])")
MENTION = re.compile(r"(?<![\w/])@[a-zA-Z0-9_]{3,32}(?!\w)")


class Inputs(State):
    def inject(self, kind: str, body: dict[str, Any], *, update_id: int | None = None) -> Update:
        """One update of this kind ("message", "callback_query", …). The same `update_id` twice is a redelivery."""
        with self._lock:
            update: Update = {"update_id": next(self._update_ids) if update_id is None else update_id, kind: body}
            self._updates.append(update)
            self.injected.add(update["update_id"])
            self._note_message(body if kind == "message" else {})
        self._wake()
        return update

    def sent(self, chat_id: int | None = None) -> list[dict[str, Any]]:
        """The bot's messages as they stand now (after edits), oldest first."""
        with self._lock:
            return [m for m in self.history if chat_id is None or m["chat"]["id"] == chat_id]

    def deleted(self, original: Update) -> None:
        """Who sent a message deletes it; Telegram tells no bot."""
        message = original["message"]
        with self._lock:
            self.messages.pop((message["chat"]["id"], message["message_id"]), None)

    def _note_message(self, body: dict[str, Any]) -> None:
        """A message that a test made up itself can be replied to as well."""
        chat = body.get("chat")
        if isinstance(chat, dict) and "id" in chat and isinstance(body.get("message_id"), int):
            self.messages.setdefault((chat["id"], body["message_id"]), body)

    def message_ids_from(self, number: int) -> None:
        """Numbers the next messages from here on: for a server that takes another one's place."""
        with self._lock:
            self._message_ids = itertools.count(number)

    def redeliver(self, update: Update) -> None:
        """The same update once more, as Telegram does when it never saw the confirmation."""
        with self._lock:
            self._updates.append(update)
            self._note_message(update.get("message") or {})
        self._wake()

    def message(self, chat: dict[str, Any], sender: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
        with self._lock:
            message_id = next(self._message_ids)
        body = {"message_id": message_id, "date": int(time.time()), "chat": chat, **fields}
        if sender:
            body["from"] = sender
        for words, marks in (("text", "entities"), ("caption", "caption_entities")):
            if words in body and marks not in body and (entities := _entities_of(body[words])):
                body[marks] = entities
        with self._lock:
            self.messages[(chat["id"], message_id)] = body
        return body

    def private_text(self, chat_id: int, text: str, *, language: str = "ru", **fields: Any) -> Update:
        chat = {"id": chat_id, "type": "private", "first_name": f"User {chat_id}"}
        return self.inject("message", self.message(chat, user(chat_id, language), text=text, **fields))

    def group_text(self, chat_id: int, user_id: int, text: str, *, language: str = "ru", **fields: Any) -> Update:
        chat = {"id": chat_id, "type": "supergroup", "title": "Группа"}
        return self.inject("message", self.message(chat, user(user_id, language), text=text, **fields))

    def edited(self, original: Update, text: str, *, after: int = 5) -> Update:
        """The same message with other words, `after` seconds."""
        body = {**original["message"], "text": text, "edit_date": original["message"]["date"] + after}
        body.pop("entities", None)
        if entities := _entities_of(text):
            body["entities"] = entities
        return self.inject("edited_message", body)

    def photo(self, chat_id: int, user_id: int, caption: str | None = None, **fields: Any) -> Update:
        """A picture; `media_group_id` makes it one of an album."""
        kind = "private" if chat_id > 0 else "supergroup"
        chat = {"id": chat_id, "type": kind, "first_name": f"User {chat_id}", "title": "Группа"}
        fields["photo"] = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
        if caption is not None:
            fields["caption"] = caption
        return self.inject("message", self.message(chat, user(user_id), **fields))

    def recording(
        self, chat_id: int, user_id: int, audio: bytes, *, kind: str = "voice", seconds: int = 3, **fields: Any
    ) -> Update:
        """A voice message (or `video_note`, `audio`); its file can be fetched."""
        file_id = f"file-{len(self.files)}"
        self.files[file_id] = audio
        chat = {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup", "title": "Группа"}
        described = {"file_id": file_id, "file_unique_id": file_id, "duration": seconds, "file_size": len(audio),
                     "length": 240, **fields.pop("described", {})}  # fmt: skip
        return self.inject("message", self.message(chat, user(user_id), **{kind: described}, **fields))

    def callback(self, chat_id: int, user_id: int, data: str, message_id: int | None = None) -> Update:
        """A press on a button of the bot's message (its last one in the chat unless told)."""
        message = self.messages[(chat_id, message_id)] if message_id else self.sent(chat_id)[-1]
        body = {"id": str(next(self._update_ids)), "from": user(user_id), "message": message, "data": data,
                "chat_instance": "1"}  # fmt: skip
        return self.inject("callback_query", body)

    def reaction(self, message: dict[str, Any], user_id: int, old: str = "", new: str = "") -> Update:
        """A reader changes their reactions on a message; each character of `old` and `new` is one."""
        before, after = ([{"type": "emoji", "emoji": one} for one in emoji] for emoji in (old, new))
        body = {"chat": message["chat"], "message_id": message["message_id"], "user": user(user_id),
                "date": int(time.time()), "old_reaction": before, "new_reaction": after}  # fmt: skip
        return self.inject("message_reaction", body)

    def stop_draft(self, call: Call) -> Update:
        """The reader presses Stop on what this call shows, if the call lets them."""
        assert call.params.get("can_stop") == "true", "there is no button to press"
        chat = {"id": int(call.params["chat_id"]), "type": "private"}
        return self.inject("stopped_message_generation", {"chat": chat, "draft_id": int(call.params["draft_id"])})

    def inline_query(self, user_id: int, query: str, *, language: str = "ru") -> Update:
        body = {"id": str(next(self._update_ids)), "from": user(user_id, language), "query": query, "offset": ""}
        return self.inject("inline_query", body)

    def channel_post(self, chat_id: int, text: str | None, *, username: str = "channel", **fields: Any) -> Update:
        chat = {"id": chat_id, "type": "channel", "title": "Канал", "username": username}
        if text is not None:
            fields["text"] = text
        return self.inject("channel_post", self.message(chat, None, sender_chat=chat, **fields))

    def edited_channel_post(self, original: Update, **changes: Any) -> Update:
        body = {**original["channel_post"], "edit_date": int(time.time()), **changes}
        return self.inject("edited_channel_post", body)

    def fail(self, method: str, times: int = 1, code: int = 500, description: str = "Internal Server Error") -> None:
        self._failures[method].extend(ApiError(code, description) for _ in range(times))

    def too_many(self, method: str, retry_after: int, times: int = 1) -> None:
        description = f"Too Many Requests: retry after {retry_after}"
        self._failures[method].extend(ApiError(429, description, retry_after=retry_after) for _ in range(times))

    def migrate(self, method: str, to_chat_id: int) -> None:
        """The next call hears that its group became a supergroup."""
        error = ApiError(
            400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=to_chat_id
        )
        self._failures[method].append(error)

    def lose_answer(self, method: str, times: int = 1) -> None:
        """The call takes effect, but the bot sees the connection break instead of an answer."""
        self._failures[method].extend(None for _ in range(times))


def _entities_of(text: str) -> list[dict[str, Any]]:
    """Commands and mentions as Telegram marks them."""
    found = [("bot_command", match) for match in COMMAND.finditer(text)]
    found += [("mention", match) for match in MENTION.finditer(text)]
    return [
        {"type": kind, "offset": utf16_length(text[: match.start()]), "length": utf16_length(match[0])}
        for kind, match in sorted(found, key=lambda pair: pair[1].start())
    ]
