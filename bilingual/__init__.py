"""What the program says to the people who run it, in Russian and English at once.

A message is made where something happens and shown where its reader's language is known. In between it is an ordinary
string (the English), so that whatever takes a string takes it, and logs stay in one language.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from typing import Literal

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, Language] = ("en", "ru")
Texts = Mapping[str, Mapping[Language, str]]  # key -> language -> template of str.format

# What the operating system says; a program in Russian must say it in Russian too.
_SYSTEM: Mapping[int, str] = {
    errno.ENOENT: "нет такого файла или папки",
    errno.EACCES: "нет прав доступа",
    errno.EPERM: "нет прав доступа",
    errno.ENOSPC: "на диске не осталось места",
    errno.EDQUOT: "исчерпана дисковая квота",
    errno.EROFS: "диск доступен только для чтения",
    errno.EISDIR: "это папка",
    errno.ENOTDIR: "это не папка",
    errno.EIO: "ошибка чтения или записи на диске",
    errno.EADDRINUSE: "адрес уже занят",
    errno.EADDRNOTAVAIL: "такого адреса нет на этой машине",
    errno.ECONNREFUSED: "соединение отвергнуто",
    errno.ENAMETOOLONG: "слишком длинное имя",
    errno.ELOOP: "ссылки на файл ходят по кругу",
}


class Bilingual(str):
    """English, which knows its Russian."""

    __slots__ = ("ru",)
    ru: str

    def __new__(cls, en: str, ru: str) -> Bilingual:
        self = super().__new__(cls, en)
        self.ru = ru
        return self

    def __reduce__(self) -> tuple[type[Bilingual], tuple[str, str]]:  # for copy and pickle
        return Bilingual, (str(self), self.ru)


def fill(texts: Texts, key: str, /, **values: object) -> Bilingual:
    """The message `key` with its values, themselves in the right language: a message in a message, a system's error."""
    return Bilingual(*(texts[key][lang].format(**in_language(values, lang)) for lang in LANGUAGES))


def told(message: object, language: Language) -> str:
    """A message, or an exception that carries one, in a language; anything else as it is."""
    if isinstance(message, OSError) and message.strerror:
        russian = _SYSTEM.get(message.errno or 0) if language == "ru" else None
        return russian or message.strerror
    if isinstance(message, BaseException):
        message = message.args[0] if len(message.args) == 1 else str(message)
    return message.ru if language == "ru" and isinstance(message, Bilingual) else str(message)


def of(message: object) -> Bilingual:
    """What `told` tells, in both languages."""
    return Bilingual(told(message, "en"), told(message, "ru"))


def joined(separator: str, messages: Iterable[object]) -> Bilingual:
    parts = [of(message) for message in messages]
    return Bilingual(separator.join(parts), separator.join(part.ru for part in parts))


def in_language(values: Mapping[str, object], language: Language) -> dict[str, object]:
    """Values for a text in this language: messages and errors among them are told in it."""
    ready = (Bilingual, BaseException)
    return {name: told(value, language) if isinstance(value, ready) else value for name, value in values.items()}
