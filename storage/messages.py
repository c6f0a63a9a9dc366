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
    "half_moved": {
        "en": "this database is only half moved in: run the same `konspekt migrate` again, it goes on from there",
        "ru": "в эту базу переехало ещё не всё: запустите тот же `konspekt migrate` снова, он продолжит",
    },
    "move_same": {
        "en": "the new place is the old one: name another database in --to, or another folder in --home",
        "ru": "новое место — то же самое: укажите в --to другую базу или в --home другую папку",
    },
    "move_other_origin": {
        "en": "{url}: another place was being moved into this database; finish that, or give an empty one",
        "ru": "{url}: в эту базу уже переезжали из другого места; закончите тот переезд или дайте пустую базу",
    },
    "move_other_version": {
        "en": "{url}: the move was begun by another version of Konspekt; empty that database and begin anew",
        "ru": "{url}: переезд начала другая версия Konspekt; очистите эту базу и начните заново",
    },
    "move_foreign": {
        "en": "{url}: there are tables in it that are not Konspekt's; give it a database of its own",
        "ru": "{url}: в этой базе чужие таблицы; дайте Konspekt отдельную базу",
    },
    "move_not_empty": {
        "en": "{url}: it holds something already, and not the same; give an empty database",
        "ru": "{url}: в этой базе уже что-то есть, и не то же самое; дайте пустую базу",
    },
    "move_unequal": {
        "en": "what was copied is not equal to the old place ({parts}); the old place is as it was. Run it again",
        "ru": "скопированное не совпало со старым местом ({parts}); старое место не тронуто. Запустите ещё раз",
    },
    "move_refused": {
        "en": "the new database does not take rows {first} to {last} of {part}: {reason}. The old place is as it was",
        "ru": "новая база не принимает строки {first}…{last} из {part}: {reason}. Старое место не тронуто",
    },
    "move_still_written": {
        "en": "the old database is being written to without a pause; stop the bot and all that uses it, try again",
        "ru": "в старую базу непрерывно пишут; остановите бота и всё, что с ней работает, и повторите",
    },
    "index_not_written": {
        "en": "{path}: cannot write the index ({reason}); check the free disk space and run again",
        "ru": "{path}: не удаётся записать индекс ({reason}); проверьте свободное место и запустите снова",
    },
    "index_damaged": {
        "en": "{path}: damaged index file; run `konspekt reindex` to build it again",
        "ru": "{path}: файл индекса повреждён; `konspekt reindex` построит его заново",
    },
    "vectors_not_there": {
        "en": "{store} does not hold the vectors of this index: run `konspekt reindex`, which embeds nothing again",
        "ru": "векторов этого индекса в {store} нет: запустите `konspekt reindex`, заново считать векторы он не будет",
    },
    "vectors_not_written": {
        "en": "{store}: cannot write the vectors ({reason}); the old index still serves. Run `konspekt reindex` again",
        "ru": "{store}: не удаётся записать векторы ({reason}); работает прежний индекс. Запустите `konspekt reindex` "
        "ещё раз",
    },
    "vectors_other_dimension": {
        "en": "the stored vectors have {found} dimensions, the index says {wanted}: run `konspekt reindex --full`",
        "ru": "у записанных векторов {found} измерений, а в индексе указано {wanted}: запустите "
        "`konspekt reindex --full`",
    },
    "bad_vector_store": {
        "en": "VECTOR_STORE is faiss, pgvector, milvus://host:port or milvus:///path/to/file.db",
        "ru": "VECTOR_STORE — это faiss, pgvector, milvus://host:port или milvus:///путь/к/файлу.db",
    },
    "pgvector_needs_postgres": {
        "en": "VECTOR_STORE=pgvector needs PostgreSQL: set DATABASE_URL=postgresql://…, or VECTOR_STORE=faiss",
        "ru": "VECTOR_STORE=pgvector требует PostgreSQL: укажите DATABASE_URL=postgresql://… или VECTOR_STORE=faiss",
    },
    "pgvector_missing": {
        "en": "this PostgreSQL has no pgvector ({reason}): install it on the server (the package "
        "postgresql-16-pgvector, or the image pgvector/pgvector), or set VECTOR_STORE=faiss",
        "ru": "в этом PostgreSQL нет pgvector ({reason}): установите его на сервер (пакет postgresql-16-pgvector или "
        "образ pgvector/pgvector) или укажите VECTOR_STORE=faiss",
    },
    "pgvector_forbidden": {
        "en": "the database user may not add pgvector ({reason}): a superuser must run CREATE EXTENSION vector in this "
        "database once",
        "ru": "пользователю базы нельзя добавить pgvector ({reason}): суперпользователь должен один раз выполнить в "
        "этой базе CREATE EXTENSION vector",
    },
    "pgvector_old": {
        "en": "pgvector {version} is too old: update it to {oldest} or newer (ALTER EXTENSION vector UPDATE)",
        "ru": "pgvector {version} слишком старый: обновите до {oldest} или новее (ALTER EXTENSION vector UPDATE)",
    },
    "pgvector_dimensions": {
        "en": "the embedding model's vectors have {dimension} dimensions, pgvector indexes at most {most}: choose "
        "another EMBEDDING_MODEL, or VECTOR_STORE=faiss",
        "ru": "у векторов модели {dimension} измерений, а pgvector индексирует не больше {most}: выберите другую "
        "EMBEDDING_MODEL или VECTOR_STORE=faiss",
    },
    "bad_milvus": {
        "en": "VECTOR_STORE: write milvus://[user:password@]host[:19530][/database], milvus+https://… or "
        "milvus:///path/to/file.db",
        "ru": "VECTOR_STORE: напишите milvus://[пользователь:пароль@]host[:19530][/база], milvus+https://… или "
        "milvus:///путь/к/файлу.db",
    },
    "milvus_not_installed": {
        "en": "Milvus needs packages that are not installed: pip install 'konspekt[milvus]'",
        "ru": "для Milvus не хватает пакетов: pip install 'konspekt[milvus]'",
    },
    "milvus_old": {
        "en": "Milvus {version} is too old: update it to {oldest} or newer",
        "ru": "Milvus {version} слишком старый: обновите до {oldest} или новее",
    },
    "milvus_unreachable": {
        "en": "{address}: Milvus cannot be reached ({reason}); check VECTOR_STORE and that the server runs",
        "ru": "{address}: Milvus недоступен ({reason}); проверьте VECTOR_STORE и работает ли сервер",
    },
    "milvus_lite_not_opened": {
        "en": "{path}: Milvus Lite cannot open it ({reason}). One process at a time may: for a bot and a reindex "
        "beside it, run a Milvus server",
        "ru": "{path}: Milvus Lite не открывает файл ({reason}). С ним работает один процесс: для бота и индексации "
        "рядом нужен сервер Milvus",
    },
    "milvus_forbidden": {
        "en": "{address}: Milvus refuses this user; check the name and the password in VECTOR_STORE and their rights",
        "ru": "{address}: Milvus не пускает этого пользователя; проверьте имя и пароль в VECTOR_STORE и права",
    },
    "milvus_failed": {
        "en": "{address}: Milvus failed: {reason}",
        "ru": "{address}: ошибка Milvus: {reason}",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
