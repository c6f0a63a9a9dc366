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
    "not_announced": {
        "en": "other commands will not find this server: {reason}",
        "ru": "другие команды не найдут этот сервер: {reason}",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
