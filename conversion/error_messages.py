"""What conversion says when something is wrong, in English and Russian."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

_MESSAGES: Texts = {
    "no_network": {
        "en": "no network is called {name}; there are: {known}",
        "ru": "сети {name} нет; есть: {known}",
    },
    "no_language": {
        "en": "{lang} is not a language; write it with two letters: en, ru, de",
        "ru": "{lang} — не язык; напишите двумя буквами: en, ru, de",
    },
    "none_named": {
        "en": "no network was named; there are: {known}",
        "ru": "не названа ни одна сеть; есть: {known}",
    },
    "socket_file": {
        "en": "a link cannot name a socket file",
        "ru": "ссылка не может вести к файлу сокета",
    },
    "no_host": {
        "en": "{host}: no such host ({reason})",
        "ru": "{host}: такого узла нет ({reason})",
    },
    "not_public": {
        "en": "{host} leads to {address}, which is not a public address; it is not fetched",
        "ru": "{host} ведёт на {address}, это не публичный адрес; он не загружается",
    },
    "no_public_post": {
        "en": "{link} shows no post to the public; forward it instead",
        "ru": "{link}: всем этот пост не показан; перешлите его",
    },
    "redirects": {
        "en": "{url}: more than {count} redirects",
        "ru": "{url}: больше {count} перенаправлений",
    },
    "no_address": {
        "en": "{url}: this is no address ({reason})",
        "ru": "{url}: это не адрес ({reason})",
    },
    "plain_http": {
        "en": "{url}: only plain http and https addresses are fetched",
        "ru": "{url}: загружаются только простые адреса http и https",
    },
    "status": {
        "en": "{url}: the server answered {status}",
        "ru": "{url}: сервер ответил {status}",
    },
    "connection": {
        "en": "{url}: {reason}",
        "ru": "{url}: {reason}",
    },
    "too_big": {
        "en": "{url}: more than {size} bytes, this is no post",
        "ru": "{url}: больше {size} байт, это не пост",
    },
    "too_slow": {
        "en": "{url}: took longer than {seconds} s",
        "ru": "{url}: дольше {seconds} с",
    },
    "no_json": {
        "en": "{url}: the answer is not a JSON object",
        "ru": "{url}: в ответе не объект JSON",
    },
    "no_file": {
        "en": "{path}: there is no such file",
        "ru": "{path}: такого файла нет",
    },
    "unreadable": {
        "en": "{path}: cannot be read ({reason})",
        "ru": "{path}: не читается ({reason})",
    },
    "unwritable": {
        "en": "{path}: cannot be written ({reason})",
        "ru": "{path}: не записывается ({reason})",
    },
    "no_rules": {
        "en": "the instance does not say what its limits are: {reason}",
        "ru": "сервер не говорит, каковы его пределы: {reason}",
    },
    "no_instance": {
        "en": "{name} is not the address of an instance; write it as mastodon.social",
        "ru": "{name} — не адрес сервера; напишите его так: mastodon.social",
    },
    "too_long_file": {
        "en": "{path}: {size} bytes are too many for one post",
        "ru": "{path}: {size} байт — слишком много для одного поста",
    },
    "not_utf8": {
        "en": "{path}: byte {place} is not UTF-8 text; save it as UTF-8",
        "ru": "{path}: байт {place} — не текст UTF-8; сохраните файл в UTF-8",
    },
    "no_message": {
        "en": "{path}: it has no message {message}",
        "ru": "{path}: сообщения {message} в нём нет",
    },
    "private": {
        "en": "{name}: a private channel's post is not in the index; forward it to the bot, or index an export",
        "ru": "{name}: поста закрытого канала нет в индексе; перешлите его боту или проиндексируйте выгрузку",
    },
    "not_indexed": {
        "en": "{name}: this post is not in the index; forward it, or index the channel",
        "ru": "{name}: этого поста нет в индексе; перешлите его или проиндексируйте канал",
    },
    "nothing_named": {
        "en": "{name}: no document of that id, no such file, no t.me link",
        "ru": "{name}: нет ни документа с таким id, ни такого файла, и это не ссылка t.me",
    },
    "bad_length": {
        "en": "--length is short, medium or full, not {length}",
        "ru": "--length — это short, medium или full, а не {length}",
    },
    "bad_writing": {
        "en": "--writing is auto, free or strict, not {writing}",
        "ru": "--writing — это auto, free или strict, а не {writing}",
    },
    "name_a_post": {
        "en": "name a post (link, id, file or -), or the whole index with --since DATE",
        "ru": "назовите пост (ссылка, id, файл или -) или весь индекс: --since ДАТА",
    },
    "goes_on": {
        "en": "interrupted; with --out, the same command goes on where it stopped",
        "ru": "прервано; с --out та же команда продолжит с этого места",
    },
    "nothing_there": {
        "en": "nothing to convert: no post there",
        "ru": "превращать нечего: там нет ни одного поста",
    },
    "no_lessons": {
        "en": "nothing yet: change a word in a draft in Telegram or on the page, or `konspekt glossary add`",
        "ru": "пока пусто: поправьте слово в черновике в Telegram или на странице, или `konspekt glossary add`",
    },
    "bad_lesson": {
        "en": "name what drafts say and what they are to say, as two arguments; a hashtag may become another or "
        "nothing",
        "ru": "назовите двумя аргументами, что пишут черновики и что надо писать; хештег может стать другим или "
        "исчезнуть",
    },
    "lesson_added": {"en": "added: {change}", "ru": "добавлено: {change}"},
    "lesson_taken_back": {
        "en": "{change} takes an earlier change back: that one is forgotten",
        "ru": "{change} отменяет прежнюю правку: она забыта",
    },
    "no_lesson": {"en": "there is no number {number}", "ru": "записи с номером {number} нет"},
    "lesson_removed": {"en": "removed: {number}", "ru": "удалено: {number}"},
    "no_translator": {
        "en": "{name} belongs to no translation model: TRANSLATION_MODEL takes OPUS-MT, NLLB, M2M100 and MADLAD",
        "ru": "{name} — не модель перевода: TRANSLATION_MODEL понимает OPUS-MT, NLLB, M2M100 и MADLAD",
    },
    "no_direction": {
        "en": "this model translates {pair}, not {source}-{target}; write the pair of its name as {{pair}}",
        "ru": "эта модель переводит {pair}, а не {source}-{target}; пару в её имени напишите как {{pair}}",
    },
    "no_target": {"en": "this model does not know the language {target}", "ru": "эта модель не знает языка {target}"},
    "translator_unreadable": {
        "en": "{path}: no translation model can be read there ({reason})",
        "ru": "{path}: модель перевода не читается ({reason})",
    },
    "no_ctranslate2": {
        "en": "this model is in the form of CTranslate2: pip install ctranslate2",
        "ru": "эта модель — в формате CTranslate2: pip install ctranslate2",
    },
    "no_rewording_there": {
        "en": "{options} changes nothing here: no language model words drafts, and one that only translates and "
        "chooses keeps the author's wording, as the rules do. Leave it out, or ask for use_model where a model of 7B "
        "and more is set",
        "ru": "{options} здесь ничего не меняет: нет языковой модели, которая пишет сама, а та, что только переводит и "
        "выбирает, сохраняет слова автора, и правила тоже. Уберите это поле или просите use_model там, где задана "
        "модель от 7B",
    },
    "no_rewording": {
        "en": "{options} changes nothing without a language model that words drafts: a model that only translates and "
        "chooses keeps the author's wording, and so do the rules. Leave it out, or set OPENAI_BASE_URL to a model of "
        "7B and more (--writing free asks a small one all the same)",
        "ru": "{options} без языковой модели, которая пишет сама, ничего не меняет: модель, которая только переводит и "
        "выбирает, сохраняет слова автора, и правила тоже. Уберите этот ключ или задайте OPENAI_BASE_URL с моделью от "
        "7B (--writing free заставит писать и маленькую)",
    },
    "by_rule": {
        "en": "no language model: drafts are written by rule, in the language of the post (set OPENAI_BASE_URL or run "
        "`konspekt serve`; --no-llm says that this is meant)",
        "ru": "языковой модели нет: черновики по правилам, на языке поста (задайте OPENAI_BASE_URL или запустите "
        "`konspekt serve`; --no-llm скажет, что так и надо)",
    },
}


def wrong(key: str, /, **values: object) -> Bilingual:
    """The message of an error, for whoever sees it."""
    return fill(_MESSAGES, key, **values)
