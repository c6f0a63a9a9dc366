"""How the bot's process and the one that hears talk: a line of JSON each way; the recording follows its line.

    -> {"bytes": 8123, "language": "ru", "hints": "LoRA, RAG", "longest": 120.0}\\n<8123 bytes>
    <- {"text": "Что такое LoRA?", "seconds": 2.4, "sure": true}    or    {"error": "unreadable"}

The first line back says that the model is loaded: {"ready": true}.
"""

from __future__ import annotations

import json
from typing import Any

from konspekt.recognition.errors import RecognitionError, TooLongError, UnreadableError
from konspekt.recognition.results import Heard

ERRORS: dict[str, type[RecognitionError]] = {"unreadable": UnreadableError, "too_long": TooLongError}


def line(**values: Any) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def heard_in(answer: bytes) -> Heard:
    """Raises what the answer says went wrong; an answer that is none is UnreadableError."""
    try:
        said = json.loads(answer)
        if "error" in said:
            raise ERRORS.get(str(said["error"]), UnreadableError)(str(said["error"]))
        return Heard(str(said["text"]), float(said["seconds"]), bool(said["sure"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError("no answer") from error
