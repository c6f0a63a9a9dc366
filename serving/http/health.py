"""What /health says: whether a plain chat that comes now would be answered."""

from __future__ import annotations

from typing import Any

from konspekt.serving.engine.engine import Engine
from konspekt.serving.http.workers import Workers

STALLED = 300  # seconds without a step while requests wait: the slowest step of a working engine is shorter
_BUSY = 5  # seconds in which a thread must take up a prompt


async def health_of(engine: Engine, name: str, workers: Workers) -> tuple[int, dict[str, Any]]:
    """(HTTP status, body); anything but 200 means that requests are not answered."""
    problem = None
    if not engine.alive:
        problem = "the engine does not run"
    elif engine.stalled > STALLED:
        problem = f"nothing moved for {engine.stalled:.0f} s"
    elif not await workers.answers(_BUSY):
        problem = "no thread takes up new prompts"
    grammars = engine.grammars
    body = {
        "status": "ok" if problem is None else "error",
        "model": name,
        "waiting": engine.waiting,
        "running": engine.running,
        "asleep": engine.asleep,
        "grammars": {"status": "error" if grammars.process.failed else "ok", "compiling": grammars.compiling},
    }
    return (200, body) if problem is None else (503, body | {"problem": problem})
