"""What `konspekt tokens` and `konspekt mcp` say."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "bad_scope": {
        "en": "there is no scope {name!r}; there are {known}",
        "ru": "области доступа {name!r} нет; есть {known}",
    },
    "bad_name": {
        "en": "a token's name has 1 to 64 letters, digits, dots, dashes or underscores",
        "ru": "в имени токена от 1 до 64 букв, цифр, точек, дефисов или подчёркиваний",
    },
    "name_taken": {
        "en": "there is a token {name!r} already; `konspekt tokens revoke {name}` ends it",
        "ru": "токен {name!r} уже есть; его отзывает `konspekt tokens revoke {name}`",
    },
    "made": {
        "en": "the token {name!r} may: {scopes}. It is shown this once and stored nowhere: copy it now",
        "ru": "токену {name!r} можно: {scopes}. Он показан один раз и нигде не хранится: скопируйте его сейчас",
    },
    "no_token": {
        "en": "there is no token {name!r}; `konspekt tokens list` shows those there are",
        "ru": "токена {name!r} нет; список покажет `konspekt tokens list`",
    },
    "revoked": {
        "en": "the token {name!r} is revoked",
        "ru": "токен {name!r} отозван",
    },
    "none_yet": {
        "en": "there are no tokens yet; `konspekt tokens make NAME` makes one",
        "ru": "токенов пока нет; создаёт их `konspekt tokens make NAME`",
    },
    "never": {
        "en": "never",
        "ru": "никогда",
    },
    "mcp_at": {
        "en": "MCP: {url}/mcp, HTTP API: {url}/api/v1; both ask for a token (`konspekt tokens make NAME`)",
        "ru": "MCP: {url}/mcp, HTTP API: {url}/api/v1; обоим нужен токен (`konspekt tokens make NAME`)",
    },
    "mcp_stdio": {
        "en": "MCP on standard input and output: this is meant to be started by an assistant, not typed into",
        "ru": "MCP на стандартном вводе и выводе: эту команду запускает ассистент, печатать сюда не нужно",
    },
    "mcp_port_taken": {
        "en": "cannot listen at {address}: another program does; choose another port with --listen",
        "ru": "не получается открыть {address}: адрес занят другой программой; выберите другой порт в --listen",
    },
    "bad_listen": {
        "en": "{value!r} is not an address: write host:port, for example 127.0.0.1:8765",
        "ru": "{value!r} — не адрес: напишите host:port, например 127.0.0.1:8765",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
