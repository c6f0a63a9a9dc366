"""What memory itself says to a reader, in Russian and English."""

# ruff: noqa: E501 - a message is one line

from __future__ import annotations

from datetime import datetime, tzinfo

from konspekt.answering.texts import Language

_TEXTS: dict[str, dict[Language, str]] = {
    "told": {"ru": "Из наших разговоров (не из канала):", "en": "From our talks (not from the channel):"},
    "turn": {"ru": "{date} вы спросили: «{question}». Я ответил: «{answer}»", "en": "{date}, you asked: “{question}”. I answered: “{answer}”"},
    "turn_refused": {
        "ru": "{date} вы спросили: «{question}». В канале я этого тогда не нашёл.",
        "en": "{date}, you asked: “{question}”. I did not find it in the channel then.",
    },
    "asked": {"ru": "Вы спрашивали (из наших разговоров):", "en": "You asked (from our talks):"},
    "asked_one": {"ru": "{date}: «{question}»", "en": "{date}: “{question}”"},
    "more": {"ru": "И ещё {count}.", "en": "And {count} more."},
    "posts": {"ru": "В наших разговорах я показывал вам:", "en": "In our talks I showed you:"},
    "post": {"ru": "«{title}» — {date}, на вопрос «{question}»", "en": "“{title}”, {date}, when you asked “{question}”"},
    "never": {
        "ru": "В наших разговорах этого не было. Если хотите, спросите без «ты говорил» — поищу в канале.",
        "en": "That never came up in our talks. Ask without “you told me”, and I will look in the channel.",
    },
    "never_then": {"ru": "В это время ({period}) мы об этом не говорили.", "en": "We did not talk about that then ({period})."},
    "but_then": {"ru": "Но говорили в другое время:", "en": "But at another time we did:"},
    "nothing_then": {"ru": "В это время ({period}) вы ничего не спрашивали.", "en": "You asked nothing then ({period})."},
    "nothing_yet": {"ru": "Мы ещё ни о чём не говорили.", "en": "We have not talked about anything yet."},
    "no_event": {
        "ru": "Когда это было ({event}), вы мне не говорили, поэтому смотрел все разговоры.",
        "en": "You never told me when that was ({event}), so I looked through all our talks.",
    },
    "notes": {"ru": "Вот что вы мне говорили:", "en": "This is what you told me:"},
    "note": {"ru": "«{text}» ({date})", "en": "“{text}” ({date})"},
    "never_told_me": {"ru": "Этого вы мне не говорили.", "en": "You never told me that."},
    "kept": {"ru": "Запомнил: «{text}».", "en": "I will remember: “{text}”."},
    "ended": {"ru": "Понял, больше так не считаю: «{text}».", "en": "Understood, that no longer holds: “{text}”."},
    "replaced": {"ru": "Вместо прежнего: «{text}».", "en": "Instead of: “{text}”."},
    "how": {
        "ru": "Это видите только вы; посмотреть, изменить и стереть — /memory.",
        "en": "Only you can see it; /memory shows, changes and erases it.",
    },
    "known_already": {"ru": "Это я уже помню: «{text}».", "en": "I remember that already: “{text}”."},
    "too_many": {
        "ru": "У меня уже {count} ваших заметок — больше не помещается. Сотрите лишние: /memory.",
        "en": "I already keep {count} notes of yours, and no more fit. Delete some: /memory.",
    },
    "what": {"ru": "Что запомнить? Напишите, например: «запомни, я делаю диплом по LoRA».", "en": "Remember what? For example: “remember, my thesis is about LoRA”."},
    "in_private": {
        "ru": "О людях я в группе ничего не запоминаю: напишите мне это в личные сообщения.",
        "en": "I remember nothing about people in a group: write it to me in private.",
    },
    "off": {
        "ru": "Память выключена: прежние разговоры я не смотрю и ничего не запоминаю. Включить: /memory.",
        "en": "Memory is off: I look at no earlier talks and keep nothing. Switch it on: /memory.",
    },
    "author": {"ru": "Автор поправил мой ответ на такой вопрос ({date}):", "en": "The author corrected my answer to such a question ({date}):"},
    "used_turn": {"ru": "вопрос понят по разговору {date}: «{question}»", "en": "understood from our talk on {date}: “{question}”"},
    "used_hints": {"ru": "искал с учётом заметки «{text}»", "en": "searched with your note “{text}” in mind"},
    "used_short": {"ru": "коротко, как вы просили", "en": "kept short, as you asked"},
    "used_simple": {"ru": "начал с простого: вы говорили, что только начинаете", "en": "in plain words: you said that you are a beginner"},
    "used_reads": {"ru": "без постов, которые уже показывал ({count})", "en": "without the posts already shown ({count})"},
    "used_kept": {"ru": "запомнил: «{text}»", "en": "remembered: “{text}”"},
    "since_last": {"ru": "С прошлого раза ({date}) в канале вышло:", "en": "Since last time ({date}) the channel has posted:"},
    "nothing_since": {"ru": "С прошлого раза ({date}) нового в канале не было.", "en": "Nothing new in the channel since last time ({date})."},
}  # fmt: skip


def say(key: str, language: Language, **values: object) -> str:
    text = _TEXTS[key][language]
    return text.format(**values) if values else text


def day(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%d.%m.%Y}"
