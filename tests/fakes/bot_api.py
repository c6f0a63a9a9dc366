"""A Bot API server on loopback that behaves like Telegram's where a bot would notice.

In a test:

    with FakeBotApi() as api:
        api.private_text(chat_id=7, text="Привет")
        …point a bot at api.url…
        api.wait_for(lambda: api.texts(7))

As a process: `python -m tests.fakes.bot_api --port 8081`; updates are put in by `POST /control/updates`, what the bot
did is read from `GET /control/calls` and `GET /control/messages`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.small_http import Request, Response, SmallServer
from tests.fakes.telegram_text import Malformed, parse_html, utf16_length

TOKEN = "1234567:fake-token-for-tests"  # opens nothing
BOT = {"id": 1234567, "is_bot": True, "first_name": "Konspekt", "username": "konspekt_test_bot"}
BOT_RIGHTS = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": True}
MESSAGE_LIMIT, CAPTION_LIMIT = 4096, 1024
NEWER_METHODS = frozenset({"sendMessageDraft", "setMessageReaction", "setMyCommands", "sendRichMessage"})
ALL_UPDATES = frozenset({"message", "edited_message", "channel_post", "edited_channel_post", "inline_query",
                         "callback_query", "my_chat_member"})  # fmt: skip

Update = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot, after its parameters were parsed."""

    method: str
    params: dict[str, Any]
    at: float
    ok: bool
    result: Any


class ApiError(Exception):
    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass(slots=True)
class FloodLimits:
    """What the server enforces when asked to. A limit of 0 is off."""

    per_chat_second: int = 0
    overall_second: int = 0
    group_minute: int = 0
    retry_after: int = 1
    sent: dict[int | str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, chat_id: int, now: float) -> None:
        group = self.group_minute if chat_id < 0 else 0
        rules = (("all", self.overall_second, 1.0), (chat_id, self.per_chat_second, 1.0), (f"g{chat_id}", group, 60.0))
        for key, limit, window in rules:
            times = self.sent[key]
            while times and times[0] <= now - window:
                times.popleft()
            if limit and len(times) >= limit:
                raise ApiError(429, f"Too Many Requests: retry after {self.retry_after}", retry_after=self.retry_after)
        for key, _, _ in rules:
            self.sent[key].append(now)


