"""Questions about the whole channel, and /guide."""

from __future__ import annotations

EN: dict[str, str] = {
    "command_guide": "where to start with a topic",
    "guide_on": "Where should I start with {topic}?",
    "guide_all": "Where should I start?",
}
RU: dict[str, str] = {
    "command_guide": "с чего начать: /guide тема",
    "guide_on": "С чего начать изучать {topic}?",
    "guide_all": "С чего начать?",
}
