"""What one endpoint's model turned out not to take, and how a request is put so that it does.

Endpoints call themselves compatible and refuse a parameter: reasoning models take no `temperature` and know
`max_tokens` by another name, some servers refuse `stream_options`, some chat templates a system role. A refusal (HTTP
400 or 422) names the culprit more often than not; where it names nothing the likely ones are tried in turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

ROOM = 4096  # tokens that a model may think before its answer begins to count
_LEAST_ROOM = 512

_LIMITS = ("max_tokens", "max_completion_tokens")
_OPTIONAL = ("temperature", "stream_options", "stop", "response_format")
_CONTEXT = re.compile(
    r"context[ _](?:length|window|size)|too (?:long|large|many tokens)|exceed\w* .{0,40}tokens|"
    r"max_new_tokens\W{1,3}must be",  # TGI
    re.I,
)
_FOREIGN = re.compile(r"model_not_found|invalid_model|content_filter|content_policy|invalid_api_key|insufficient", re.I)
_ROLES = re.compile(
    r"system[ _'\"]*(?:role|message|prompt|instruction)|role[^.]{0,30}system|developer instruction|"
    r"roles? must alternate|only user and assistant|unsupported role|invalid role",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the endpoint: its HTTP status, and what it says of the cause, for recognising it only."""

    status: int
    code: str = ""
    parameter: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """`limit`: the name of the token limit, None where it takes none. `without`: parameters that it refuses.

    `merges_system`: the system message goes into the first user message. `reasons`: it thinks before it answers, so
    `room` tokens are added to the limit, and stop sequences are looked for in the answer alone. `opens_thinking`: its
    chat template opens the thinking, and its text only closes it.
    """

    limit: str | None = "max_tokens"
    without: frozenset[str] = frozenset()
    merges_system: bool = False
    reasons: bool = False
    opens_thinking: bool = False
    room: int = ROOM
    guessed: bool = False  # all guesses at an unexplained refusal were made, in vain

    def body(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """`wanted`, in the words of OpenAI's API, as this endpoint takes it."""
        taken = {name: value for name, value in wanted.items() if name not in self.without}
        limit = taken.pop("max_tokens", None)
        if limit is not None and self.limit is not None:
            taken[self.limit] = limit + (self.room if self.reasons else 0)
        if self.reasons:
            taken.pop("stop", None)  # it would end the thinking
        extra = {name: value for name, value in taken.get("extra_body", {}).items() if name not in self.without}
        taken.pop("extra_body", None)
        if extra:
            taken["extra_body"] = extra
        if self.merges_system:
            taken["messages"] = without_system(taken["messages"])
        return taken

    def after(self, refusal: Refusal, sent: Mapping[str, Any]) -> Dialect | None:
        """The dialect to try after this refusal names what it does not take; None when it names nothing of ours."""
        about = f"{refusal.code} {refusal.text}"
        if not _is_refusal(refusal) or _FOREIGN.search(about):
            return None
        if _CONTEXT.search(about):
            if not self.reasons or not self.room:
                return None
            return replace(self, room=self.room // 4 if self.room > _LEAST_ROOM else 0)
        names = [*sent, *sent.get("extra_body", {})]
        named = [name for name in names if _is_named(name, refusal)]
        if limit := next((name for name in named if name in _LIMITS), None):
            return replace(self, limit="max_completion_tokens" if limit == "max_tokens" else None)
        if dropped := {name for name in named if name in _OPTIONAL or name in sent.get("extra_body", {})}:
            return replace(self, without=self.without | dropped)
        if _has_system(sent) and _ROLES.search(about):
            return replace(self, merges_system=True)
        return None

    def guesses(self, refusal: Refusal, sent: Mapping[str, Any]) -> Iterator[Dialect]:
        """What may help after a refusal that names nothing."""
        about = f"{refusal.code} {refusal.text}"
        known = _FOREIGN.search(about) or _CONTEXT.search(about)
        if self.guessed or known or refusal.status not in {400, 422}:
            return
        bare = replace(
            self, limit="max_completion_tokens", without=self.without | {"temperature", "stream_options", "stop"}
        )
        merged = replace(self, merges_system=True)
        both = replace(bare, merges_system=True)
        if not _has_system(sent):
            yield bare
        elif refusal.code.startswith("unsupported"):
            yield from (bare, merged, both)
        else:
            yield from (merged, bare, both)


def without_system(messages: list[Mapping[str, str]]) -> list[dict[str, str]]:
    """The system messages' text in front of the first user message."""
    told = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    rest = [dict(message) for message in messages if message["role"] != "system"]
    first = next((message for message in rest if message["role"] == "user"), None)
    if not told:
        return rest
    if first is None:
        return [{"role": "user", "content": told}, *rest]
    first["content"] = f"{told}\n\n{first['content']}"
    return rest


def _is_refusal(refusal: Refusal) -> bool:
    """Servers whose chat template raises may answer 500 for it."""
    return refusal.status in {400, 422, 501} or (refusal.status == 500 and bool(_ROLES.search(refusal.text)))


def _is_named(name: str, refusal: Refusal) -> bool:
    if refusal.parameter:
        return refusal.parameter == name or refusal.parameter.startswith(f"{name}.")
    return bool(re.search(rf"(?<![\w]){re.escape(name)}(?!\w)", refusal.text))


def _has_system(sent: Mapping[str, Any]) -> bool:
    return any(message["role"] == "system" for message in sent["messages"])
