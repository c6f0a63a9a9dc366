"""Stopping an answer, formulas and tables, copying."""

from __future__ import annotations

EN = {
    "writing": "Writing the answer",
    "stop": "⏹ Stop",
    "stopping": "Stopping.",
    "stop_late": "The answer is already written.",
    "copy_code": "📋 Copy the code",
    "copy_draft": "📋 Copy",
    "open_source": "Open the post",
    "as_plain": "📝 As plain text",
    "as_rich": "∑ With formulas and tables",
    "now_plain": "From now on as plain text.",
    "now_rich": "From now on with formulas and tables.",
    "form_gone": "This answer is not kept any more; the next ones will be like that.",
}
RU = {
    "writing": "Пишу ответ",
    "stop": "⏹ Стоп",
    "stopping": "Останавливаю.",
    "stop_late": "Ответ уже дописан.",
    "copy_code": "📋 Скопировать код",
    "copy_draft": "📋 Скопировать",
    "open_source": "Открыть пост",
    "as_plain": "📝 Простым текстом",
    "as_rich": "∑ С формулами и таблицами",
    "now_plain": "Теперь — простым текстом.",
    "now_rich": "Теперь — с формулами и таблицами.",
    "form_gone": "Этого ответа у меня больше нет; следующие будут такими.",
}
