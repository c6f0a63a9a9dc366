"""What the bot learnt from an author's edits, and /glossary."""

RU: dict[str, str] = {
    "command_glossary": "Ваши слова в черновиках",
    "convert_learnt": "Запомнил: {what}. Список и удаление: /glossary",
    "glossary_none": "Пока пусто. Поправьте слово, хештег, начало или подпись в черновике — в следующий раз так и "
    "будет. Или: /glossary accelerator = GPU",
    "glossary_heading": "Ваши правки, которые применяются к новым черновикам",
    "glossary_how": "Добавить: /glossary accelerator = GPU. Кнопка с номером удаляет.",
    "glossary_added": "Запомнил: {what}",
    "glossary_not_added": "Правка отменяет прежнюю: забыл {what}",
    "glossary_gone": "Удалено",
    "glossary_no_such": "Такой записи уже нет",
    "glossary_bad": "Напишите так: /glossary как в черновике = как надо. Хештег: /glossary #ml = #machinelearning",
    "glossary_kind_term": "слово",
    "glossary_kind_hashtag": "хештег",
    "glossary_kind_opening": "начало",
    "glossary_kind_sign-off": "подпись",
}

EN: dict[str, str] = {
    "command_glossary": "Your own words in drafts",
    "convert_learnt": "Learnt: {what}. To list or remove: /glossary",
    "glossary_none": "Nothing yet. Change a word, a hashtag, the opening or the sign-off of a draft, and the next one "
    "will have it. Or: /glossary accelerator = GPU",
    "glossary_heading": "Your changes, made in every new draft",
    "glossary_how": "To add: /glossary accelerator = GPU. A button with a number removes.",
    "glossary_added": "Learnt: {what}",
    "glossary_not_added": "This takes an earlier change back: {what} is forgotten",
    "glossary_gone": "Removed",
    "glossary_no_such": "It is not there any more",
    "glossary_bad": "Write it like this: /glossary as the draft says = as it should. A hashtag: /glossary #ml = "
    "#machinelearning",
    "glossary_kind_term": "word",
    "glossary_kind_hashtag": "hashtag",
    "glossary_kind_opening": "opening",
    "glossary_kind_sign-off": "sign-off",
}