class FakeBotApi:
    """The server. Start it with `with`; every public method may be called from any thread.

    `lacks`: methods this server does not know, answered with 404 as Telegram does. `FakeBotApi.older()` lacks what
    came late. `flood` sets the limits it enforces. `fail(method, times, code)` makes the next calls fail;
    `delay` slows every answer down; `drop_connection(times)` loses answers after the call took effect.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        lacks: frozenset[str] = frozenset(),
        delay: float = 0.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls = tls
        self.token = token
        self.lacks = lacks
        self.delay = delay
        self.flood = FloodLimits()
        self.calls: list[Call] = []
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self.history: list[dict[str, Any]] = []
        self.members: dict[tuple[int, int], str] = {}
        self.webhook: dict[str, Any] = {}
        self.commands: list[Any] = []
        self.reactions: dict[tuple[int, int], Any] = {}
        self.odd_results: dict[str, Any] = {}  # what a method answers instead of what Telegram would
        self.always_fine: set[str] = set()  # methods that are answered `true` whatever they ask
        self.always_200 = False  # errors come under the status 200, as from some proxies
        self._updates: deque[Update] = deque()
        self.injected: set[int] = set()
        self._update_ids = itertools.count(1000)
        self._message_ids = itertools.count(1)
        self._failures: dict[str, deque[ApiError | None]] = defaultdict(deque)
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._new_update = asyncio.Event()
        self._server: SmallServer | None = None
        self.port = 0

    @classmethod
    def older(cls) -> FakeBotApi:
        return cls(lacks=NEWER_METHODS)

    # ------------------------------------------------------------------ life

    def start(self, port: int = 0) -> FakeBotApi:
        self._server = SmallServer(self._serve, self._tls)
        self._server.start(port)
        self.port = self._server.port
        return self

    def stop(self) -> None:
        assert self._server is not None
        self._server.stop()

    def __enter__(self) -> FakeBotApi:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    # ------------------------------------------------------------------ what a test puts in

    def inject(self, kind: str, body: dict[str, Any], *, update_id: int | None = None) -> Update:
        """One update of this kind ("message", "callback_query", …). The same `update_id` twice is a redelivery."""
        with self._lock:
            update: Update = {"update_id": next(self._update_ids) if update_id is None else update_id, kind: body}
            self._updates.append(update)
            self.injected.add(update["update_id"])
        self._wake()
        return update

    def redeliver(self, update: Update) -> None:
        """The same update once more, as Telegram does when it never saw the confirmation."""
        with self._lock:
            self._updates.append(update)
        self._wake()

    def message(self, chat: dict[str, Any], sender: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
        with self._lock:
            message_id = next(self._message_ids)
        body = {"message_id": message_id, "date": int(time.time()), "chat": chat, **fields}
        if sender:
            body["from"] = sender
        if "text" in body and "entities" not in body:
            entities = _entities_of(body["text"])
            if entities:
                body["entities"] = entities
        with self._lock:
            self.messages[(chat["id"], message_id)] = body
        return body

    def private_text(self, chat_id: int, text: str, *, language: str = "ru", **fields: Any) -> Update:
        chat = {"id": chat_id, "type": "private", "first_name": f"User {chat_id}"}
        return self.inject("message", self.message(chat, user(chat_id, language), text=text, **fields))

    def group_text(self, chat_id: int, user_id: int, text: str, *, language: str = "ru", **fields: Any) -> Update:
        chat = {"id": chat_id, "type": "supergroup", "title": "Группа"}
        return self.inject("message", self.message(chat, user(user_id, language), text=text, **fields))

    def callback(self, chat_id: int, user_id: int, data: str, message_id: int | None = None) -> Update:
        """A press on a button of the bot's message (its last one in the chat unless told)."""
        message = self.messages[(chat_id, message_id)] if message_id else self.sent(chat_id)[-1]
        body = {"id": str(next(self._update_ids)), "from": user(user_id), "message": message, "data": data,
                "chat_instance": "1"}  # fmt: skip
        return self.inject("callback_query", body)

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

    # ------------------------------------------------------------------ what a test reads

    def called(self, method: str) -> list[Call]:
        return [call for call in list(self.calls) if call.method == method]

    def sent(self, chat_id: int | None = None) -> list[dict[str, Any]]:
        """The bot's messages as they stand now (after edits), oldest first."""
        with self._lock:
            return [m for m in self.history if chat_id is None or m["chat"]["id"] == chat_id]

    def texts(self, chat_id: int | None = None) -> list[str]:
        return [m.get("text") or m.get("caption") or "" for m in self.sent(chat_id)]

    def unconfirmed(self) -> int:
        return len(self._updates)

    def wait_for(self, condition: Callable[[], Any], *, patience: float = 60.0) -> Any:
        """Wait until the condition holds and hand back its value. `patience` only ends a test that hangs."""
        deadline = time.monotonic() + patience
        with self._changed:
            while not (value := condition()):
                if time.monotonic() > deadline:
                    tail = [(c.method, c.ok) for c in self.calls[-15:]]
                    raise AssertionError(f"waited in vain; the bot's last calls: {tail}")
                self._changed.wait(0.2)
        return value

    # ------------------------------------------------------------------ HTTP

    async def _serve(self, request: Request) -> Response:
        if request.path.startswith("/control/"):
            return Response(self._control(request))
        try:
            _, token, method = request.path.split("/")
            if token != f"bot{self.token}":
                raise ApiError(401, "Unauthorized")
            result = await self._call(method, _parameters(request))
        except (ApiError, ValueError) as raised:
            error = raised if isinstance(raised, ApiError) else ApiError(404, "Not Found")
            body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
            if error.parameters:
                body["parameters"] = error.parameters
            return Response(body, 200 if self.always_200 else error.code)
        return Response({"ok": True, "result": None if result is _LOST else result}, cut=result is _LOST)

    async def _call(self, method: str, params: dict[str, Any]) -> Any:
        if method == "getUpdates":
            return await self._get_updates(params)
        if self.delay:
            await asyncio.sleep(self.delay)
        planned = self._failures[method]
        failure = planned.popleft() if planned else False
        try:
            if isinstance(failure, ApiError):
                raise failure
            handler = getattr(self, f"_do_{method}", None)
            if handler is None or method in self.lacks:
                raise ApiError(404, "Not Found")
            with self._lock:
                result = True if method in self.always_fine else handler(params)
        except ApiError as error:
            self._record(method, params, ok=False, result=error.description)
            raise
        self._record(method, params, ok=True, result=result)
        return _LOST if failure is None else self.odd_results.get(method, result)

    def _record(self, method: str, params: dict[str, Any], *, ok: bool, result: Any) -> None:
        with self._changed:
            self.calls.append(Call(method, params, time.monotonic(), ok, result))
            self._changed.notify_all()

    def _wake(self) -> None:
        if self._server is not None:
            with contextlib.suppress(RuntimeError):  # its loop has ended
                self._server.loop.call_soon_threadsafe(self._new_update.set)

    async def _get_updates(self, params: dict[str, Any]) -> list[Update]:
        """Everything below `offset` is confirmed and gone; the rest comes again until it is confirmed."""
        if self.webhook.get("url"):
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, limit = int(params.get("offset") or 0), int(params.get("limit") or 100)
        allowed = frozenset(params.get("allowed_updates") or ALL_UPDATES)
        end = time.monotonic() + float(params.get("timeout") or 0)
        first = True
        while True:
            with self._lock:
                if offset > 0 and first:
                    first = False
                    self._updates = deque(u for u in self._updates if u["update_id"] >= offset)
                batch = [u for u in self._updates if allowed & u.keys()][:limit]
            left = end - time.monotonic()
            if batch or left <= 0:
                if batch:
                    self._record("getUpdates", params, ok=True, result=[u["update_id"] for u in batch])
                return batch
            self._new_update.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._new_update.wait(), min(left, 0.5))

    def _control(self, request: Request) -> Any:
        if request.path == "/control/updates":
            body = json.loads(request.body)
            for update in body if isinstance(body, list) else [body]:
                self.redeliver(update)
            return {"ok": True}
        if request.path == "/control/messages":
            return self.sent()
        return [{"method": c.method, "params": c.params, "ok": c.ok} for c in list(self.calls)]

    # ------------------------------------------------------------------ methods

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

    def _do_setMyDescription(self, _: dict[str, Any]) -> Any:
        return True

    def _do_setMessageReaction(self, params: dict[str, Any]) -> Any:
        self.reactions[(int(params["chat_id"]), int(params["message_id"]))] = params.get("reaction")
        return True

    def _do_sendChatAction(self, params: dict[str, Any]) -> Any:
        _required(params, "chat_id", "action")
        return True

    def _do_sendMessageDraft(self, params: dict[str, Any]) -> Any:
        _required(params, "chat_id", "draft_id")
        if int(params["chat_id"]) < 0:
            raise ApiError(400, "Bad Request: TEXTDRAFT_PEER_INVALID")
        _formatted(params, "text", MESSAGE_LIMIT)
        return True

    def _do_sendMessage(self, params: dict[str, Any]) -> Any:
        _required(params, "chat_id")
        text, raw = _formatted(params, "text", MESSAGE_LIMIT)
        return self._send(params, {"text": text, "html": raw})

    def _do_editMessageText(self, params: dict[str, Any]) -> Any:
        if params.get("inline_message_id"):
            return True
        message = self._own(params, "edit")
        text, raw = _formatted(params, "text", MESSAGE_LIMIT)
        markup = _markup(params)
        if (message["html"], message.get("reply_markup")) == (raw, markup):
            raise ApiError(400, "Bad Request: message is not modified")
        self._flood(params)
        message.update(text=text, html=raw, edit_date=int(time.time()))
        self._replace_markup(message, markup)
        return _public(message)

    def _do_editMessageReplyMarkup(self, params: dict[str, Any]) -> Any:
        message, markup = self._own(params, "edit"), _markup(params)
        if message.get("reply_markup") == markup:
            raise ApiError(400, "Bad Request: message is not modified")
        self._flood(params)
        self._replace_markup(message, markup)
        return _public(message)

    def _do_deleteMessage(self, params: dict[str, Any]) -> Any:
        message = self._own(params, "delete")
        self.history.remove(message)
        del self.messages[(message["chat"]["id"], message["message_id"])]
        return True

    def _do_sendPhoto(self, params: dict[str, Any]) -> Any:
        return self._send_media(params, "photo", {"photo": [_file(params, "photo")]})

    def _do_sendDocument(self, params: dict[str, Any]) -> Any:
        return self._send_media(params, "document", {"document": _file(params, "document")})

    def _do_sendMediaGroup(self, params: dict[str, Any]) -> Any:
        _required(params, "chat_id", "media")
        if not 2 <= len(params["media"]) <= 10:
            raise ApiError(400, "Bad Request: wrong number of messages in the album")
        return [self._send(params, {"caption": m.get("caption", "")}) for m in params["media"]]

    def _do_answerCallbackQuery(self, params: dict[str, Any]) -> Any:
        _required(params, "callback_query_id")
        return True

    def _do_answerInlineQuery(self, params: dict[str, Any]) -> Any:
        _required(params, "inline_query_id")
        if len(params.get("results") or []) > 50:
            raise ApiError(400, "Bad Request: RESULTS_TOO_MUCH")
        for result in params.get("results") or []:
            _formatted(result.get("input_message_content", {}), "message_text", MESSAGE_LIMIT)
        return True

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
        self._replace_markup(message, _markup(params))
        self.messages[(chat_id, message["message_id"])] = message
        self.history.append(message)
        return _public(message)

    def _send_media(self, params: dict[str, Any], _kind: str, content: dict[str, Any]) -> dict[str, Any]:
        _required(params, "chat_id")
        caption, raw = _formatted(params, "caption", CAPTION_LIMIT, empty_ok=True)
        return self._send(params, {**content, "caption": caption, "html": raw})

    def _own(self, params: dict[str, Any], verb: str) -> dict[str, Any]:
        _required(params, "chat_id", "message_id")
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


