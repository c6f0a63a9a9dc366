"""Stopping an answer, formulas and tables, copying."""

from __future__ import annotations

EN = {
    "writing": "Writing the answer",
    "stop": "⏹ Stop",
    "stopping": "Stopping.",
    "stop_late": "The answer is already written.",
}
RU = {
    "writing": "Пишу ответ",
    "stop": "⏹ Стоп",
    "stopping": "Останавливаю.",
    "stop_late": "Ответ уже дописан.",
}
