"""What is said about the local model: which one is used, found, started, chosen."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "quotes_only": {
        "en": "no local model, so answers will be quotes: {reason}",
        "ru": "локальной модели нет, поэтому ответами будут цитаты: {reason}",
    },
    "running_model": {
        "en": "using {name}, which runs at {url}",
        "ru": "отвечает уже запущенная модель {name}: {url}",
    },
    "own_model": {
        "en": "starting {name} for this command; while `konspekt run` or `konspekt serve` runs, its model is used",
        "ru": "модель {name} запускается на время этой команды; пока работает `konspekt run` или `konspekt serve`, "
        "берётся их модель",
    },
    "model_not_here": {
        "en": "{name} is not on this machine, so answers will be quotes: `konspekt models fetch {name}`",
        "ru": "модели {name} на этой машине нет, поэтому ответами будут цитаты: `konspekt models fetch {name}`",
    },
    "model_unfit": {
        "en": "{name} was found unfit by `konspekt models check`, so answers will be quotes",
        "ru": "`konspekt models check` признала модель {name} непригодной, поэтому ответами будут цитаты",
    },
    "recommended": {
        "en": "LOCAL_MODEL=auto takes {name}",
        "ru": "LOCAL_MODEL=auto возьмёт {name}",
    },
    "free": {
        "en": "{free} of memory are free here; {bot} of them are left to the bot",
        "ru": "свободно {free} памяти, из них {bot} остаётся боту",
    },
    "better": {
        "en": "{name} is better and fits: `konspekt models fetch {name}`, then it is taken",
        "ru": "{name} лучше и помещается: `konspekt models fetch {name}`, и возьмут её",
    },
    "too_large": {"en": "does not fit into memory", "ru": "не поместится в память"},
    "here": {"en": "here", "ru": "уже здесь"},
    "reachable": {"en": "can be fetched", "ru": "можно скачать"},
    "unreachable": {"en": "the hub does not answer, or does not have it", "ru": "хаб не отвечает или её там нет"},
    "unchecked": {"en": "not checked", "ru": "не проверена"},
    "to_check": {
        "en": "`konspekt models check {name}` finds out what it is good for here; unchecked, it points at sentences",
        "ru": "`konspekt models check {name}` узнает, на что она годится здесь; без проверки она указывает предложения",
    },
    "words": {"en": "words answers", "ru": "формулирует ответы"},
    "points": {"en": "points at sentences", "ru": "указывает предложения"},
    "neither": {"en": "unfit: quotes are better", "ru": "не годится: лучше цитаты"},
    "verdict": {
        "en": "{name}: {purpose}",
        "ru": "{name}: {purpose}",
    },
    "checked_speed": {
        "en": "reads {read:.0f} tokens a second, writes {written:.0f}; {memory} of memory",
        "ru": "читает {read:.0f} токенов в секунду, пишет {written:.0f}; занимает {memory} памяти",
    },
    "follows": {"en": "follows instructions", "ru": "выполняет указания"},
    "copies": {"en": "copies word for word", "ru": "повторяет дословно"},
    "translates": {"en": "translates", "ru": "переводит"},
    "refuses": {
        "en": "refuses what is not in the text, and only that",
        "ru": "отказывает, когда в тексте нет ответа, и только тогда",
    },
    "says": {"en": "answers in a sentence", "ru": "отвечает одним предложением"},
    "finds": {"en": "points at the right sentence", "ru": "указывает нужное предложение"},
    "check_kept": {
        "en": "kept in {path}; `konspekt run`, `bot` and `ask` act on it",
        "ru": "записано в {path}; `konspekt run`, `bot` и `ask` этому следуют",
    },
    "check_failed": {
        "en": "the check broke off: {reason}",
        "ru": "проверка прервалась: {reason}",
    },
    "not_announced": {
        "en": "other commands will not find this server: {reason}",
        "ru": "другие команды не найдут этот сервер: {reason}",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
