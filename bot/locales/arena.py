"""/arena: two answers, blind."""

RU: dict[str, str] = {
    "command_arena": "Сравнить два ответа вслепую",
    "arena_private": "Сравнивать ответы удобнее в личном чате: напишите /arena мне.",
    "arena_how": "Напишите вопрос после команды: /arena Что такое LoRA? Я пришлю два ответа, а вы выберете лучший.",
    "arena_alone": "Сравнивать пока нечего: настройте модель или укажите ARENA_BASE_URL либо ARENA_MODEL.",
    "arena_alike": "Оба ответа одинаковы, выбирать не из чего. Попробуйте другой вопрос.",
    "arena_silent": "Одна из моделей не дала своего ответа, сравнивать нечего. Попробуйте ещё раз или спросите иначе.",
    "arena_left": "Ответ А",
    "arena_right": "Ответ Б",
    "arena_vote_left": "Лучше А",
    "arena_vote_right": "Лучше Б",
    "arena_vote_both": "Оба хороши",
    "arena_vote_neither": "Ни один",
    "arena_chosen": "Ваш выбор: {vote}",
    "arena_gone": "Этой пары ответов больше нет.",
    "arena_quotes": "цитаты, без модели",
    "arena_table": "Кто сильнее",
    "arena_row": "{name}: {points} ({low} … {high}), побед {won} из {votes}",
}

EN: dict[str, str] = {
    "command_arena": "Compare two answers blind",
    "arena_private": "Answers are compared in a private chat: send /arena to me.",
    "arena_how": "Write a question after the command: /arena What is LoRA? I send two answers, "
    "you choose the better one.",
    "arena_alone": "There is nothing to compare yet: set up a model, or set ARENA_BASE_URL or ARENA_MODEL.",
    "arena_alike": "Both gave the same answer: there is nothing to choose. Try another question.",
    "arena_silent": "A model gave no answer of its own, so there is nothing to compare. Try again or ask otherwise.",
    "arena_left": "Answer A",
    "arena_right": "Answer B",
    "arena_vote_left": "A is better",
    "arena_vote_right": "B is better",
    "arena_vote_both": "Both are good",
    "arena_vote_neither": "Neither",
    "arena_chosen": "Your choice: {vote}",
    "arena_gone": "This pair of answers is gone.",
    "arena_quotes": "quotes, no model",
    "arena_table": "Who is stronger",
    "arena_row": "{name}: {points} ({low} … {high}), won {won} of {votes}",
}
