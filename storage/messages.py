"""What the storage says when something is wrong, in English and Russian."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "disk_full": {
        "en": "{path}: the disk is full; free some space and run the command again (nothing is lost)",
        "ru": "{path}: диск переполнен; освободите место и запустите команду снова (ничего не потеряно)",
    },
    "disk_error": {
        "en": "{path}: the disk cannot be read or written ({reason}); check the disk and its free space",
        "ru": "{path}: диск не читается или не пишется ({reason}); проверьте диск и свободное место",
    },
    "not_writable": {
        "en": "{path}: no permission to write; check the owner of the file and its folder",
        "ru": "{path}: нет прав на запись; проверьте владельца файла и папки",
    },
    "not_opened": {
        "en": "{path}: cannot be opened; check that the folder exists and may be written to, and the free space",
        "ru": "{path}: не открывается; проверьте, что папка существует, доступна для записи и на диске есть место",
    },
    "not_sqlite": {
        "en": "{path}: not a SQLite database; move the file away and run `konspekt reindex`",
        "ru": "{path}: это не база SQLite; уберите файл и запустите `konspekt reindex`",
    },
    "damaged": {
        "en": "{path}: the database is damaged; restore a backup, or move it away and reindex",
        "ru": "{path}: база данных повреждена; восстановите копию или уберите файл и запустите `konspekt reindex`",
    },
    "locked": {
        "en": "{path}: another process kept the database locked for a minute; try again",
        "ru": "{path}: другой процесс минуту не отпускал базу данных; попробуйте ещё раз",
    },
    "unreachable": {
        "en": "{url}: the database cannot be reached: {reason}. Check DATABASE_URL and that the server runs",
        "ru": "{url}: база данных недоступна: {reason}. Проверьте DATABASE_URL и работает ли сервер",
    },
    "server_disk_full": {
        "en": "{url}: the database server's disk is full",
        "ru": "{url}: на сервере базы данных переполнен диск",
    },
    "bad_url": {
        "en": "DATABASE_URL is not a database URL; write postgresql://user:password@host/name, or leave it empty",
        "ru": "DATABASE_URL — не адрес базы; напишите postgresql://user:password@host/name или оставьте пустым",
    },
    "other_database": {
        "en": "DATABASE_URL: {backend} is not supported; use PostgreSQL or SQLite",
        "ru": "DATABASE_URL: {backend} не поддерживается; возьмите PostgreSQL или SQLite",
    },
    "no_folder": {
        "en": "{folder}: cannot make the folder: {reason}; check KONSPEKT_HOME",
        "ru": "{folder}: не удаётся создать папку: {reason}; проверьте KONSPEKT_HOME",
    },
    "foreign": {
        "en": "{url}: this database was not made by Konspekt, or by an unreleased version of it; give it a database of "
        "its own, or move that one away and run `konspekt reindex`",
        "ru": "{url}: эту базу создал не Konspekt или его невыпущенная версия; дайте ему отдельную базу или уберите "
        "эту и запустите `konspekt reindex`",
    },
    "other_version": {
        "en": "the database was made by another version of Konspekt ({reason}); update Konspekt, or move the database "
        "away and run `konspekt reindex`",
        "ru": "базу создала другая версия Konspekt ({reason}); обновите Konspekt или уберите базу и запустите "
        "`konspekt reindex`",
    },
    "index_not_written": {
        "en": "{path}: cannot write the index ({reason}); check the free disk space and run again",
        "ru": "{path}: не удаётся записать индекс ({reason}); проверьте свободное место и запустите снова",
    },
    "index_damaged": {
        "en": "{path}: damaged index file; run `konspekt reindex` to build it again",
        "ru": "{path}: файл индекса повреждён; `konspekt reindex` построит его заново",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
