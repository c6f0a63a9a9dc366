"""The response, whole or as events."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from konspekt.serving.engine.async_engine import Answer
from konspekt.serving.errors import ServingError
from konspekt.serving.http.completions import Begun, Completions, Streamed
from konspekt.serving.http.fields import ignored_header
from konspekt.serving.http.openai_responses.asked import ResponsesRequest
from konspekt.serving.http.openai_responses.items import Event, Items
from konspekt.serving.http.streams import Parts

_STATUS = {"length": "incomplete", "cancelled": "cancelled"}  # by how an answer ended; else it is complete


async def respond(completions: Completions, body: ResponsesRequest) -> Response:
    """Raises InvalidRequestError, NotServedError, QueueFullError."""
    begun = await completions.begin(body.chat())
    told = _Told(body, completions.name, begun, completions.engine.model.tokenizer.token_bytes)
    headers = ignored_header([*body.ignored(), *begun.ignored])
    if body.stream:
        return Streamed(begun.answer, _sent(told, begun.answer), headers | {"Cache-Control": "no-store"})
    try:
        async for _ in told.events():
            pass
        if (error := told.response["error"]) is not None:
            raise ServingError(error["message"])
        return JSONResponse(told.response, headers=headers)
    finally:
        begun.answer.cancel()


async def _sent(told: _Told, answer: Answer) -> AsyncIterator[str]:
    number = 0
    try:
        async for event in told.events():
            data = json.dumps(event | {"sequence_number": number}, ensure_ascii=False)
            yield f"event: {event['type']}\ndata: {data}\n\n"
            number += 1
    finally:
        answer.cancel()  # the client has left, or nothing is open any more


class _Told:
    """`events` tells everything once; `response` is then whole."""

    def __init__(self, body: ResponsesRequest, name: str, begun: Begun, pieces: Sequence[bytes]) -> None:
        self._begun, self._pieces = begun, pieces
        self.response: dict[str, Any] = {
            "id": f"resp_{uuid.uuid4().hex}",
            "object": "response",
            "created_at": int(time.time()),
            "status": "in_progress",
            "error": None,
            "incomplete_details": None,
            "instructions": body.instructions,
            "max_output_tokens": body.max_output_tokens,
            "metadata": body.metadata,
            "model": name,
            "output": [],
            "parallel_tool_calls": body.parallel_tool_calls,
            "previous_response_id": None,
            "reasoning": {"effort": body.reasoning.effort if body.reasoning else None, "summary": None},
            "store": False,
            "temperature": body.temperature,
            "text": {"format": (body.text and body.text.format) or {"type": "text"}},
            "tool_choice": body.tool_choice,
            "tools": body.tools,
            "top_p": body.top_p,
            "truncation": "disabled",
            "usage": None,
        }

    async def events(self) -> AsyncIterator[Event]:
        """Those of a failing engine end with `response.failed`."""
        parts, items, finish = Parts(self._begun.answer, self._begun.telling), Items(), ""
        yield self._event("created")
        yield self._event("in_progress")
        try:
            async for piece in parts.pieces():
                for event in items.feed(piece):
                    yield event
                finish = piece.finish or finish
        except ServingError as error:
            self.response |= {"status": "failed", "error": {"code": "server_error", "message": str(error)}}
            yield self._event("failed")
            return
        status = _STATUS.get(finish, "completed")
        for event in items.finish("completed" if status == "completed" else "incomplete"):
            yield event
        reason = {"reason": "max_output_tokens"} if status == "incomplete" else None
        self.response |= {"status": status, "incomplete_details": reason, "output": items.output}
        self.response["usage"] = self._usage(parts.thought_tokens(self._pieces) or 0)
        yield self._event("incomplete" if status == "incomplete" else "completed")

    def _event(self, name: str) -> Event:
        return {"type": f"response.{name}", "response": dict(self.response)}

    def _usage(self, thoughts: int) -> dict[str, Any]:
        answer = self._begun.answer
        return {
            "input_tokens": answer.prompt_tokens,
            "input_tokens_details": {"cached_tokens": answer.cached_tokens, "cache_write_tokens": 0},
            "output_tokens": answer.output_tokens,
            "output_tokens_details": {"reasoning_tokens": thoughts},
            "total_tokens": answer.prompt_tokens + answer.output_tokens,
        }
