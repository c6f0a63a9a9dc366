"""Questions that are not about the material but about the channel or the bot itself: greetings, help, the last post."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from konspekt.answering.question.limits import asks_of_the_picture
from konspekt.answering.question.talk import Talk, talk_of

Intent = Literal["wordless", "picture", "help", "about", "latest"] | Talk

# Each pattern must match the whole question: "привет, что такое LoRA?" is a question about LoRA.
_POLITE = r"(?:(?:привет|здравствуйте|добрый день|hi|hello|скажи|подскажи|пожалуйста|please|а|ну|и|расскажи)[\s,!.]*)*"
_CHANNEL = r"(?:(?:этот|этом|этого|твой|ваш|the|this|your)\s+)?(?:канал\w*|курс\w*|бот\w*|channel|course|bot)"
_POSTS = r"(?:пост\w*|публикаци\w*|запис\w*|новост\w*|сообщени\w*|стать\w*|posts?|publications?|entries|entry|news)"
_LATEST = r"(?:последн\w+|свеж\w+|нов\w+|недавн\w+|крайн\w+|latest|last|newest|recent)"
_PATTERNS: Mapping[Intent, tuple[str, ...]] = {
    "help": (
        r"(?:что|чего)\s+(?:ты|вы|этот бот|бот)\s+(?:умее\w+|може\w+|знае\w+|дела\w+)",
        r"(?:помощь|помоги(?:те)?|help|справка|хелп)",
        r"(?:кто|что)\s+(?:ты|вы)(?:\s+тако\w+|\s+такой)?|ты кто|who are you|what are you",
        r"(?:как\s+(?:тобой\s+|этим\s+|ботом\s+)?(?:пользоваться|тобой пользоваться)|как (?:ты|бот) работает\w*)",
        r"what can you do|how (?:do you work|to use (?:you|this bot)|does this bot work)",
        r"(?:о|про)\s+ч[ёе]м\w*\s+(?:тебя\s+)?(?:можно|мне)\s+(?:спросить|спрашивать)(?:\s+тебя)?|что\s+можно\s+спросить",
        r"what can i ask(?: you)?(?: about)?",
    ),
    "about": (
        rf"(?:о|об|про)\s+(?:ч[её]м|что)\s+{_CHANNEL}(?:\s+вообще)?",
        rf"(?:что\s+(?:это\s+)?за|какой\s+это)\s+{_CHANNEL}",
        rf"{_CHANNEL}\s+(?:о|об|про)\s+(?:ч[её]м|что)",
        rf"(?:о|про|об)\s+{_CHANNEL[:-1]}е?)",
        rf"what(?:'s|\s+is)\s+{_CHANNEL}(?:\s+about)?|what\s+is\s+this\s+about",
        rf"(?:tell me\s+)?about\s+{_CHANNEL}",
        r"какие\s+(?:тут|здесь|есть|в канале)?\s*(?:темы|материалы)(?:\s+(?:есть|тут|здесь|в канале))?",
        rf"(?:сколько|how many)\s+(?:всего\s+)?{_POSTS}(?:\s+(?:в канале|тут|здесь|are there|всего))?",
        r"(?:о|про)\s+ч[её]м\s+(?:тут|здесь|ты)\s*(?:пиш\w+|рассказыва\w+)?",
        rf"(?:о|про)\s+ч[её]м\s+(?:пиш\w+|рассказыва\w+)\s+(?:в\s+)?(?:{_CHANNEL}|автор)",
    ),
    "latest": (
        rf"(?:какой|какие|какая|покажи|дай|пришли|show(?: me)?|what(?:'s| is| are)(?: the)?|the)?\s*"
        rf"(?:был\w*\s+)?(?:самы\w+\s+)?{_LATEST}"
        rf"\s+{_POSTS}(?:\s+(?:в|на|с|из|in|on|of)\s+{_CHANNEL})?",
        rf"(?:что|чего)\s+нового(?:\s+(?:в|на)\s+{_CHANNEL})?|what(?:'s| is) new(?:\s+(?:in|on)\s+{_CHANNEL})?",
        rf"(?:о|про|об)\s+(?:ч[её]м|что)\s+(?:был\w?\s+)?{_LATEST}\s+{_POSTS}",
        rf"что\s+(?:было\s+)?(?:последн\w+|недавно)(?:\s+(?:писал\w*|публиковал\w*|выходило|вышло))?(?:\s+(?:в|на)\s+{_CHANNEL})?",
        rf"(?:какой|какая|какое|какие)\s+{_POSTS}\s+(?:здесь\s+|тут\s+)?(?:самы\w+\s+)?{_LATEST}",
        rf"когда\s+(?:был\w*\s+|вышел\s+|вышла\s+)?(?:самы\w+\s+)?{_LATEST}\s+{_POSTS}",
        rf"последнее|latest|(?:какие\s+|есть\s+)?новости(?:\s+(?:в|на|с|из|по)?\s*{_CHANNEL})?|(?:any\s+)?news",
    ),
}
_COMPILED = {
    intent: re.compile(rf"^{_POLITE}(?:{'|'.join(patterns)})$", re.IGNORECASE) for intent, patterns in _PATTERNS.items()
}
_WORD = re.compile(r"[^\W_]")


def intent_of(question: str) -> Intent | None:
    """What the question is about, when it is not about the material; None for every real question."""
    if not _WORD.search(question):
        return "wordless"  # "🤷", "???": search would find something for it all the same
    plain = re.sub(r"\s+", " ", re.sub(r"[?!.,;:)(«»\"…👋🙏❤️🙂😊-]+", " ", question)).strip()
    found = None
    if plain and len(plain) <= 80:
        found = next((intent for intent, pattern in _COMPILED.items() if pattern.match(plain)), None)
    if plain.lower() in {"start", "начать"}:
        return "greeting"
    if found is None and asks_of_the_picture(question, attached=False):
        return "picture"
    return found or talk_of(question)
