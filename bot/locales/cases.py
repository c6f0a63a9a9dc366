"""What admins read about questions that were not answered well: in /stats and in /cases."""

RU: dict[str, str] = {
    "stats_failed": "Без хорошего ответа: {failed} ({share}) — нет в материалах, 👎 или переспросили (переспросов: "
    "{again})",
    "stats_unanswered": "Чаще всего без ответа",
    "stats_to_cases": "Разобрать по одному: /cases",
    "command_cases": "Разобрать неудачные ответы",
    "cases_private": "Вопросы читателей я показываю только в личном чате: напишите /cases мне.",
    "cases_none": "Разбирать нечего: неудачных ответов за последние 90 дней нет.",
    "cases_done": "Всё разобрано. Вопросы для проверки сохранены: {kept}. Выгрузить: konspekt eval cases --out FILE.",
    "cases_heading": "Вопрос",
    "cases_left": "осталось {left}",
    "cases_refused": "Ответ: «в материалах нет»",
    "cases_answer": "Ответ",
    "cases_found": "Что нашлось",
    "cases_reason_refused": "отказ",
    "cases_reason_down": "👎",
    "cases_reason_again": "переспросили",
    "cases_right": "✅ Ответ верный",
    "cases_right_refusal": "✅ И правда нет",
    "cases_post": "📌 Верный пост…",
    "cases_absent": "🚫 В материалах нет",
    "cases_drop": "🗑 Не хранить",
    "cases_skip": "⏭ Дальше",
    "cases_which": "#c{number}\nОтветьте на это сообщение ссылкой на верный пост или его словами — хватит нескольких "
    "подряд, дословно.\n\nВопрос: {question}",
    "cases_unknown": "Такого поста нет в индексе: пришлите ссылку на проиндексированный пост или приведите дословно "
    "несколько слов из него.",
    "cases_gone": "Этого ответа больше нет: читатель стёр свои данные.",
    "cases_kept": "Записано.",
    "cases_kept_post": "Записано: «{title}».",
    "cases_dropped": "Не храню.",
}

EN: dict[str, str] = {
    "stats_failed": "Without a good answer: {failed} ({share}): not in the material, 👎, or asked again ({again} "
    "asked again)",
    "stats_unanswered": "Most often unanswered",
    "stats_to_cases": "Go through them one by one: /cases",
    "command_cases": "Go through answers that failed",
    "cases_private": "Readers' questions are shown in a private chat only: send /cases to me.",
    "cases_none": "Nothing to go through: no answer failed in the last 90 days.",
    "cases_done": "That was the last one. Questions kept for evaluation: {kept}. Export them with "
    "konspekt eval cases --out FILE.",
    "cases_heading": "Question",
    "cases_left": "{left} left",
    "cases_refused": "The answer: “not in the material”",
    "cases_answer": "The answer",
    "cases_found": "What was found",
    "cases_reason_refused": "refused",
    "cases_reason_down": "👎",
    "cases_reason_again": "asked again",
    "cases_right": "✅ The answer is right",
    "cases_right_refusal": "✅ It really is not there",
    "cases_post": "📌 The right post…",
    "cases_absent": "🚫 Not in the material",
    "cases_drop": "🗑 Do not keep",
    "cases_skip": "⏭ Next",
    "cases_which": "#c{number}\nReply to this message with a link to the right post, or with words of it: a few in "
    "a row, exactly as they stand there.\n\nThe question: {question}",
    "cases_unknown": "No such post is indexed: send a link to an indexed post, or quote a few of its words exactly.",
    "cases_gone": "This answer is gone: the reader erased their data.",
    "cases_kept": "Noted.",
    "cases_kept_post": "Noted: “{title}”.",
    "cases_dropped": "Not kept.",
}
