"""Voice messages, pictures and forwarded posts as questions."""

RU: dict[str, str] = {
    "voice_off": "Голосовые здесь не распознаются. Напишите вопрос словами — отвечу.",
    "voice_too_long": "Запись длится {seconds} с, а я слушаю до {limit} с. Спросите короче или напишите словами.",
    "voice_too_large": "Файл слишком большой: бот может получить до {limit} МБ. Спросите короче или напишите словами.",
    "voice_nothing": "В записи не слышно слов. Попробуйте ещё раз или напишите вопрос.",
    "voice_unreadable": "Не удалось прочитать эту запись. Попробуйте ещё раз или напишите вопрос.",
    "voice_busy": "Сейчас много голосовых сообщений, до вашего дойдёт нескоро. Напишите вопрос словами — отвечу сразу.",
    "understood_heard": "🎙 {heard}",
    "understood_unsure": "🎙 Расслышано плохо: {heard}",
    "understood_seen": "🖼 {seen}",
    "understood_nothing": "🖼 Текста на картинке не видно, отвечаю по подписи.",
    "picture_nothing": "Саму картинку я не вижу, только текст на ней, а текста нет. Напишите вопрос словами — отвечу.",
    "understood_fix": "✏️ Поправить",
    "understood_how": "#v{number}\nОтветьте на это сообщение вопросом, как он должен звучать, — отвечу заново.",
    "forwarded_about": "О чём этот пост? {link}",
    "forwarded_more": "Что ещё есть о «{title}»?",
    "understood_gone": "Этого ответа у меня уже нет: просто задайте вопрос ещё раз.",
}

EN: dict[str, str] = {
    "voice_off": "Voice messages are not understood here. Write the question in words and I will answer.",
    "voice_too_long": "The recording is {seconds} s long, and I listen to {limit} s at most. Be briefer, or write.",
    "voice_too_large": "The file is too large: a bot can fetch {limit} MB at most. Ask in fewer words, or write.",
    "voice_nothing": "I hear no words in the recording. Try again, or write the question.",
    "voice_unreadable": "This recording could not be read. Try again, or write the question.",
    "voice_busy": "There are many voice messages just now, and yours would wait long. Write the question in words and "
    "I will answer at once.",
    "understood_heard": "🎙 {heard}",
    "understood_unsure": "🎙 Hard to hear: {heard}",
    "understood_seen": "🖼 {seen}",
    "understood_nothing": "🖼 I see no text in the picture: this answers the caption.",
    "picture_nothing": "I only read text in pictures, and here is none. Write the question in words and I will answer.",
    "understood_fix": "✏️ Correct it",
    "understood_how": "#v{number}\nReply to this message with the question as it should be, and I will answer again.",
    "forwarded_about": "What is this post about? {link}",
    "forwarded_more": "What else is there about “{title}”?",
    "understood_gone": "That answer is gone: just ask again.",
}
