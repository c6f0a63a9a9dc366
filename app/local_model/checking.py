"""Runs the suite on a model that is served, and measures it on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from konspekt.answering.writing.pointing import ask_for_numbers
from konspekt.app.local_model.suite import TASKS, Task, purpose_of, shares_of
from konspekt.app.local_model.verdicts import Verdict
from konspekt.llm_client import ChatModel, Message

READ = "Слова без смысла: " + "лекция модель память сегодня ответ вопрос канал текст " * 24 + "\nСколько здесь слов?"
WRITTEN = 48  # tokens


async def check(client: ChatModel, pid: int | None, told: Callable[[Task, str, bool], None]) -> Verdict:
    """The verdict on a served model; `told` hears of every answer, `pid` is the server's. Raises a `LLMError`."""
    try:
        read, written = await _speed(client)
        judged = []
        for task in TASKS:
            answer = await _answer(client, task)
            right = task.right(answer)
            judged.append((task.skill, right))
            told(task, answer, right)
    finally:
        await client.close()
    shares = shares_of(judged)
    return Verdict(purpose_of(shares), shares, read, written, _memory(pid), f"{datetime.now(UTC):%Y-%m-%d}")


async def _answer(client: ChatModel, task: Task) -> str:
    if task.sentences:
        return (await ask_for_numbers(client, task.prompt, task.sentences, "ru")).text
    asked: list[Message] = [{"role": "user", "content": task.prompt}]
    return (await client.complete(asked, max_tokens=task.most)).text


async def _speed(client: ChatModel) -> tuple[float, float]:
    """Tokens read and written in a second: a long prompt with one token, then many tokens after the same prompt, which
    the server remembers."""
    prompt: list[Message] = [{"role": "user", "content": READ}]
    begun = time.perf_counter()
    first = await client.complete(prompt, max_tokens=1)
    seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    whole = await client.complete(prompt, max_tokens=WRITTEN, extra={"ignore_eos": True})
    later = time.perf_counter() - begun
    return first.usage.prompt_tokens / seconds, whole.usage.completion_tokens / later


def _memory(pid: int | None) -> int:
    """Resident bytes of a process; 0 where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:"))
    except (OSError, StopIteration, ValueError):
        return 0
