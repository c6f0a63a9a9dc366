"""`konspekt models check` of a model that only translates: the suite's sentences, judged by the suite's rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from konspekt.app.authoring.translation import engines
from konspekt.app.local_model.suite import TASKS, Task
from konspekt.app.local_model.verdicts import Verdict
from konspekt.app.settings import Settings


def check_translator(settings: Settings, name: str, told: Callable[[Task, str, bool], None]) -> Verdict:
    """The verdict on a model, `{pair}` in its name standing for its directions; `written` is words a second, for its
    tokens are of its own kind. Raises TranslationError."""
    engine_for = engines(settings, name)
    judged: list[bool] = []
    words, begun = 0, time.perf_counter()
    for task in (one for one in TASKS if one.skill == "translates"):
        asked, _, sentence = task.prompt.partition(": ")
        pair = ("ru", "en") if "на английский" in asked else ("en", "ru")
        (choices,) = engine_for(*pair).translate([sentence], *pair)
        answer = choices[0] if choices else ""
        judged.append(task.right(answer))
        words += len(answer.split())
        told(task, answer, judged[-1])
    seconds = max(time.perf_counter() - begun, 1e-9)
    share = sum(judged) / len(judged)
    return Verdict("neither", {"translates": share}, 0.0, words / seconds, 0, f"{datetime.now(UTC):%Y-%m-%d}")
