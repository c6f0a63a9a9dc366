"""A language model whose answers are kept in a file: a long run can be resumed, and a change of what happens after the
model (the check of sentences) is measured again without asking it.

Recordings hold prompts' hashes and the model's texts, which may quote other people's posts: keep them out of Git.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any

from konspekt.llm_client import ChatModel, Message, TextStream
from konspekt.llm_client.reasoning import ReasoningFilter


class OutOfTime(Exception):
    """The run's time is over and this answer is not recorded; run it again to go on."""


class RecordedModel(ChatModel):
    """Asks the endpoint for what is not in `file`, and adds it there. Raises OutOfTime `seconds` after it was made.

    `first_token_s` and `total_s` list the times of the answers given since they were last cleared, recorded ones with
    the times that they had.
    """

    def __init__(
        self, base_url: str | None, api_key: str | None, model: str | None, file: Path, seconds: float
    ) -> None:
        super().__init__(base_url, api_key, model, timeout=300.0)
        self.file = file
        self.recordings: dict[str, dict[str, Any]] = {}
        if file.exists():
            rows = map(json.loads, file.read_text("utf-8").splitlines())
            self.recordings = {row["key"]: row for row in rows}
        self.ends_at = time.monotonic() + seconds
        self.first_token_s: list[float] = []
        self.total_s: list[float] = []

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 400,
        temperature: float = 0.0,
        stop: Sequence[str] | None = None,
        response_format: dict[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> TextStream:
        request: dict[str, Any] = {"messages": list(messages), "max_tokens": max_tokens, "temperature": temperature}
        if stop:
            request["stop"] = list(stop)
        if response_format is not None:
            request["response_format"] = response_format
        if extra:
            request["extra_body"] = dict(extra)
        return _RecordedStream(self, request)


class _RecordedStream(TextStream):
    def __init__(self, owner: RecordedModel, request: dict[str, Any]) -> None:
        super().__init__(owner._pool, request, timeout=owner.timeout, spent=owner._spend)
        self._given: list[str] = []
        self._recorder = owner
        self._key = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()

    async def _run(self) -> AsyncGenerator[str]:
        recording = self._recorder.recordings.get(self._key)
        if recording is None:
            if time.monotonic() > self._recorder.ends_at:
                raise OutOfTime
            async for piece in self._recorded():
                yield piece
            return
        self._model, self._finish_reason = recording["model"], recording["finish_reason"]
        self._answer = ReasoningFilter()
        for piece in recording["pieces"]:
            yield self._answer.feed(piece)
        self._answer.finish()
        self._recorder.first_token_s.append(recording["first_token_s"])
        self._recorder.total_s.append(recording["total_s"])

    async def _recorded(self) -> AsyncGenerator[str]:
        """The endpoint's answer. If its reader stops early, what has come so far is recorded."""
        started = time.monotonic()
        first: float | None = None
        try:
            async for piece in super()._run():
                first = first or time.monotonic() - started
                self._given.append(piece)
                yield piece
        finally:
            if first is not None:
                self._keep(first, time.monotonic() - started)

    def _keep(self, first_token_s: float, total_s: float) -> None:
        row = {
            "key": self._key,
            "model": self._model,
            "finish_reason": self._finish_reason,
            "first_token_s": round(first_token_s, 3),
            "total_s": round(total_s, 3),
            "pieces": self._given,
        }
        recorder = self._recorder
        recorder.recordings[self._key] = row
        recorder.first_token_s.append(first_token_s)
        recorder.total_s.append(total_s)
        with recorder.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
