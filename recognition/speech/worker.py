"""The process that hears: `python -m konspekt.recognition.speech.worker MODEL THREADS`. Speaks `wire` on its pipes.

It ends when its input does, so it never outlives the bot. Limits are set before the first recording is opened.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

from konspekt.recognition import limits
from konspekt.recognition.errors import RecognitionError, TooLongError
from konspekt.recognition.speech.wire import line

ROOM = 3 * limits.GIB  # address space beside the model: libraries, thread arenas, two minutes of sound
CPU_START, CPU_PER_SECOND = 60.0, 6.0  # of processor time for a recording: some twenty times of what it takes


def main() -> None:
    folder, threads = Path(sys.argv[1]), int(sys.argv[2])
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand between the answers

    from konspekt.recognition.speech.whisper import Whisper

    model = Whisper(folder, threads)
    limits.limit_memory(2 * (folder / "model.bin").stat().st_size + ROOM)
    limits.forbid_files()
    _say(answers, line(ready=True))
    while head := questions.readline():
        _say(answers, _answer(model, questions, head))


def _answer(model: object, questions: BinaryIO, head: bytes) -> bytes:
    from konspekt.recognition.speech.audio import samples_of

    asked = json.loads(head)
    audio = questions.read(int(asked["bytes"]))
    limits.allow_cpu(CPU_START + CPU_PER_SECOND * float(asked["longest"]))
    try:
        samples = samples_of(audio, float(asked["longest"]))
        heard = model.hear(samples, asked["language"], asked["hints"])  # type: ignore[attr-defined]
    except TooLongError:
        return line(error="too_long")
    except (RecognitionError, MemoryError):
        return line(error="unreadable")
    return line(text=heard.text, seconds=heard.seconds, sure=heard.sure)


def _say(answers: BinaryIO, what: bytes) -> None:
    answers.write(what)
    answers.flush()


if __name__ == "__main__":
    main()
