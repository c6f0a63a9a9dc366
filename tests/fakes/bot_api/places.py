"""Places beside the bot's own chat: guest chats."""

from __future__ import annotations

from typing import Any

from tests.fakes.bot_api.checks import MESSAGE_LIMIT, ApiError, formatted, markup_of, required
from tests.fakes.bot_api.methods import public
from tests.fakes.bot_api.polls import Polls
from tests.fakes.bot_api.state import BOT, Update, user

RESTRICTED = ("is_member", "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos",
              "can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls",
              "can_send_other_messages", "can_add_web_page_previews", "can_change_info", "can_invite_users",
              "can_pin_messages", "can_manage_topics", "can_edit_tag", "can_react_to_messages")  # fmt: skip


class Places(Polls):
    def __init__(self) -> None:
        super().__init__()
        self.guest_queries: dict[str, int] = {}  # id -> the chat it was asked in
        self.guest_answers: list[dict[str, Any]] = []
        self.descriptions: dict[tuple[str, str], str] = {}  # (description or short_description, language) -> text
        self.menu_button: dict[str, Any] = {"type": "default"}

    # ------------------------------------------------------------------ what a test puts in

    def guest_text(self, chat_id: int, user_id: int, text: str, *, language: str = "ru", **fields: Any) -> Update:
        """A message that mentions the bot in a chat it is no member of."""
        chat = {"id": chat_id, "type": "supergroup", "title": "Семинар"}
        query = f"guest-{next(self._update_ids)}"
        self.guest_queries[query] = chat_id
        body = self.message(chat, user(user_id, language), text=text, guest_query_id=query, **fields)
        return self.inject("guest_message", body)

    def direct_text(self, chat_id: int, reader: int, text: str, *, sender: int | None = None, **fields: Any) -> Update:
        """A message in the direct messages of a channel, in the topic of this reader."""
        self.direct_chats.add(chat_id)
        chat = {"id": chat_id, "type": "supergroup", "title": "Канал", "is_direct_messages": True}
        topic = {"topic_id": 10_000_000_000 + reader, "user": user(reader)}
        body = self.message(chat, user(sender or reader), text=text, direct_messages_topic=topic, **fields)
        return self.inject("message", body)

    def chosen_inline(
        self, user_id: int, query: str, *, result: str = "ask", message: str | None = "inline-1"
    ) -> Update:
        """A result that somebody sent into a chat; `message` None: it has no button, or nobody asked to be told."""
        body = {"result_id": result, "from": user(user_id), "query": query}
        return self.inject("chosen_inline_result", body | ({"inline_message_id": message} if message else {}))

    def reaction_count(self, chat: dict[str, Any], message_id: int, counts: dict[str, int]) -> Update:
        """Reactions of a channel post, by emoji, as they are now."""
        listed = [{"type": {"type": "emoji", "emoji": emoji}, "total_count": n} for emoji, n in counts.items()]
        body = {"chat": chat, "message_id": message_id, "date": 1, "reactions": listed}
        return self.inject("message_reaction_count", body)

    def connect(self, user_id: int, *, connection: str = "biz-1", enabled: bool = True) -> Update:
        """A person connects the bot to their own account, or takes it away."""
        body = {"id": connection, "user": user(user_id), "user_chat_id": user_id, "date": 1, "is_enabled": enabled,
                "rights": {"can_reply": True}}  # fmt: skip
        self.connections[connection] = body
        return self.inject("business_connection", body)

    def business_text(self, chat_id: int, sender: int, text: str, *, connection: str = "biz-1") -> Update:
        """A message in one of that person's private chats."""
        chat = {"id": chat_id, "type": "private", "first_name": f"User {chat_id}"}
        body = self.message(chat, user(sender), text=text, business_connection_id=connection)
        return self.inject("business_message", body)

    def membership(
        self, chat_id: int, old: str, new: str, *, user_id: int = 5, language: str = "ru", **chat: Any
    ) -> Update:
        """The bot itself was added, taken out, or given other rights (`member`, `left`, `kicked`, `restricted`)."""

        def member(status: str) -> dict[str, Any]:
            rights = dict.fromkeys(RESTRICTED, True) | {"until_date": 0} if status == "restricted" else {}
            return {"status": status, "user": BOT, "until_date": 0, **rights}

        where = {"id": chat_id, "type": "supergroup", "title": "Группа", **chat}
        body = {"chat": where, "from": user(user_id, language), "date": 1}
        return self.inject("my_chat_member", {**body, "old_chat_member": member(old), "new_chat_member": member(new)})

    # ------------------------------------------------------------------ methods

    def _do_getBusinessConnection(self, params: dict[str, Any]) -> Any:
        required(params, "business_connection_id")
        if params["business_connection_id"] not in self.connections:
            raise ApiError(400, "Bad Request: BUSINESS_CONNECTION_INVALID")
        return self.connections[params["business_connection_id"]]

    def _do_editMessageReplyMarkup(self, params: dict[str, Any]) -> Any:
        """Also of a channel's post, which an admin with that right may give buttons."""
        post = self._channel_post(params.get("chat_id"), params.get("message_id"))
        if post is None:
            return super()._do_editMessageReplyMarkup(params)
        markup = markup_of(params)
        if post.get("reply_markup") == markup:
            raise ApiError(400, "Bad Request: message is not modified")
        self._replace_markup(post, markup)
        return public(post)

    def _channel_post(self, chat: Any, number: Any) -> dict[str, Any] | None:
        for (chat_id, message_id), message in self.messages.items():
            named = str(chat) in {str(chat_id), f"@{message['chat'].get('username')}"}
            if named and message["chat"].get("type") == "channel" and message_id == int(number):
                return message
        return None

    def _do_getMyDescription(self, params: dict[str, Any]) -> Any:
        return {"description": self._described("description", params)}

    def _do_getMyShortDescription(self, params: dict[str, Any]) -> Any:
        return {"short_description": self._described("short_description", params)}

    def _described(self, kind: str, params: dict[str, Any]) -> str:
        return self.descriptions.get((kind, params.get("language_code", "")), "")

    def _do_setMyDescription(self, params: dict[str, Any]) -> Any:
        self.descriptions["description", params.get("language_code", "")] = params["description"]
        return True

    def _do_setMyShortDescription(self, params: dict[str, Any]) -> Any:
        self.descriptions["short_description", params.get("language_code", "")] = params["short_description"]
        return True

    def _do_getChatMenuButton(self, _: dict[str, Any]) -> Any:
        return self.menu_button

    def _do_setChatMenuButton(self, params: dict[str, Any]) -> Any:
        self.menu_button = params["menu_button"]
        return True

    def _do_answerGuestQuery(self, params: dict[str, Any]) -> Any:
        required(params, "guest_query_id", "result")
        chat_id = self.guest_queries.get(params["guest_query_id"])
        if chat_id is None:
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        content = params["result"]["input_message_content"]
        text, raw = formatted({**content, "text": content.get("message_text")}, "text", MESSAGE_LIMIT)
        markup = markup_of(params["result"])
        del self.guest_queries[params["guest_query_id"]]  # it is answered once
        self.guest_answers.append({"chat_id": chat_id, "text": text, "html": raw, "reply_markup": markup})
        return {"inline_message_id": f"guest-message-{len(self.guest_answers)}"}