_LOST = object()


def user(user_id: int, language: str = "ru") -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": f"User {user_id}", "language_code": language}


def _public(message: dict[str, Any]) -> dict[str, Any]:
    """A message as the API shows it: without the notes this server keeps in it."""
    shown = {k: v for k, v in message.items() if k not in ("html", "reply_to")}
    if shown.get("photo"):
        shown["photo"] = [{k: v for k, v in size.items() if k != "bytes"} for size in shown["photo"]]
    return shown


def _entities_of(text: str) -> list[dict[str, Any]]:
    """Commands and mentions as Telegram marks them (words only: enough for what tests write)."""
    entities, offset = [], 0
    for word in text.split(" "):
        bare = word.rstrip(",.!?:")
        if len(bare) > 1 and bare[0] in "/@" and "\n" not in bare:
            kind = "bot_command" if bare[0] == "/" else "mention"
            entities.append({"type": kind, "offset": offset, "length": utf16_length(bare)})
        offset += utf16_length(word) + 1
    return entities


def _parameters(request: Request) -> dict[str, Any]:
    """Query, form, multipart or JSON; values that are JSON are parsed, as the real server does for nested objects."""
    params: dict[str, Any] = dict(request.query)
    body = request.body
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return {**params, **json.loads(body or b"{}")}
    if kind.startswith("multipart/form-data"):
        parsed = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        for part in parsed.get_payload():  # type: ignore[union-attr]
            name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
            content = part.get_payload(decode=True)  # type: ignore[union-attr]
            is_file = part.get_filename() is not None  # type: ignore[union-attr]
            params[str(name)] = {"file_bytes": content} if is_file else content.decode()  # type: ignore[union-attr]
    else:
        params.update(parse_qsl(body.decode(), keep_blank_values=True))
    structured = ("reply_markup", "reply_parameters", "entities", "media", "results", "commands", "allowed_updates",
                  "link_preview_options", "reaction", "scope", "caption_entities")  # fmt: skip
    for name in structured:
        if isinstance(params.get(name), str):
            with contextlib.suppress(ValueError):
                params[name] = json.loads(params[name])
    for name, value in params.items():
        if isinstance(value, dict) and "file_bytes" in value:
            params[name] = {"bytes": len(value["file_bytes"]), "head": value["file_bytes"][:8].hex()}
    return params


