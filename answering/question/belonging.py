"""«Код дай», "and the paper?": a follow-up that asks for what belongs to what was shown, and for nothing else."""

from __future__ import annotations

import re

_ASKED_FOR = (
    r"(?:а|и|ну|есть|дай(?:те)?|скинь(?:те)?|покажи(?:те)?|где|можно|сам[аиу]?|мне|на|ссылк[ау]|and|the|any|is there|"
    r"where is|give|show|me|please|плиз)"
)
_BELONGING = {
    kind: re.compile(rf"^\W*(?:{_ASKED_FOR}\s+)*(?:{words})(?:\s+{_ASKED_FOR})*\W*$", re.IGNORECASE)
    for kind, words in {
        "paper": r"стать[яюи]|пейпер|препринт|paper|arxiv|архив",
        "code": r"код\w?|исходник\w*|реп[оау]\w*|гитхаб\w?|колаб\w?|code|repo(?:sitory)?|github|colab",
    }.items()
}


def belonging(question: str) -> str:
    """`paper` or `code`, where a follow-up asks for that of what was shown; empty for all else."""
    return next((kind for kind, asked in _BELONGING.items() if asked.match(question)), "")
