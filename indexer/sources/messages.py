"""What sources say about files, links and settings that are wrong, and the cure, in English and Russian."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill
from konspekt.indexer.sources.course.messages import COURSE
from konspekt.indexer.sources.telegram.messages import TELEGRAM

MESSAGES: Texts = {
    **TELEGRAM,
    **COURSE,
    "unreadable": {
        "en": "it cannot be read: {reason}",
        "ru": "не читается: {reason}",
    },
    "check_file": {
        "en": "check the file and its permissions",
        "ru": "проверьте файл и права на него",
    },
    "empty_file": {
        "en": "the file is empty",
        "ru": "файл пуст",
    },
    "copy_again": {
        "en": "copy it again, or remove it",
        "ru": "скопируйте его заново или удалите",
    },
    "too_large": {
        "en": "it is larger than {limit} MB",
        "ru": "он больше {limit} МБ",
    },
    "binary": {
        "en": "it holds binary data, not text",
        "ru": "в нём двоичные данные, а не текст",
    },
    "true_extension": {
        "en": "check the file, or give it its true extension",
        "ru": "проверьте файл или дайте ему верное расширение",
    },
    "unknown_encoding": {
        "en": "its encoding is unknown",
        "ru": "кодировка не определяется",
    },
    "save_utf8": {
        "en": "save it as UTF-8",
        "ru": "сохраните его в UTF-8",
    },
    "no_path": {
        "en": "this is no path",
        "ru": "это не путь",
    },
    "no_path_because": {
        "en": "this is no path: {reason}",
        "ru": "это не путь: {reason}",
    },
    "give_path": {
        "en": "give a file, a folder or a t.me link",
        "ru": "укажите файл, папку или ссылку t.me",
    },
    "missing": {
        "en": "there is no such file or folder",
        "ru": "такого файла или папки нет",
    },
    "check_path": {
        "en": "check the path; a link to a channel is written https://t.me/s/<channel>",
        "ru": "проверьте путь; ссылка на канал пишется так: https://t.me/s/<канал>",
    },
    "folder_not_recognised": {
        "en": "nothing in this folder is recognised",
        "ru": "в этой папке нет ничего знакомого",
    },
    "file_not_recognised": {
        "en": "this kind of file is not recognised",
        "ru": "файлы такого вида не читаются",
    },
    "accepted": {
        "en": "accepted are Telegram Desktop exports (result.json, messages.html), saved or linked "
        "t.me/s/<channel> pages, text dumps of channel pages (.txt), course files (.md .html .pdf .docx "
        ".pptx .ipynb .txt) and subtitles (.srt .vtt)",
        "ru": "читаются выгрузки Telegram Desktop (result.json, messages.html), сохранённые страницы "
        "t.me/s/<канал> и ссылки на них, текстовые копии страниц канала (.txt), файлы курса (.md .html "
        ".pdf .docx .pptx .ipynb .txt) и субтитры (.srt .vtt)",
    },
    "no_equals": {
        "en": "{pair!r} has no `=`",
        "ru": "в {pair!r} нет `=`",
    },
    "write_pair": {
        "en": "write `name=value`",
        "ru": "напишите `имя=значение`",
    },
    "not_read": {
        "en": "{suffix} is not read",
        "ru": "{suffix} не читается",
    },
    "no_suffix": {
        "en": "a file without extension",
        "ru": "файл без расширения",
    },
    "save_readable": {
        "en": "save it as Markdown or PDF",
        "ru": "сохраните его в Markdown или PDF",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
