"""What the web says to whoever runs it. What its visitors see is in `locales/`."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "page_at": {
        "en": "the page: {url}",
        "ru": "страница: {url}",
    },
    "port_taken": {
        "en": "the page cannot listen at {address}: another program does. Set WEB_LISTEN to another port, for example "
        "127.0.0.1:8701, or to off",
        "ru": "страница не может открыться на {address}: адрес занят другой программой. Укажите другой порт в "
        "WEB_LISTEN, например 127.0.0.1:8701, или off",
    },
    "cannot_listen": {
        "en": "the page cannot listen at {address}: {reason}. Correct WEB_LISTEN, or set it to off",
        "ru": "страница не может открыться на {address}: {reason}. Исправьте WEB_LISTEN или укажите off",
    },
    "not_protected": {
        "en": "at {address} strangers could reach the page: set WEB_SECRET (a password) or TELEGRAM_BOT_TOKEN (login "
        "through Telegram), or keep WEB_LISTEN at 127.0.0.1",
        "ru": "на {address} страницу увидят посторонние: задайте WEB_SECRET (пароль) или TELEGRAM_BOT_TOKEN (вход "
        "через Telegram) либо оставьте WEB_LISTEN на 127.0.0.1",
    },
    "short_secret": {
        "en": "WEB_SECRET is too short: at least {shortest} characters",
        "ru": "WEB_SECRET слишком короткий: нужно не меньше {shortest} символов",
    },
    "page_off": {
        "en": "the page is switched off: WEB_LISTEN=off",
        "ru": "страница выключена: WEB_LISTEN=off",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
