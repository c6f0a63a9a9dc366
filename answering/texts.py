"""What the program itself says to a reader, in Russian and English."""

from __future__ import annotations

from typing import Literal

Language = Literal["ru", "en"]

_TEXTS: dict[str, dict[Language, str]] = {
    "refusal": {
        "ru": "Этого в материалах канала я не нашёл, а от себя придумывать не буду.",
        "en": "I did not find this in the channel's materials, and I will not make it up.",
    },
    "closest": {
        "ru": "Ближе всего к вопросу:",
        "en": "The closest posts:",
    },
    "nearly": {
        "ru": "Прямого ответа в материалах канала я не нашёл. Ближе всего вот что:",
        "en": "I did not find a direct answer in the channel's materials. The closest passage:",
    },
    "mentioned": {"ru": "Упоминается так:", "en": "It is mentioned like this:"},
    "nearest": {"ru": "Ближе всего вот что:", "en": "The closest passage:"},
    "missing_definition": {
        "ru": "Что такое «{name}», в материалах канала отдельно не объясняется.",
        "en": "The channel's materials do not explain what “{name}” is.",
    },
    "missing_name": {
        "ru": "Про «{name}» ответа на это в материалах канала я не нашёл.",
        "en": "I did not find this about “{name}” in the channel's materials.",
    },
    "missing_everywhere": {
        "ru": "«{name}» в материалах канала не упоминается.",
        "en": "The channel's materials do not mention “{name}”.",
    },
    "missing_comparison": {
        "ru": "Такого сравнения в материалах канала я не нашёл.",
        "en": "I did not find this comparison in the channel's materials.",
    },
    "missing_number": {
        "ru": "Числа на вопрос «{name}» в материалах канала я не нашёл.",
        "en": "I did not find a number for “{name}” in the channel's materials.",
    },
    "missing_attribute": {
        "ru": "Ответа на «{name}» в материалах канала я не нашёл.",
        "en": "I did not find an answer to “{name}” in the channel's materials.",
    },
    "missing_sibling": {
        "ru": "Про «{name}» ответа на это в материалах канала я не нашёл.",
        "en": "I did not find this about “{name}” in the channel's materials.",
    },
    "missing_link": {
        "ru": "Ссылки на это в материалах канала я не нашёл.",
        "en": "I did not find a link to it in the channel's materials.",
    },
    "missing_place_to": {
        "ru": "Куда именно обращаться, в материалах канала не сказано.",
        "en": "The channel's materials do not say where exactly to turn.",
    },
    "missing_clock": {
        "ru": "Во сколько, в материалах канала не сказано.",
        "en": "The channel's materials do not say at what time.",
    },
    "missing_year": {
        "ru": "В каком году, в материалах канала не сказано.",
        "en": "The channel's materials do not say in which year.",
    },
    "missing_card": {
        "ru": "Какая видеокарта, в материалах канала не сказано.",
        "en": "The channel's materials do not say which graphics card.",
    },
    "missing_author": {
        "ru": "Кто авторы, в материалах канала не сказано.",
        "en": "The channel's materials do not say who made it.",
    },
    "missing_called": {
        "ru": "Как называется, в материалах канала не сказано.",
        "en": "The channel's materials do not say what it is called.",
    },
    "missing_kind": {
        "ru": "Прямого ответа в материалах канала я не нашёл.",
        "en": "I did not find a direct answer in the channel's materials.",
    },
    "in_quotes": {"ru": "«{said}»", "en": "“{said}”"},
    "nothing": {
        "ru": "Похожих постов тоже нет. Попробуйте спросить другими словами.",
        "en": "There are no similar posts either. Try asking in other words.",
    },
    "doubtful": {
        "ru": "Не уверен, что это ответ. Ближе всего к вопросу сказано так:",
        "en": "I am not sure that this answers it. The closest that I found:",
    },
    "wordless": {
        "ru": "Здесь нет слов, по которым можно искать. Напишите, о чём хотите узнать.",
        "en": "There are no words here to search for. Write what you would like to know.",
    },
    "picture": {
        "ru": "Картинок я не вижу. Напишите вопрос словами — отвечу.",
        "en": "I cannot see pictures. Type your question and I will answer.",
    },
    "mistaken": {
        "ru": "Ошибаться могу: бывает, что показываю не то место или не нахожу нужного. Поэтому под ответом стоят "
        "источники: по ним его легко проверить. Неудачный ответ отметьте 👎, автор его увидит.",
        "en": "I can be mistaken: at times I show the wrong place or miss the right one. That is why the sources "
        "stand below an answer: check it by them. Mark a poor answer with 👎, the author will see it.",
    },
    "said_there": {"ru": "Об этом сказано там же:", "en": "The same place says it:"},
    "unavailable": {
        "ru": "Языковая модель сейчас недоступна, поэтому здесь дословные цитаты из постов.",
        "en": "The language model is not available right now, so these are quotes from the posts, word for word.",
    },
    "slow": {
        "ru": "Языковая модель отвечает слишком медленно, поэтому здесь дословные цитаты из постов.",
        "en": "The language model is too slow right now, so these are quotes from the posts, word for word.",
    },
    "budget": {
        "ru": "Лимит запросов к языковой модели исчерпан, поэтому здесь дословные цитаты из постов.",
        "en": "The language model is out of its quota, so these are quotes from the posts, word for word.",
    },
    "no_model": {
        "ru": "Языковая модель не подключена, поэтому здесь дословные цитаты из постов.",
        "en": "No language model is configured, so these are quotes from the posts, word for word.",
    },
    "unchecked": {
        "ru": "Ответ модели не подтвердился источниками, поэтому здесь дословные цитаты из постов.",
        "en": "The sources did not bear out the model's answer, so these are quotes from the posts, word for word.",
    },
    "wrong_language": {
        "ru": "Модель не сумела ответить по-русски, поэтому здесь дословные цитаты из постов.",
        "en": "The model did not manage to answer in English, so these are quotes from the posts, word for word.",
    },
    "stopped": {"ru": "Остановлено: дальше не дописано.", "en": "Stopped here, as you asked."},
    "stopped_quotes": {
        "ru": "Остановлено раньше, чем ответ был написан, поэтому здесь дословные цитаты из постов.",
        "en": "Stopped before the answer was written, so these are quotes from the posts, word for word.",
    },
    "quotes": {
        "ru": "Вот что об этом написано:",
        "en": "Here is what the posts say:",
    },
    "greeting": {
        "ru": "Привет! Я отвечаю на вопросы по материалам: {sources}. Спросите, например:",
        "en": "Hello! I answer questions about: {sources}. Ask, for example:",
    },
    "help": {
        "ru": "Я ищу ответ в материалах ({sources}) и отвечаю со ссылками на посты; чего там нет, о том так и скажу. "
        "Можно спросить, например:",
        "en": "I look for the answer in the materials ({sources}) and answer with links to the posts; what is not "
        "there, I say so. You can ask, for example:",
    },
    "about": {
        "ru": "Здесь {documents}: {sources}.{span} Последние:",
        "en": "Here are {documents}: {sources}.{span} The latest:",
    },
    "span": {
        "ru": " Посты с {first} по {last}.",
        "en": " Posts from {first} to {last}.",
    },
    "latest": {"ru": "Последние публикации:", "en": "The latest posts:"},
    "empty": {"ru": "Пока ничего не проиндексировано.", "en": "Nothing has been indexed yet."},
    "filtered": {
        "ru": "Фильтр языковой модели не пропустил ответ, поэтому здесь дословные цитаты из постов.",
        "en": "The language model's content filter withheld the answer, so these are quotes from the posts, "
        "word for word.",
    },
    "nothing_on": {
        "ru": "А на вопрос «{part}» ответа в материалах канала я не нашёл.",
        "en": "As for “{part}”, I did not find it in the channel's materials.",
    },
    "bot": {
        "ru": "Я бот, а не человек: ищу ответы в материалах ({sources}) и ссылаюсь на посты. О себе больше рассказать "
        "нечего, а про материалы спрашивайте, например:",
        "en": "I am a bot, not a person: I look for answers in the materials ({sources}) and link to the "
        "posts. There is "
        "little more to say about me; about the materials you can ask, for example:",
    },
    "link_to_paper": {"ru": "Ссылка на статью?", "en": "link to the paper"},
    "link_to_code": {"ru": "Ссылка на код?", "en": "link to the code"},
    "what_is": {"ru": "Что такое {name}?", "en": "What is {name}?"},
    "example": {"ru": "О чём «{title}»?", "en": "What is “{title}” about?"},
    "as_of": {"ru": "По состоянию на {date}.", "en": "As of {date}."},
    "changed_later": {"ru": "Позже изменено, {date}:", "en": "Changed later, {date}:"},
    "which": {
        "ru": "Это может быть о разном. О чём вы спрашиваете?",
        "en": "This may be about several things. Which one do you mean?",
    },
    "unknown_link": {
        "ru": "По этой ссылке нет ничего из того, что я читал, а открывать ссылки я не умею. Напишите, о чём хотите "
        "узнать.",
        "en": "Nothing that I have read is behind this link, and I cannot open links. Write what you would like to "
        "know.",
    },
    "related": {"ru": "Ещё об этом:", "en": "More on this:"},
    "nothing_related": {
        "ru": "Больше об этом я ничего не нашёл.",
        "en": "I found nothing more on this.",
    },
    "nothing_more": {
        "ru": "Больше об этом в материалах ничего не сказано.",
        "en": "The materials say no more about this.",
    },
    "nothing_else": {
        "ru": "Другого ответа в материалах я не нашёл.",
        "en": "I found no other answer in the materials.",
    },
    "own_words": {
        "ru": "Пересказывать я не умею, только показываю слова автора. Вот это место целиком:",
        "en": "I cannot put it in other words, I only show the author's. Here is the whole place:",
    },
    "own_language": {
        "ru": "Переводить я не умею: показываю слова автора на том языке, на котором они написаны.",
        "en": "I cannot translate: I show the author's words in the language that they were written in.",
    },
    "farewell": {"ru": "До встречи! Возвращайтесь с вопросами.", "en": "Goodbye! Come back with questions."},
    "praise": {"ru": "Спасибо! Спрашивайте ещё.", "en": "Thank you! Ask me more."},
    "blame": {
        "ru": "Жаль, что не помог. Попробуйте спросить другими словами, а неудачный ответ отметьте 👎: автор "
        "его увидит.",
        "en": "Sorry I was no help. Try other words, and mark a poor answer with 👎: the author will see it.",
    },
    "acknowledged": {
        "ru": "Хорошо. Спрашивайте, если что-то ещё нужно.",
        "en": "All right. Ask if you need anything else.",
    },
    "remember": {
        "ru": "Запоминать что-то о вас я не умею: помню только последние реплики этого разговора. Спросите "
        "что-нибудь по "
        "материалам канала.",
        "en": "I cannot remember things about you: I only know the last lines of this conversation. Ask me something "
        "about the channel's materials.",
    },
    "asked": {
        "ru": "Я помню только последние реплики этого разговора. В нём вы спрашивали:",
        "en": "I only remember the last lines of this conversation. In it you asked:",
    },
    "asked_nothing": {
        "ru": "Я помню только последние реплики этого разговора, и вопросов в нём ещё не было.",
        "en": "I only remember the last lines of this conversation, and there were no questions in it yet.",
    },
    "no_question": {
        "ru": "Я отвечаю на вопросы по материалам канала, а вопроса здесь не вижу. Напишите, о чём хотите узнать.",
        "en": "I answer questions about the channel's materials, and I see no question here. Write what you would like "
        "to know.",
    },
    "aside_talk": {
        "ru": "Поболтать я не мастер: я отвечаю на вопросы по материалам канала. Спрашивайте!",
        "en": "I am not much of a talker: I answer questions about the channel's materials. Ask away!",
    },
    "aside_request": {
        "ru": "Этого я не умею: я только ищу ответы в материалах канала и показываю, где это сказано.",
        "en": "That I cannot do: I only look for answers in the channel's materials and show where they are.",
    },
    "aside_private": {
        "ru": "О личном я не рассказываю. Спросите о том, о чём пишут в канале.",
        "en": "I do not talk about private matters. Ask me about what the channel writes of.",
    },
    "aside_orders": {
        "ru": "Этого я не делаю: я ищу ответы в материалах канала и ссылаюсь на них, и только.",
        "en": "I do not do that: I look for answers in the channel's materials and link to them, and that is all.",
    },
    "aside_world": {
        "ru": "Это не по теме канала, и в его материалах ответа нет. Спросите о том, о чём здесь пишут.",
        "en": "This is not what the channel is about, and its materials do not answer it. Ask me about what it "
        "writes of.",
    },
    "thanks": {"ru": "Пожалуйста! Спрашивайте ещё.", "en": "You are welcome! Ask me more."},
}


def say(key: str, language: Language, **values: str) -> str:
    text = _TEXTS[key][language]
    return text.format(**values) if values else text


def materials(count: int, language: Language) -> str:
    """`1 материал`, `2 материала`, `5 материалов`."""
    if language == "en":
        return f"{count} document" if count == 1 else f"{count} documents"
    if count % 10 == 1 and count % 100 != 11:
        return f"{count} материал"
    if count % 10 in {2, 3, 4} and count % 100 not in {12, 13, 14}:
        return f"{count} материала"
    return f"{count} материалов"


def is_no_failure(notice: str) -> bool:
    """Whether a notice only says that quotes are what was chosen: nothing to tell a reader under every answer."""
    return notice in _TEXTS["no_model"].values()
