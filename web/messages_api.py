"""What the API and MCP say when they refuse, in both languages."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "no_token": {
        "en": "send `Authorization: Bearer TOKEN`; `konspekt tokens make NAME` makes a token",
        "ru": "передайте `Authorization: Bearer ТОКЕН`; токен создаёт `konspekt tokens make NAME`",
    },
    "bad_token": {
        "en": "this token is unknown, revoked or expired",
        "ru": "этот токен неизвестен, отозван или истёк",
    },
    "no_scope": {
        "en": "this token may not `{scope}`; make one with `konspekt tokens make NAME --scopes {scope}`",
        "ru": "этому токену нельзя `{scope}`; нужен токен с `konspekt tokens make NAME --scopes {scope}`",
    },
    "too_often": {
        "en": "too many questions; try again in {seconds} s",
        "ru": "слишком много вопросов; попробуйте через {seconds} с",
    },
    "too_large": {
        "en": "the body is larger than {most} bytes",
        "ru": "тело запроса больше {most} байт",
    },
    "not_json": {
        "en": "send JSON with `Content-Type: application/json`",
        "ru": "передайте JSON с `Content-Type: application/json`",
    },
    "too_long": {
        "en": "the question is longer than {most} characters",
        "ru": "вопрос длиннее {most} символов",
    },
    "bad_date": {
        "en": "not a date: write 2024-05-17, 2024-05 or 2024",
        "ru": "это не дата: напишите 2024-05-17, 2024-05 или 2024",
    },
    "post_or_text": {
        "en": "give either `post` (an id, or the link of an indexed post) or `text`",
        "ru": "укажите либо `post` (id или ссылку проиндексированного поста), либо `text`",
    },
    "unknown_document": {
        "en": "no document of this id or link is indexed",
        "ru": "документа с таким id или ссылкой в индексе нет",
    },
    "nothing_at": {
        "en": "there is nothing at this address",
        "ru": "по этому адресу ничего нет",
    },
    "bad_method": {
        "en": "this address does not take this method",
        "ru": "этот адрес не принимает такой метод",
    },
    "bad_site": {
        "en": "this site may not show the widget; its author names sites in WIDGET_ORIGINS",
        "ru": "на этом сайте виджет не разрешён; сайты перечисляет автор в WIDGET_ORIGINS",
    },
    "broken": {
        "en": "the server failed at this request; its log says why",
        "ru": "сервер не справился с запросом; причина — в его журнале",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
