"""What the command says, in English and Russian. `konspekt doctor` has its own, the packages below have their own."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "interrupted": {
        "en": "interrupted",
        "ru": "прервано",
    },
    "output": {
        "en": "the output",
        "ru": "вывод",
    },
    "settings_cure": {
        "en": "{problems} — correct it in .env or in the environment",
        "ru": "{problems} — исправьте в .env или в окружении",
    },
    "env_unreadable": {
        "en": ".env cannot be read: {reason}",
        "ru": ".env не читается: {reason}",
    },
    "not_utf8": {
        "en": "it is not UTF-8",
        "ru": "он не в UTF-8",
    },
    "bad_user_id": {
        "en": "entry {place} is not a Telegram user id (a number, see @userinfobot)",
        "ru": "{place}-е значение — не id пользователя Telegram (это число, его скажет @userinfobot)",
    },
    "reindex_nothing": {
        "en": "SOURCES is empty, and nothing was indexed before.",
        "ru": "SOURCES пуст, и раньше ничего не индексировали.",
    },
    "bad_site": {
        "en": "entry {place} is not a site: write https://site.example",
        "ru": "{place}-е значение — не сайт: напишите https://site.example",
    },
    "bad_address": {
        "en": "not an address: write host:port, for example 127.0.0.1:9100",
        "ru": "это не адрес: напишите host:port, например 127.0.0.1:9100",
    },
    "no_otel": {
        "en": "traces need OpenTelemetry: pip install 'konspekt[otel]'",
        "ru": "для трасс нужен OpenTelemetry: pip install 'konspekt[otel]'",
    },
    "mismatched_keys": {
        "en": "keys: {given}, addresses: {addresses}; give one key for all, or one for each address, in their order",
        "ru": "ключей: {given}, адресов: {addresses}; нужен один ключ на всех или по одному на адрес, в том же порядке",
    },
    "mismatched_models": {
        "en": "models: {given}, addresses: {addresses}; name one for all, or one for each address, in their order",
        "ru": "моделей: {given}, адресов: {addresses}; нужна одна на всех или по одной на адрес, в том же порядке",
    },
    "bad_suggest_to": {
        "en": "write chat:topic, for example -1001234567890:42",
        "ru": "напишите чат:тема, например -1001234567890:42",
    },
    "bad_language": {
        "en": "it is none of auto, ru, en",
        "ru": "нужно одно из: auto, ru, en",
    },
    "expected_number": {
        "en": "a number is expected",
        "ru": "нужно число",
    },
    "expected_whole": {
        "en": "a whole number is expected",
        "ru": "нужно целое число",
    },
    "expected_one_of": {
        "en": "one of {expected} is expected",
        "ru": "нужно одно из: {expected}",
    },
    "expected_at_least": {
        "en": "{ge} or more is expected",
        "ru": "нужно {ge} или больше",
    },
    "expected_at_most": {
        "en": "{le} or less is expected",
        "ru": "нужно {le} или меньше",
    },
    "expected_more": {
        "en": "more than {gt} is expected",
        "ru": "нужно больше {gt}",
    },
    "unknown_setting": {
        "en": "{name} in .env is no setting of Konspekt; did you mean {meant}?",
        "ru": "{name} в .env — не настройка Konspekt; может быть, {meant}?",
    },
    "no_token": {
        "en": "TELEGRAM_BOT_TOKEN is not set. Get a token from @BotFather in Telegram (/newbot) and put it into "
        ".env; without one, `konspekt chat` talks in the terminal.",
        "ru": "TELEGRAM_BOT_TOKEN не задан. Получите токен у @BotFather в Telegram (/newbot) и впишите его в "
        ".env; без токена можно говорить в терминале: `konspekt chat`.",
    },
    "sample": {
        "en": "SOURCES is empty: indexing the sample course and channel ({folder}/)",
        "ru": "SOURCES пуст: индексирую учебный курс и канал для пробы ({folder}/)",
    },
    "model_not_started": {
        "en": "the local model did not start: {reason} (log: {log})",
        "ru": "локальная модель не запустилась: {reason} (журнал: {log})",
    },
    "model_not_ready": {
        "en": "no sign of readiness in {seconds:.0f} s",
        "ru": "не готова за {seconds:.0f} с",
    },
    "nothing_to_read": {
        "en": "nothing to read: give a path, or set SOURCES. See --help",
        "ru": "читать нечего: укажите путь или задайте SOURCES. Справка: --help",
    },
    "forget_alone": {
        "en": "--forget stands alone. See --help",
        "ru": "--forget ставят отдельно от прочего. Справка: --help",
    },
    "starting": {
        "en": "starting",
        "ru": "начинаю",
    },
    "step_reading": {
        "en": "reading",
        "ru": "чтение",
    },
    "step_preparing": {
        "en": "cutting",
        "ru": "нарезка",
    },
    "step_embedding": {
        "en": "embedding",
        "ru": "эмбеддинги",
    },
    "step_publishing": {
        "en": "publishing",
        "ru": "публикация",
    },
    "rate": {
        "en": "{rate:,.0f}/s",
        "ru": "{rate:,.0f}/с",
    },
    "rate_left": {
        "en": "{rate:,.0f}/s · {time} left",
        "ru": "{rate:,.0f}/с · осталось {time}",
    },
    "tenths": {
        "en": "{seconds:.1f} s",
        "ru": "{seconds:.1f} с",
    },
    "seconds": {
        "en": "{seconds:.0f} s",
        "ru": "{seconds:.0f} с",
    },
    "minutes": {
        "en": "{minutes}:{seconds:02d} min",
        "ru": "{minutes}:{seconds:02d} мин",
    },
    "hours": {
        "en": "{hours}:{minutes:02d} h",
        "ru": "{hours}:{minutes:02d} ч",
    },
    "source": {
        "en": "source",
        "ru": "источник",
    },
    "read": {
        "en": "read",
        "ru": "прочитано",
    },
    "added": {
        "en": "added",
        "ru": "новых",
    },
    "changed": {
        "en": "changed",
        "ru": "изменено",
    },
    "removed": {
        "en": "removed",
        "ru": "убрано",
    },
    "unchanged": {
        "en": "unchanged",
        "ru": "прежних",
    },
    "outcome": {
        "en": "status",
        "ru": "итог",
    },
    "status_complete": {
        "en": "complete",
        "ru": "полностью",
    },
    "status_partial": {
        "en": "partial",
        "ru": "частично",
    },
    "status_failed": {
        "en": "failed",
        "ru": "не прочитан",
    },
    "dry_run": {
        "en": "dry run: nothing was changed (documents in the index: {documents})",
        "ru": "проба: ничего не изменено (документов в индексе: {documents})",
    },
    "summary": {
        "en": "{documents} documents, {chunks} passages in the index; {embedded} embedded in {time}",
        "ru": "в индексе документов: {documents}, фрагментов: {chunks}; новых эмбеддингов: {embedded}, за {time}",
    },
    "hint_links": {
        "en": 'hint: posts of "{title}" have no public links; if it is a public channel, set '
        'CHANNEL_USERNAMES="{name}=<username>" and reindex again',
        "ru": "подсказка: у постов «{title}» нет открытых ссылок; если канал открытый, задайте "
        'CHANNEL_USERNAMES="{name}=<username>" и переиндексируйте',
    },
    "nothing_indexed": {
        "en": "nothing is indexed yet: run `konspekt reindex PATH`",
        "ru": "ещё ничего не проиндексировано: запустите `konspekt reindex ПУТЬ`",
    },
    "source_unknown": {
        "en": "nothing is indexed of {source!r}; sources are {known}",
        "ru": "из {source!r} ничего не проиндексировано; источники: {known}",
    },
    "document_unknown": {
        "en": "no document {id!r}; `konspekt documents` lists them",
        "ru": "документа {id!r} нет; список: `konspekt documents`",
    },
    "nothing_found": {
        "en": "nothing found",
        "ru": "ничего не найдено",
    },
    "no_date": {
        "en": "no date",
        "ru": "без даты",
    },
    "same_text": {
        "en": "the same text: {ids}",
        "ru": "тот же текст: {ids}",
    },
    "documents": {
        "en": "{count} documents",
        "ru": "документов: {count}",
    },
    "bad_date": {
        "en": "{value!r} is not a date; write 2024-05-17, 2024-05 or 2024",
        "ru": "{value!r} — не дата; напишите 2024-05-17, 2024-05 или 2024",
    },
    "bad_mode": {
        "en": "{value!r}: one of {modes}",
        "ru": "{value!r}: нужно одно из {modes}",
    },
    "nothing_to_measure": {
        "en": "no answerable question: nothing to measure here, see `konspekt eval answers`",
        "ru": "вопросов с ответом нет: мерить здесь нечего, см. `konspekt eval answers`",
    },
    "serve_loading": {
        "en": "loading {name} …",
        "ru": "загружается {name} …",
    },
    "serve_ready": {
        "en": "{name} is ready at {url} (context {context} tokens; Ctrl-C stops)",
        "ru": "{name} работает: {url} (контекст {context} токенов; Ctrl-C остановит)",
    },
    "fetch_interrupted": {
        "en": "interrupted; what has arrived is kept, run the command again to go on",
        "ru": "прервано; скачанное сохранено, запустите команду ещё раз, чтобы продолжить",
    },
    "model_not_written": {
        "en": "cannot write the model: {reason}",
        "ru": "не удаётся записать модель: {reason}",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
