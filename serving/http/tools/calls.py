"""How models write a call, and how it is read from an answer as it comes.

Qwen 2.5 and 3, Hermes and what descends from them write `<tool_call>` JSON `</tool_call>`. Templates that teach another
form are refused: a call that is not recognised would be shown to somebody as an answer.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from konspekt.serving.engine.grammar import GrammarSpec
from konspekt.serving.http.tools.offered import Offer

OPEN, CLOSE = "<tool_call>", "</tool_call>"
_HEAD = re.compile(r'\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"(?:arguments|parameters)"\s*:\s*(?=\{)')
_WHITE = 1  # characters of white space in a row: with more small models write it for ever


def understood(template: str | None) -> bool:
    """The template shows tools to the model, and teaches it the form that is read here."""
    return bool(template and "tools" in template and OPEN in template and "<function=" not in template)


def grammar(offer: Offer) -> GrammarSpec:
    """Calls of what is offered, with the arguments that its schemas ask for; and any text around them, unless a call is
    required."""
    tags = [
        {
            "type": "tag",
            "begin": f'{OPEN}\n{{"name": {json.dumps(function.name)}, "arguments": ',
            "content": {
                "type": "json_schema",
                "json_schema": function.parameters or {"type": "object"},
                "max_whitespace_cnt": _WHITE,
            },
            "end": f"}}\n{CLOSE}",
        }
        for function in offer.functions
    ]
    form: dict[str, Any] = {"tags": tags, "at_least_one": offer.required, "stop_after_first": not offer.several}
    form |= {"type": "tags_with_separator", "separator": "\n"} if offer.required else {}
    form |= {} if offer.required else {"type": "triggered_tags", "triggers": [OPEN]}
    source = json.dumps({"type": "structural_tag", "format": form}, ensure_ascii=False)
    return GrammarSpec("structural_tag", source, "tools")


@dataclass(frozen=True, slots=True)
class CallDelta:
    """More of a call. `id` and `name` come with its beginning, `arguments` is JSON text in pieces."""

    index: int
    arguments: str
    id: str | None = None
    name: str | None = None


class CallReader:
    """Feed an answer's text as it comes, get (text, calls). What is no call of `names` stays text."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._pending = ""
        self._inside = False  # after an opening marker
        self._value: _Value | None = None  # the arguments that are being read
        self._after_call = False  # white space between calls belongs to the form
        self.count = 0  # calls that have begun

    def feed(self, text: str, *, last: bool = False) -> tuple[str, list[CallDelta]]:
        self._pending += text
        said: list[str] = []
        calls: list[CallDelta] = []
        while self._more(said, calls, last=last):
            pass
        return "".join(said), calls

    def _more(self, said: list[str], calls: list[CallDelta], *, last: bool) -> bool:
        """One part of what is pending; False: there is no whole one."""
        if not self._inside:
            before, found, after = self._pending.partition(OPEN)
            if not found and not last:
                cut = len(before) - _overlap(before, OPEN)
                before, after = before[:cut], before[cut:]
            if self._after_call:
                before = before.lstrip()
                self._after_call = not before
            said.append(before)
            self._pending, self._inside = after, bool(found)
            return bool(found)
        if self._value is not None:
            used = self._value.feed(self._pending)
            if used:
                calls.append(CallDelta(self.count - 1, self._pending[:used]))
            self._pending = self._pending[used:]
            return self._value.done and self._closed()
        if (head := _HEAD.match(self._pending)) and (name := json.loads(head[1])) in self._names:
            calls.append(self._begin(name, ""))
            self._value, self._pending = _Value(), self._pending[head.end() :]
            return True
        whole, found, after = self._pending.partition(CLOSE)
        if not found and not last:
            return False
        self._pending, self._inside = after, False
        if (call := self._whole(whole)) is not None:
            calls.append(call)
        else:
            said.append(OPEN + whole + found)
        return True

    def _closed(self) -> bool:
        """Past the end of the call; what stands before its marker belongs to the form."""
        _, found, after = self._pending.partition(CLOSE)
        if found:
            self._pending, self._inside, self._value = after, False, None
        return bool(found)

    def _whole(self, text: str) -> CallDelta | None:
        """A call whose parts came in another order."""
        try:
            read = json.loads(text)
            name, arguments = read["name"], read.get("arguments", {})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        if name not in self._names or not isinstance(arguments, dict):
            return None
        return self._begin(name, json.dumps(arguments, ensure_ascii=False))

    def _begin(self, name: str, arguments: str) -> CallDelta:
        self.count += 1
        self._after_call = True
        return CallDelta(self.count - 1, arguments, f"call_{uuid.uuid4().hex[:24]}", name)


class _Value:
    """Where a JSON object that comes in pieces ends."""

    def __init__(self) -> None:
        self._depth = 0
        self._quoted = self._escaped = self.done = False

    def feed(self, text: str) -> int:
        """How many of these characters belong to it."""
        if self.done:
            return 0
        for at, letter in enumerate(text):
            if self._escaped:
                self._escaped = False
            elif self._quoted:
                self._escaped, self._quoted = letter == "\\", letter != '"'
            elif letter == '"':
                self._quoted = True
            elif letter in "{[":
                self._depth += 1
            elif letter in "}]":
                self._depth -= 1
                if self._depth == 0:
                    self.done = True
                    return at + 1
        return len(text)


def _overlap(text: str, marker: str) -> int:
    """Length of the longest end of `text` that begins `marker`."""
    return next((n for n in range(min(len(text), len(marker) - 1), 0, -1) if marker.startswith(text[-n:])), 0)
