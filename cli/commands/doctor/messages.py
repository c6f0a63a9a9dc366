"""What `konspekt doctor` finds and advises, in English and Russian."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "check_settings": {
        "en": "settings",
        "ru": "настройки",
    },
    "check_disk": {
        "en": "disk",
        "ru": "диск",
    },
    "check_database": {
        "en": "database",
        "ru": "база данных",
    },
    "check_index": {
        "en": "index",
        "ru": "индекс",
    },
    "check_embedding_model": {
        "en": "embedding model",
        "ru": "модель поиска",
    },
    "check_language_model": {
        "en": "language model",
        "ru": "языковая модель",
    },
    "check_telegram": {
        "en": "Telegram",
        "ru": "Telegram",
    },
    "check_addresses": {
        "en": "addresses",
        "ru": "адреса",
    },
    "settings_ok": {
        "en": "KONSPEKT_HOME={home}",
        "ru": "KONSPEKT_HOME={home}",
    },
    "settings_cure": {
        "en": "Correct it in .env or in the environment.",
        "ru": "Исправьте в .env или в окружении.",
    },
    "unknown_setting_cure": {
        "en": "Correct the name in .env, or remove the line.",
        "ru": "Исправьте имя в .env или уберите строку.",
    },
    "setting": {
        "en": "{where}: {what}",
        "ru": "{where}: {what}",
    },
    "broken_check": {
        "en": "the check itself failed: {kind}: {reason}",
        "ru": "сама проверка не удалась: {kind}: {reason}",
    },
    "report": {
        "en": "Please report this.",
        "ru": "Пожалуйста, сообщите об этом.",
    },
    "not_folder": {
        "en": "{place} is a file, not a folder",
        "ru": "{place} — файл, а не папка",
    },
    "set_home": {
        "en": "Set KONSPEKT_HOME to a folder.",
        "ru": "Укажите в KONSPEKT_HOME папку.",
    },
    "not_writable": {
        "en": "{place} may not be written to",
        "ru": "в {place} нельзя писать",
    },
    "ownership": {
        "en": "Give it to the user that runs Konspekt: sudo chown -R $(id -un) {place}",
        "ru": "Отдайте её пользователю, от которого работает Konspekt: sudo chown -R $(id -un) {place}",
    },
    "open_to_others": {
        "en": "others on this machine may look into {path}",
        "ru": "в {path} могут заглянуть другие пользователи этой машины",
    },
    "open_to_others_cure": {
        "en": "chmod go= {path}",
        "ru": "chmod go= {path}",
    },
    "free": {
        "en": "{free:.1f} GB free at {place}",
        "ru": "свободно {free:.1f} ГБ в {place}",
    },
    "free_cure": {
        "en": "Free some space, or move KONSPEKT_HOME to a larger disk.",
        "ru": "Освободите место или перенесите KONSPEKT_HOME на диск побольше.",
    },
    "bad_url": {
        "en": "DATABASE_URL is not a database URL",
        "ru": "DATABASE_URL — не адрес базы данных",
    },
    "bad_url_cure": {
        "en": "Write postgresql://user:password@host/name, or leave it empty.",
        "ru": "Напишите postgresql://user:password@host/name или оставьте пустым.",
    },
    "no_database": {
        "en": "{path} does not exist yet",
        "ru": "{path} ещё нет",
    },
    "no_database_cure": {
        "en": "konspekt reindex PATH makes it.",
        "ru": "Её создаст konspekt reindex ПУТЬ.",
    },
    "damaged_database": {
        "en": "{name} is damaged: {reason}",
        "ru": "{name} повреждена: {reason}",
    },
    "damaged_database_cure": {
        "en": "Restore a backup, or remove the file and run konspekt reindex (conversations are lost).",
        "ru": "Восстановите копию или удалите файл и запустите konspekt reindex (разговоры пропадут).",
    },
    "database_server": {
        "en": "Check DATABASE_URL, and that the database server runs.",
        "ru": "Проверьте DATABASE_URL и работает ли сервер базы данных.",
    },
    "no_tables": {
        "en": "{name} has no tables of Konspekt yet",
        "ru": "в {name} ещё нет таблиц Konspekt",
    },
    "no_tables_cure": {
        "en": "konspekt reindex PATH makes them.",
        "ru": "Их создаст konspekt reindex ПУТЬ.",
    },
    "nothing_indexed": {
        "en": "nothing is indexed",
        "ru": "ничего не проиндексировано",
    },
    "nothing_indexed_cure": {
        "en": "konspekt reindex PATH indexes a Telegram export, a folder of course files or a t.me/s link.",
        "ru": "konspekt reindex ПУТЬ проиндексирует выгрузку Telegram, папку курса или ссылку t.me/s.",
    },
    "index_missing": {
        "en": "{file} is missing",
        "ru": "нет файла {file}",
    },
    "index_damaged": {
        "en": "{file} is damaged",
        "ru": "файл {file} повреждён",
    },
    "index_cure": {
        "en": "konspekt reindex writes it again from the stored vectors.",
        "ru": "konspekt reindex запишет его заново из сохранённых векторов.",
    },
    "other_model": {
        "en": "indexed with {made}, but EMBEDDING_MODEL is {wanted}",
        "ru": "индекс построен моделью {made}, а EMBEDDING_MODEL — {wanted}",
    },
    "other_model_cure": {
        "en": "konspekt reindex --full, or set EMBEDDING_MODEL back.",
        "ru": "konspekt reindex --full или верните прежнюю EMBEDDING_MODEL.",
    },
    "index_ok": {
        "en": "{documents} documents, {chunks} passages, {kind} index of {model}",
        "ru": "документов: {documents}, фрагментов: {chunks}, индекс {kind} модели {model}",
    },
    "torn_model": {
        "en": "{file} is damaged: it has not the size of {name}",
        "ru": "файл {file} повреждён: его размер не тот, что у {name}",
    },
    "torn_model_cure": {
        "en": "Delete the file; konspekt models fetch {name} fetches it again.",
        "ru": "Удалите файл; konspekt models fetch {name} скачает его заново.",
    },
    "no_model": {
        "en": "{name} is not in {folder} yet",
        "ru": "модели {name} ещё нет в {folder}",
    },
    "no_embedding_model_cure": {
        "en": "It is fetched at the first reindex (72 MB), or now: konspekt models fetch {name}",
        "ru": "Она скачается при первой индексации (72 МБ) или сейчас: konspekt models fetch {name}",
    },
    "embedding_model_error": {
        "en": "{name}: {reason}",
        "ru": "{name}: {reason}",
    },
    "embedding_model_cure": {
        "en": "Check EMBEDDING_MODEL and the network; konspekt models list shows what is here.",
        "ru": "Проверьте EMBEDDING_MODEL и сеть; что есть на месте, скажет konspekt models list.",
    },
    "embedding_model_ok": {
        "en": "{name}, {dimension} dimensions",
        "ru": "{name}, измерений: {dimension}",
    },
    "quotes_only": {
        "en": "none: answers are quotations",
        "ru": "нет: ответами будут цитаты",
    },
    "quotes_only_cure": {
        "en": "Set LOCAL_MODEL, or OPENAI_BASE_URL and OPENAI_API_KEY, for written answers.",
        "ru": "Чтобы ответы писались, задайте LOCAL_MODEL или OPENAI_BASE_URL и OPENAI_API_KEY.",
    },
    "unknown_local_model": {
        "en": "LOCAL_MODEL={name} is no model: not a known name ({known}), not a file, not org/repo",
        "ru": "LOCAL_MODEL={name} — не модель: не известное имя ({known}), не файл и не org/repo",
    },
    "unknown_local_model_cure": {
        "en": "Correct LOCAL_MODEL; konspekt models list shows the known names.",
        "ru": "Исправьте LOCAL_MODEL; известные имена: konspekt models list.",
    },
    "no_local_model_cure": {
        "en": "konspekt run fetches it at its first start, or now: konspekt models fetch {name}",
        "ru": "konspekt run скачает её при первом запуске, или сейчас: konspekt models fetch {name}",
    },
    "local_model_ok": {
        "en": "{name}, served by konspekt run on this machine",
        "ru": "{name}, работает на этой машине под konspekt run",
    },
    "endpoint_error": {
        "en": "{place}: {reason}",
        "ru": "{place}: {reason}",
    },
    "endpoint_slow": {
        "en": "no answer within a minute",
        "ru": "за минуту не ответил",
    },
    "endpoint_cure": {
        "en": "Check OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL. Until then answers are quotations.",
        "ru": "Проверьте OPENAI_BASE_URL, OPENAI_API_KEY и OPENAI_MODEL. До тех пор ответами будут цитаты.",
    },
    "endpoint_ok": {
        "en": "{name} at {place}",
        "ru": "{name} на {place}",
    },
    "no_token": {
        "en": "no token: answers in the terminal only",
        "ru": "токена нет: ответы только в терминале",
    },
    "no_token_cure": {
        "en": "Optional: get a token from @BotFather (/newbot) and put it into .env as TELEGRAM_BOT_TOKEN.",
        "ru": "По желанию: получите токен у @BotFather (/newbot) и впишите его в .env как TELEGRAM_BOT_TOKEN.",
    },
    "telegram_away": {
        "en": "{host} cannot be reached, or is no Bot API server",
        "ru": "{host} недоступен, или это не сервер Bot API",
    },
    "telegram_away_cure": {
        "en": "Check the network and TELEGRAM_API_URL. Where Telegram is blocked, set HTTPS_PROXY.",
        "ru": "Проверьте сеть и TELEGRAM_API_URL. Где Telegram закрыт, задайте HTTPS_PROXY.",
    },
    "wrong_token": {
        "en": "{host} does not know the token ({status})",
        "ru": "{host} не знает этот токен ({status})",
    },
    "wrong_token_cure": {
        "en": "Copy it again from @BotFather (/mybots → API Token), without quotes or spaces.",
        "ru": "Скопируйте его у @BotFather ещё раз (/mybots → API Token), без кавычек и пробелов.",
    },
    "bot_ok": {
        "en": "@{name} at {host}",
        "ru": "@{name} на {host}",
    },
    "no_inline": {
        "en": "inline mode is off",
        "ru": "встроенный режим (inline) выключен",
    },
    "no_inline_cure": {
        "en": "Optional: @BotFather, /setinline.",
        "ru": "По желанию: @BotFather, /setinline.",
    },
    "no_admins": {
        "en": "ADMIN_IDS is empty",
        "ru": "ADMIN_IDS пуст",
    },
    "no_admins_cure": {
        "en": "Set ADMIN_IDS to your user id (write to @userinfobot) for /reindex, /stats, /convert.",
        "ru": "Впишите в ADMIN_IDS свой id (его скажет @userinfobot): тогда заработают /reindex, /stats, /convert.",
    },
    "bad_webhook": {
        "en": "WEBHOOK_URL is not an https address",
        "ru": "WEBHOOK_URL — не адрес https",
    },
    "bad_webhook_cure": {
        "en": "Telegram calls https addresses only.",
        "ru": "Telegram обращается только к адресам https.",
    },
    "webhook_error": {
        "en": "webhook: {reason}",
        "ru": "вебхук: {reason}",
    },
    "webhook_error_cure": {
        "en": "Look at the proxy in front of WEBHOOK_LISTEN, its certificate, and the path in WEBHOOK_URL.",
        "ru": "Посмотрите на прокси перед WEBHOOK_LISTEN, его сертификат и путь в WEBHOOK_URL.",
    },
    "not_free": {
        "en": "{setting}={address} cannot be listened on ({reason})",
        "ru": "{setting}={address}: порт не открыть ({reason})",
    },
    "not_free_cure": {
        "en": "Fine if the bot runs right now; else choose another port.",
        "ru": "Это в порядке, если бот сейчас работает; иначе выберите другой порт.",
    },
    "address_free": {
        "en": "{setting}={address} is free",
        "ru": "{setting}={address}: свободен",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
