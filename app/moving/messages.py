"""What `konspekt migrate` says, in English and Russian."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "nowhere": {
        "en": "where to? Give --to postgresql://user:password@host/name, or --home FOLDER, or both",
        "ru": "куда? Укажите --to postgresql://user:password@host/name, или --home ПАПКА, или и то и другое",
    },
    "same_home": {
        "en": "--home {home} is the folder that is in use: name another one",
        "ru": "--home {home} — это та папка, что и сейчас: укажите другую",
    },
    "file_not_copied": {
        "en": "{path}: cannot be copied to {home} ({reason}); free some space or check the rights, then run it again",
        "ru": "{path}: не удаётся скопировать в {home} ({reason}); освободите место или проверьте права и повторите",
    },
    "held": {
        "en": "until this is done nothing can be written to the old place; stop a bot that still runs there",
        "ru": "пока идёт переезд, в старое место ничего не записать; если там ещё работает бот, остановите его",
    },
    "step_copying": {
        "en": "copying",
        "ru": "копирую",
    },
    "step_checking": {
        "en": "comparing",
        "ru": "сравниваю",
    },
    "would_move": {
        "en": "{rows} rows and {files} files would go to {place}; nothing has been changed",
        "ru": "в {place} переехало бы строк: {rows}, файлов: {files}; ничего не изменено",
    },
    "moved": {
        "en": "{rows} rows are in {place} ({copied} copied just now), compared one by one and equal; {time}",
        "ru": "строк в {place}: {rows} (сейчас скопировано {copied}), все сверены и совпадают; {time}",
    },
    "next": {
        "en": "Now write in .env: {settings} — and start the bot. The old place is as it was",
        "ru": "Теперь впишите в .env: {settings} — и запустите бота. Старое место не тронуто",
    },
    "again": {
        "en": "the same command goes on where it stopped; the old place is as it was",
        "ru": "та же команда продолжит с этого места; старое место не тронуто",
    },
    "part": {"en": "what", "ru": "что"},
    "rows": {"en": "rows", "ru": "строк"},
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
