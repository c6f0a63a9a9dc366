"""What visitors of a site read in the frame."""

from __future__ import annotations

from collections.abc import Mapping

from konspekt.bilingual import Language

TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Ask this channel",
        "greeting": "Ask a question: the answer comes from the channel's posts, with links to them.",
        "placeholder": "Your question",
        "send": "Send",
        "close": "Close",
        "rewriting": "recalling what this is about…",
        "searching": "searching…",
        "writing": "reading the sources…",
        "checking": "checking against the sources…",
        "failed": "The connection failed. Please try again.",
    },
    "ru": {
        "title": "Спросить канал",
        "greeting": "Задайте вопрос: ответ будет по постам канала, со ссылками на них.",
        "placeholder": "Ваш вопрос",
        "send": "Отправить",
        "close": "Закрыть",
        "rewriting": "вспоминаю, о чём речь…",
        "searching": "ищу…",
        "writing": "читаю источники…",
        "checking": "сверяю с источниками…",
        "failed": "Связь прервалась. Попробуйте ещё раз.",
    },
}
