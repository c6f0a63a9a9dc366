"""Places beside the bot's own chat: guest chats."""

from __future__ import annotations

from typing import Any

from tests.fakes.bot_api.checks import MESSAGE_LIMIT, ApiError, formatted, markup_of, required
from tests.fakes.bot_api.polls import Polls
from tests.fakes.bot_api.state import Update, user


class Places(Polls):
    def __init__(self) -> None:
        super().__init__()
        self.guest_queries: dict[str, int] = {}  # id -> the chat it was asked in
        self.guest_answers: list[dict[str, Any]] = []

    # ------------------------------------------------------------------ what a test puts in

    def guest_text(self, chat_id: int, user_id: int, text: str, *, language: str = "ru", **fields: Any) -> Update:
        """A message that mentions the bot in a chat it is no member of."""
        chat = {"id": chat_id, "type": "supergroup", "title": "Семинар"}
        query = f"guest-{next(self._update_ids)}"
        self.guest_queries[query] = chat_id
        body = self.message(chat, user(user_id, language), text=text, guest_query_id=query, **fields)
        return self.inject("guest_message", body)

    # ------------------------------------------------------------------ methods

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
