"""What the bot says to the person who starts it, in English and Russian. What readers see is in `bot/locales`."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "wrong_token": {
        "en": "the Bot API server {host} does not know this token. Check TELEGRAM_BOT_TOKEN: copy it again from "
        "@BotFather (/mybots → API Token), without quotes or spaces.",
        "ru": "сервер Bot API {host} не знает этот токен. Проверьте TELEGRAM_BOT_TOKEN: скопируйте его ещё раз у "
        "@BotFather (/mybots → API Token), без кавычек и пробелов.",
    },
    "revoked": {
        "en": "Telegram no longer takes the token: was it revoked? Get the current one from @BotFather.",
        "ru": "Telegram больше не принимает токен: его отозвали? Возьмите нынешний у @BotFather.",
    },
    "unreachable": {
        "en": "the Bot API server {host} cannot be reached. Check the network and TELEGRAM_API_URL.",
        "ru": "сервер Bot API {host} недоступен. Проверьте сеть и TELEGRAM_API_URL.",
    },
    "no_bot_api": {
        "en": "what answers at {host} is no Bot API server (getMe). Check TELEGRAM_API_URL.",
        "ru": "по адресу {host} отвечает не сервер Bot API (getMe). Проверьте TELEGRAM_API_URL.",
    },
    "address_taken": {
        "en": "cannot listen on {address}: the port is taken, or the address is not this machine's",
        "ru": "не удаётся открыть {address}: порт занят, или адрес не этой машины",
    },
    "no_address": {
        "en": "{address!r} is not an address: write host:port, for example 127.0.0.1:8080",
        "ru": "{address!r} — не адрес: напишите host:port, например 127.0.0.1:8080",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
