"""The server itself: its life, its HTTP side, and what a test reads from it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from tests.fakes.bot_api.checks import ApiError
from tests.fakes.bot_api.parameters import parameters
from tests.fakes.bot_api.places import Places
from tests.fakes.bot_api.specification import problems
from tests.fakes.bot_api.state import TOKEN, Call, Update
from tests.fakes.small_http import Request, Response, SmallServer

NEWER_METHODS = frozenset({"sendMessageDraft", "setMessageReaction", "setMyCommands", "sendRichMessage",
                           "sendRichMessageDraft",
                           "getMyDescription", "setMyDescription", "getMyShortDescription", "setMyShortDescription",
                           "getChatMenuButton", "setChatMenuButton", "answerGuestQuery"})  # fmt: skip
ALL_UPDATES = frozenset({"message", "edited_message", "channel_post", "edited_channel_post", "inline_query",
                         "callback_query", "my_chat_member", "poll_answer", "message_reaction",
                         "stopped_message_generation", "guest_message", "chosen_inline_result",
                         "message_reaction_count", "business_connection", "business_message"})  # fmt: skip
_LOST = object()


class FakeBotApi(Places):
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
        super().__init__()
        self._tls = tls
        self.token = token
        self.lacks = lacks
        self.delay = delay
        self.port = 0
        self.against_specification: list[str] = []  # what was wrong with a request, whatever was answered

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

    # ------------------------------------------------------------------ what a test reads

    def called(self, method: str) -> list[Call]:
        return [call for call in list(self.calls) if call.method == method]

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
        if unquote(request.path).startswith(f"/file/bot{self.token}/"):
            content = self.files.get(request.path.rpartition("/")[2])
            return Response({"ok": False}, 404) if content is None else Response(content)
        try:
            _, token, method = request.path.split("/")
            if token != f"bot{self.token}":
                raise ApiError(401, "Unauthorized")
            result = await self._call(method, parameters(request))
        except (ApiError, ValueError) as raised:
            error = raised if isinstance(raised, ApiError) else ApiError(404, "Not Found")
            body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
            if error.parameters:
                body["parameters"] = error.parameters
            return Response(body, 200 if self.always_200 else error.code)
        return Response({"ok": True, "result": None if result is _LOST else result}, cut=result is _LOST)

    async def _call(self, method: str, params: dict[str, Any]) -> Any:
        self.against_specification += problems(method, params)
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
