"""What is handed in after its day: asked of in many words («позже», «после дедлайна»), told of in one («опоздание»)."""

from __future__ import annotations

import re

_ASKS = re.compile(
    r"\b(?:сда\w+|досда\w+|присл\w+|присыла\w+|отправ\w+|слать|примут|принима\w+|прин[яи]\w+|"
    r"submit\w*|hand(?:ed|ing)?|turn(?:ed|ing)?)\b.*"
    r"\b(?:позже|позднее|не ?вовремя|после (?:срока|дедлайна)|late|after the deadline)\b|"
    r"\b(?:опозда\w+|опаздыва\w+|просроч\w+)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(r"\b(?:опозда\w+|просроч\w+|late(?:ness)?|overdue)\b", re.IGNORECASE)


def asks_of_lateness(question: str) -> bool:
    """Whether it is asked what becomes of work that comes too late."""
    return bool(_ASKS.search(question))


def speaks_of_lateness(text: str) -> bool:
    """Whether a text has a word on what comes too late."""
    return bool(_TELLS.search(text))
