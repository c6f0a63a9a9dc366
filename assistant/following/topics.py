"""What a reader asks to be told of: «следи за новостями про LoRA», "follow flow matching"."""

from __future__ import annotations

import re

LONGEST_TOPIC = 100  # characters
MOST_WORDS = 8  # of a request in plain words: a longer text that begins so is about something else

_ASKED = re.compile(
    r"(?:пожалуйста,?\s+)?(?:"
    r"(?:последи|проследи|следи)(?:те)?\s+за"
    r"|подпиши(?:те)?\s+меня\s+на|подпишись\s+на"
    r"|(?:сообщай|пиши|присылай)(?:те)?\s+(?:мне,?\s+)?(?:о|об|про)\s+нов\w+\s+\w+\s+(?:о|об|про|по)"
    r"|(?:please\s+)?follow(?:\s+the\s+topic)?(?!\s+(?:up|me|this|that|it|along|through|the\s+link|instructions?)\b)"
    r")\s+(?P<topic>.+)",
    re.IGNORECASE | re.DOTALL,
)
_ABOUT = re.compile(
    r"(?:(?:всеми?|новыми?)\s+)?(?:(?:темой|темами|тему|темы|новост\w+|пост\w+|posts?|news)\s+)?"
    r"(?:(?:про|о|об|по|about|on)\s+)?",
    re.IGNORECASE,
)
_EDGES = " \t\n.,;:!…«»\"'“”()"


def topic_of(text: str) -> str | None:
    """The topic of a request in plain words; None where the text is no such request: a question is none."""
    match = _ASKED.fullmatch(text.strip())
    if match is None or "?" in text or len(text.split()) > MOST_WORDS:
        return None
    return tidy(match["topic"]) or None


def tidy(topic: str) -> str:
    """A topic without the words around it: `новостями про LoRA.` is `LoRA`."""
    bare = topic.strip(_EDGES)
    about = _ABOUT.match(bare)
    rest = bare[about.end() :].strip(_EDGES) if about else bare
    return " ".join((rest or bare).split())
