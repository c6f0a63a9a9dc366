"""An answer as the items of a response (thoughts, a message, calls), and the events that tell how they grow."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from konspekt.serving.http.streams import Piece

Event = dict[str, Any]
Kind = Literal["reasoning", "message", "function_call"]
_IDS = {"reasoning": "rs", "message": "msg", "function_call": "fc"}
_PARTS = {"reasoning": "reasoning_text", "message": "output_text"}


@dataclass(slots=True)
class _Open:
    """The item that grows."""

    kind: Kind
    id: str
    text: str = ""
    name: str = ""
    call_id: str = ""

    def item(self, status: str) -> dict[str, Any]:
        if self.kind == "function_call":
            return {
                "type": self.kind,
                "id": self.id,
                "call_id": self.call_id,
                "name": self.name,
                "arguments": self.text,
                "status": status,
            }
        content = [] if status == "in_progress" else [self.part()]
        made: dict[str, Any] = {"type": self.kind, "id": self.id, "content": content, "status": status}
        more: dict[str, Any] = {"summary": []} if self.kind == "reasoning" else {"role": "assistant"}
        return made | more

    def part(self) -> dict[str, Any]:
        more: dict[str, Any] = {"annotations": [], "logprobs": []} if self.kind == "message" else {}
        return {"type": _PARTS[self.kind], "text": self.text} | more


class Items:
    """Feed pieces of an answer, get events without their numbers; `output` holds the finished items."""

    def __init__(self) -> None:
        self.output: list[dict[str, Any]] = []
        self._open: _Open | None = None
        self._blank = ""  # white space that belongs to a message if one follows

    def feed(self, piece: Piece) -> Iterator[Event]:
        if piece.thoughts:
            yield from self._grow("reasoning", piece.thoughts)
        text = self._blank + piece.text
        in_message = self._open is not None and self._open.kind == "message"
        if text.strip() or (text and in_message):
            self._blank = ""
            yield from self._grow("message", text)
        else:
            self._blank = text
        for call in piece.calls:
            if call.id is not None:
                yield from self.close("completed")
                yield from self._begin(_Open("function_call", _id("fc"), "", call.name or "", call.id))
            yield from self._grow("function_call", call.arguments)

    def close(self, status: str) -> Iterator[Event]:
        """End the item that grows, if one does."""
        if (done := self._open) is None:
            return
        at = self._place(done)
        if done.kind == "function_call":
            yield {"type": "response.function_call_arguments.done", "arguments": done.text, "name": done.name} | at
        else:
            inside = at | {"content_index": 0}
            more: dict[str, Any] = {"logprobs": []} if done.kind == "message" else {}
            yield {"type": f"response.{_PARTS[done.kind]}.done", "text": done.text} | more | inside
            yield {"type": "response.content_part.done", "part": done.part()} | inside
        self.output.append(done.item(status))
        self._open = None
        yield {"type": "response.output_item.done", "item": self.output[-1], "output_index": at["output_index"]}

    def finish(self, status: str) -> Iterator[Event]:
        """No more pieces: an answer that said nothing is an empty message."""
        if self._open is None and not any(item["type"] != "reasoning" for item in self.output):
            yield from self._begin(_Open("message", _id("msg")))
        yield from self.close(status)

    def _grow(self, kind: Kind, text: str) -> Iterator[Event]:
        if self._open is None or self._open.kind != kind:
            yield from self.close("completed")
            yield from self._begin(_Open(kind, _id(_IDS[kind])))
        assert self._open is not None
        if not text:
            return
        self._open.text += text
        at = self._place(self._open)
        if kind == "function_call":
            yield {"type": "response.function_call_arguments.delta", "delta": text} | at
        else:
            more: dict[str, Any] = {"logprobs": []} if kind == "message" else {}
            yield {"type": f"response.{_PARTS[kind]}.delta", "delta": text, "content_index": 0} | more | at

    def _begin(self, new: _Open) -> Iterator[Event]:
        self._open = new
        yield {"type": "response.output_item.added", "item": new.item("in_progress"), "output_index": len(self.output)}
        if new.kind != "function_call":
            yield {"type": "response.content_part.added", "part": new.part(), "content_index": 0} | self._place(new)

    def _place(self, item: _Open) -> dict[str, Any]:
        return {"item_id": item.id, "output_index": len(self.output)}


def _id(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex}"
