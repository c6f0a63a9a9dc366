"""The methods of the Bot API that a bot of ours may call; one `_do_…` each."""

from __future__ import annotations

import time
from typing import Any

from tests.fakes.bot_api.checks import CAPTION_LIMIT, MESSAGE_LIMIT, ApiError, file_of, formatted, markup_of, required
from tests.fakes.bot_api.rich import rich_of
from tests.fakes.bot_api.state import BOT, BOT_RIGHTS, State, user


class Methods(State):
    def _do_getMe(self, _: dict[str, Any]) -> Any:
        return {**BOT, **BOT_RIGHTS}

    def _do_setWebhook(self, params: dict[str, Any]) -> Any:
        self.webhook = dict(params)
        return True

    def _do_deleteWebhook(self, params: dict[str, Any]) -> Any:
        self.webhook = {}
        if str(params.get("drop_pending_updates", "")).lower() == "true":
            self._updates.clear()
        return True

    def _do_getWebhookInfo(self, _: dict[str, Any]) -> Any:
        return {"url": self.webhook.get("url", ""), "has_custom_certificate": False, "pending_update_count": 0}

    def _do_setMyCommands(self, params: dict[str, Any]) -> Any:
        self.commands.append(params)
        return True

    def _do_setMessageReaction(self, params: dict[str, Any]) -> Any:
        self.reactions[(int(params["chat_id"]), int(params["message_id"]))] = params.get("reaction")
        return True

    def _do_sendChatAction(self, params: dict[str, Any]) -> Any:
        required(params, "chat_id", "action")
        return True

    def _do_sendMessageDraft(self, params: dict[str, Any]) -> Any:
        required(params, "chat_id", "draft_id")
        if int(params["chat_id"]) < 0:
            raise ApiError(400, "Bad Request: TEXTDRAFT_PEER_INVALID")
        formatted(params, "text", MESSAGE_LIMIT)
        return True

    def _do_sendRichMessageDraft(self, params: dict[str, Any]) -> Any:
        required(params, "chat_id", "draft_id", "rich_message")
        if int(params["chat_id"]) < 0:
            raise ApiError(400, "Bad Request: TEXTDRAFT_PEER_INVALID")
        rich_of(params)
        return True

    def _do_sendRichMessage(self, params: dict[str, Any]) -> Any:
        required(params, "chat_id", "rich_message")
        text, html = rich_of(params)
        return self._send(params, {"rich": text, "html": html})

    def _do_sendMessage(self, params: dict[str, Any]) -> Any:
        required(params, "chat_id")
        text, raw = formatted(params, "text", MESSAGE_LIMIT)
        return self._send(params, {"text": text, "html": raw})

    def _do_editMessageText(self, params: dict[str, Any]) -> Any:
        if params.get("inline_message_id"):
            text, raw = formatted(params, "text", MESSAGE_LIMIT)
            shown = {"text": text, "html": raw, "reply_markup": markup_of(params)}
            if self.inline_messages.get(params["inline_message_id"]) == shown:
                raise ApiError(400, "Bad Request: message is not modified")
            self.inline_messages[params["inline_message_id"]] = shown
            return True
        message = self._own(params, "edit")
        rich = "rich_message" in params and "sendRichMessage" not in self.lacks
        text, raw = rich_of(params) if rich else formatted(params, "text", MESSAGE_LIMIT)
        markup = self._markup(params)
        if (message["html"], message.get("reply_markup")) == (raw, markup):
            raise ApiError(400, "Bad Request: message is not modified")
        self._flood(params)
        message.update(html=raw, edit_date=int(time.time()))
        message.pop("text" if rich else "rich", None)
        message["rich" if rich else "text"] = text
        self._replace_markup(message, markup)
        return public(message)

    def _do_editMessageReplyMarkup(self, params: dict[str, Any]) -> Any:
        message, markup = self._own(params, "edit"), markup_of(params)
        if message.get("reply_markup") == markup:
            raise ApiError(400, "Bad Request: message is not modified")
        self._flood(params)
        self._replace_markup(message, markup)
        return public(message)

    def _do_deleteMessage(self, params: dict[str, Any]) -> Any:
        message = self._own(params, "delete")
        self.history.remove(message)
        del self.messages[(message["chat"]["id"], message["message_id"])]
        return True

    def _do_sendPhoto(self, params: dict[str, Any]) -> Any:
        return self._send_media(params, "photo", {"photo": [file_of(params, "photo")]})

    def _do_sendDocument(self, params: dict[str, Any]) -> Any:
        return self._send_media(params, "document", {"document": file_of(params, "document")})

    def _do_sendMediaGroup(self, params: dict[str, Any]) -> Any:
        required(params, "chat_id", "media")
        if not 2 <= len(params["media"]) <= 10:
            raise ApiError(400, "Bad Request: wrong number of messages in the album")
        return [self._send(params, {"caption": m.get("caption", "")}) for m in params["media"]]

    def _do_answerCallbackQuery(self, params: dict[str, Any]) -> Any:
        required(params, "callback_query_id")
        return True

    def _do_answerInlineQuery(self, params: dict[str, Any]) -> Any:
        required(params, "inline_query_id")
        if len(params.get("results") or []) > 50:
            raise ApiError(400, "Bad Request: RESULTS_TOO_MUCH")
        for result in params.get("results") or []:
            formatted(result.get("input_message_content", {}), "message_text", MESSAGE_LIMIT)
        return True

    def _do_getFile(self, params: dict[str, Any]) -> Any:
        required(params, "file_id")
        file_id = params["file_id"]
        if file_id not in self.files:
            raise ApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.files[file_id])
        if size > 20 * 1024 * 1024:
            raise ApiError(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": f"voice/{file_id}"}

    def _do_getChat(self, params: dict[str, Any]) -> Any:
        chat_id = int(params["chat_id"])
        kind = "private" if chat_id > 0 else "supergroup"
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        accepted = dict.fromkeys(gifts, False)
        return {
            "id": chat_id,
            "type": kind,
            "accent_color_id": 0,
            "max_reaction_count": 0,
            "accepted_gift_types": accepted,
        }

    def _do_getChatMember(self, params: dict[str, Any]) -> Any:
        key = (int(params["chat_id"]), int(params["user_id"]))
        return {"status": self.members.get(key, "member"), "user": user(key[1])}

    # ------------------------------------------------------------------ helpers of the methods

    def _send(self, params: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        self._flood(params)
        chat_id = int(params["chat_id"])
        chat: dict[str, Any] = {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup"}
        reply = params.get("reply_parameters") or {}
        if reply and (chat_id, int(reply["message_id"])) not in self.messages:
            if not reply.get("allow_sending_without_reply"):
                raise ApiError(400, "Bad Request: message to be replied not found")
            reply = {}
        message = {
            "message_id": next(self._message_ids),
            "date": int(time.time()),
            "chat": chat,
            "from": BOT,
            **content,
        }
        if reply:
            message["reply_to"] = int(reply["message_id"])
        message |= self._direct_topic(chat_id, params)
        message |= self._seen_by_one(params)
        if params.get("business_connection_id"):
            message |= self._for_business(params["business_connection_id"])
        if params.get("message_thread_id"):
            message |= self._thread(chat_id, int(params["message_thread_id"]))
        self._replace_markup(message, self._markup(params))
        self.messages[(chat_id, message["message_id"])] = message
        self.history.append(message)
        return public(message)

    def _thread(self, chat_id: int, thread: int) -> dict[str, Any]:
        if (chat_id, thread) in self.closed_topics:
            raise ApiError(400, "Bad Request: message thread not found")
        return {"message_thread_id": thread, "is_topic_message": True}

    def _for_business(self, connection: str) -> dict[str, Any]:
        if not self.connections.get(connection, {}).get("is_enabled"):
            raise ApiError(400, "Bad Request: BUSINESS_CONNECTION_INVALID")
        return {"business_connection_id": connection}

    def _seen_by_one(self, params: dict[str, Any]) -> dict[str, Any]:
        """An ephemeral message carries an id of its own."""
        given = params.get("ephemeral_message_parameters") if self.ephemeral == "10.3" else params
        receiver = (given or {}).get("receiver_user_id")
        if self.ephemeral is None or receiver is None:
            return {}
        return {"ephemeral_message_id": next(self._message_ids), "receiver_user": user(int(receiver))}

    def _direct_topic(self, chat_id: int, params: dict[str, Any]) -> dict[str, Any]:
        """In a channel's direct messages each reader has a topic, which must be named."""
        topic = params.get("direct_messages_topic_id")
        if chat_id in self.direct_chats and (not topic or self.no_direct_topics):
            raise ApiError(400, "Bad Request: direct messages topic must be specified")
        found: dict[str, Any] = {"direct_messages_topic": {"topic_id": int(topic)}} if topic else {}
        if "suggested_post_parameters" in params:
            if chat_id not in self.direct_chats:
                raise ApiError(400, "Bad Request: suggested posts can be sent only to direct messages chats")
            found["suggested_post_info"] = {"state": "pending"}
        return found

    def _send_media(self, params: dict[str, Any], _kind: str, content: dict[str, Any]) -> dict[str, Any]:
        required(params, "chat_id")
        caption, raw = formatted(params, "caption", CAPTION_LIMIT, empty_ok=True)
        return self._send(params, {**content, "caption": caption, "html": raw})

    def _markup(self, params: dict[str, Any]) -> Any:
        markup = markup_of(params)
        if self.refuses_copying and any(
            "copy_text" in b for row in (markup or {}).get("inline_keyboard", ()) for b in row
        ):
            raise ApiError(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
        return markup

    def _own(self, params: dict[str, Any], verb: str) -> dict[str, Any]:
        required(params, "chat_id", "message_id")
        message = self.messages.get((int(params["chat_id"]), int(params["message_id"])))
        if message is None or message not in self.history:
            raise ApiError(400, f"Bad Request: message to {verb} not found")
        return message

    def _flood(self, params: dict[str, Any]) -> None:
        self.flood.check(int(params["chat_id"]), time.monotonic())

    @staticmethod
    def _replace_markup(message: dict[str, Any], markup: Any) -> None:
        message.pop("reply_markup", None)
        if markup:
            message["reply_markup"] = markup


def public(message: dict[str, Any]) -> dict[str, Any]:
    """A message as the API shows it: without the notes this server keeps in it."""
    shown = {k: v for k, v in message.items() if k not in ("html", "reply_to", "rich")}
    if "inline_keyboard" not in (shown.get("reply_markup") or {"inline_keyboard": ()}):
        del shown["reply_markup"]  # what a reader is asked for, such as a reply, is no part of the message
    if shown.get("photo"):
        shown["photo"] = [{k: v for k, v in size.items() if k != "bytes"} for size in shown["photo"]]
    return shown