def _required(params: dict[str, Any], *names: str) -> None:
    for name in names:
        if params.get(name) in (None, ""):
            raise ApiError(400, f"Bad Request: parameter {name!r} is required")


def _formatted(params: dict[str, Any], name: str, limit: int, *, empty_ok: bool = False) -> tuple[str, str]:
    """The visible text and the source text; errors worded as Telegram's."""
    raw = str(params.get(name) or "")
    text = raw
    if str(params.get("parse_mode", "")).lower() == "html":
        try:
            text = parse_html(raw)
        except Malformed as error:
            raise ApiError(400, f"Bad Request: can't parse entities: {error}") from error
    if not text.strip() and not empty_ok:
        raise ApiError(400, "Bad Request: message text is empty")
    if utf16_length(text) > limit:
        what = "message is too long" if limit == MESSAGE_LIMIT else "message caption is too long"
        raise ApiError(400, f"Bad Request: {what}")
    return text, raw


def _markup(params: dict[str, Any]) -> Any:
    markup = params.get("reply_markup") or None
    for row in (markup or {}).get("inline_keyboard", ()):
        for button in row:
            data, url = button.get("callback_data"), button.get("url")
            if data is not None and not 1 <= len(data.encode()) <= 64:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
            if url is not None and not url.startswith(("http://", "https://", "tg://")):
                raise ApiError(400, "Bad Request: BUTTON_URL_INVALID")
    return markup


def _file(params: dict[str, Any], name: str) -> dict[str, Any]:
    _required(params, name)
    given = params[name] if isinstance(params[name], dict) else {}
    return {"file_id": "f1", "file_unique_id": "u1", "width": 10, "height": 10, **given}


def main() -> None:
    import argparse

    parser = argparse.ArgumentParser(description="A fake Bot API server on loopback")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--older", action="store_true", help="without the methods that came late")
    options = parser.parse_args()
    api = FakeBotApi(token=options.token, lacks=NEWER_METHODS if options.older else frozenset())
    api.start(options.port)
    print(f"TELEGRAM_API_URL={api.url} TELEGRAM_BOT_TOKEN={api.token}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        api.stop()


if __name__ == "__main__":
    main()
