"""What replies about the whole channel say, in Russian and English."""

from __future__ import annotations

import re

from konspekt.answering.texts import Language

_PLURAL = re.compile(r"\{(\w+)\|([^{}]*)\}")

_TEXTS: dict[str, dict[Language, str]] = {
    "posts": {"ru": "{n} {n|пост|поста|постов}", "en": "{n} {n|post|posts}"},
    "all": {"ru": "{n} {n|материал|материала|материалов}", "en": "{n} {n|document|documents}"},
    "course": {"ru": "{n} {n|материал|материала|материалов} курса", "en": "{n} course {n|document|documents}"},
    "holding": {
        "ru": "{count}, {n|в котором|в которых|в которых} есть {named} в любой форме{also}{period}",
        "en": "{count} that {n|holds|hold} {named} in any form{also}{period}",
    },
    "also": {"ru": " (считались и слова {words})", "en": " (counting {words} too)"},
    "whole": {"ru": "{count}{period}", "en": "{count}{period}"},
    "without": {"ru": ", без {named}", "en": ", without {named}"},
    "and": {"ru": " и ", "en": " and "},
    "or": {"ru": " или ", "en": " or "},
    "span": {"ru": ", с {first} по {last}", "en": ", from {first} to {last}"},
    "one_day": {"ru": ", {first}", "en": ", {first}"},
    "undated": {"ru": ", без даты — {n}", "en": ", {n} without a date"},
    "period": {"ru": " ({phrase}: {dates})", "en": " ({phrase}: {dates})"},
    "from_to": {"ru": "с {first} по {last}", "en": "{first} to {last}"},
    "from": {"ru": "с {first}", "en": "since {first}"},
    "to": {"ru": "по {last}", "en": "up to {last}"},
    "copies": {
        "ru": "Пересланные копии не считались: {n}.",
        "en": "Forwarded copies are not counted: {n}.",
    },
    "more": {
        "ru": "Показано {shown} из {n}; дальше — по кнопке «Ещё».",
        "en": "{shown} of {n} are shown; the button “More” brings the rest.",
    },
    "none": {
        "ru": "Постов, в которых есть {named}{period}, в материалах нет.",
        "en": "No post here holds {named}{period}.",
    },
    "none_at_all": {"ru": "Постов{period} нет.", "en": "There are no posts{period}."},
    "near": {"ru": "По смыслу ближе всего:", "en": "The closest by meaning:"},
    "course_too": {
        "ru": "Ещё {count} об этом есть в курсе: спросите «все материалы про {topic}».",
        "en": "The course has {count} on it too: ask for “all materials about {topic}”.",
    },
    "each": {"ru": "Отдельно: {counts}.", "en": "Each by itself: {counts}."},
    "latest": {"ru": "Последние:", "en": "The latest:"},
    "examples": {"ru": "Например:", "en": "For example:"},
    "newest_unknown": {
        "ru": "Даты в материалах не сохранились, поэтому что нового, сказать нельзя.",
        "en": "The materials keep no dates, so what is new cannot be told.",
    },
    "news": {"ru": "Вышло {count}{period}:", "en": "Published: {count}{period}:"},
    "news_on": {"ru": "Вышло: {count}:", "en": "Published: {count}:"},
    "nothing_new": {
        "ru": "За это время ничего не выходило{period}. Самое новое:",
        "en": "Nothing was published{period}. The newest:",
    },
    "months": {"ru": "{count}; по месяцам:", "en": "{count}; by month:"},
    "busiest": {"ru": "Больше всего — {month}: {n}.", "en": "The most in {month}: {n}."},
    "titled": {"ru": "Вот о чём это:", "en": "This is what it is about:"},
    "titled_where": {"ru": "Вот где это:", "en": "Here it is:"},
    "timeline": {"ru": "{count}, от старых к новым:", "en": "{count}, oldest first:"},
    "no_dates": {
        "ru": "Даты в материалах не сохранились, поэтому порядок не по времени.",
        "en": "The materials keep no dates, so this is not in order of time.",
    },
    "corrected": {"ru": "позже исправлено постом «{title}»", "en": "later corrected by “{title}”"},
    "corrects": {"ru": "исправляет пост «{title}»", "en": "corrects “{title}”"},
    "first": {"ru": "Впервые {named} — здесь:", "en": "The first with {named}:"},
    "last": {"ru": "Последний пост, в котором есть {named}:", "en": "The latest with {named}:"},
    "in_all": {"ru": "Всего {count}.", "en": "{count} in all."},
    "earlier": {
        "ru": "Раньше — {first} ({first_date}), потом — {second} ({second_date}).",
        "en": "First {first} ({first_date}), then {second} ({second_date}).",
    },
    "same_day": {
        "ru": "{first} и {second} — одного дня, {first_date}.",
        "en": "{first} and {second} are of one day, {first_date}.",
    },
    "undatable": {
        "ru": "У одного из них нет даты, поэтому сказать, что было раньше, нельзя.",
        "en": "One of them has no date, so which came first cannot be told.",
    },
    "in_title": {"ru": "{named} в названии", "en": "{named} in the title"},
    "in_text": {"ru": "{named} впервые упоминается", "en": "{named} is mentioned first"},
    "compare": {"ru": "Что об этом сказано в материалах:", "en": "What the materials say:"},
    "side": {"ru": "{named}:", "en": "{named}:"},
    "both": {"ru": "Об обоих сразу:", "en": "Both at once:"},
    "side_missing": {"ru": "Про {named} в материалах ничего нет.", "en": "The materials say nothing about {named}."},
    "guide": {
        "ru": "Порядок чтения: {named}. От первых шагов к подробностям:",
        "en": "A reading order for {named}, from first steps to details:",
    },
    "guide_all": {
        "ru": "С чего начать: от первых шагов к подробностям.",
        "en": "Where to start, from first steps to details.",
    },
    "why_about": {"ru": "о чём и для кого это", "en": "what it is about, and for whom"},
    "why_course": {"ru": "раздел курса, по порядку", "en": "a part of the course, in its order"},
    "why_first_words": {"ru": "введение: для начинающих", "en": "an introduction for beginners"},
    "why_defines": {"ru": "объясняет, что такое {terms}", "en": "explains {terms}"},
    "why_needed": {"ru": "вводит {terms}: понадобится дальше", "en": "introduces {terms}, needed further on"},
    "why_builds": {"ru": "дальше: опирается на {terms}", "en": "next: builds on {terms}"},
    "why_detail": {"ru": "подробности", "en": "details"},
    "why_correction": {"ru": "поправка к «{title}»", "en": "corrects “{title}”"},
    "popular": {
        "ru": "Просмотры и реакции у постов здесь не хранятся, поэтому самых популярных не назову.",
        "en": "Views and reactions of posts are not kept here, so I cannot name the most popular ones.",
    },
    "most_popular": {
        "ru": "Самое популярное{period}, по реакциям и просмотрам:",
        "en": "The most popular{period}, by reactions and views:",
    },
    "seen": {"ru": "реакций: {reactions}, просмотров: {views}", "en": "reactions: {reactions}, views: {views}"},
    "popular_tags": {"ru": "Чаще всего пишут на темы: {tags}.", "en": "Written about most often: {tags}."},
    "author": {"ru": "Автор: {authors}.", "en": "By: {authors}."},
    "of_itself": {"ru": "О канале:", "en": "About the channel:"},
    "contact": {"ru": "Вот что об этом сказано:", "en": "This is what is said of it:"},
    "no_author": {"ru": "Кто автор, в материалах не указано.", "en": "The materials do not name an author."},
    "of_oneself": {"ru": "О себе:", "en": "About themself:"},
    "links": {"ru": "Вот ссылки:", "en": "Here are the links:"},
    "no_links": {
        "ru": "Адреса в материалах нет. Вот где об этом сказано:",
        "en": "The materials hold no address. This is where it is spoken of:",
    },
    "no_link_to": {
        "ru": "Ни ссылки на {named}, ни поста об этом в материалах нет.",
        "en": "The materials hold no link to {named}, and no post on it.",
    },
    "no_such_link": {
        "ru": "Ссылки именно на {named} в материалах нет. Ближе всего:",
        "en": "The materials hold no link to {named} itself. The closest:",
    },
    "which_link": {
        "ru": "Ссылку на что? Напишите, на что она нужна, и я поищу адрес в материалах.",
        "en": "A link to what? Write what it is for, and I will look for its address in the materials.",
    },
    "began": {"ru": "Первый пост здесь — {date}:", "en": "The first post here is of {date}:"},
    "no_beginning": {
        "ru": "Даты в материалах не сохранились, поэтому когда начался канал, сказать нельзя.",
        "en": "The materials keep no dates, so when the channel began cannot be told.",
    },
    "polls": {
        "ru": "{n} {n|опрос|опроса|опросов}, новые первыми:",
        "en": "{n} {n|poll|polls}, the newest first:",
    },
    "no_polls": {"ru": "Опросов в материалах нет.", "en": "There are no polls in the materials."},
    "corrections": {"ru": "Вот что исправлено позже, новое первым:", "en": "What was corrected later, newest first:"},
    "no_corrections": {
        "ru": "Постов, которые исправляют прежние{about}, в материалах нет.",
        "en": "No post here corrects an earlier one{about}.",
    },
    "about_it": {"ru": " про {named}", "en": " on {named}"},
    "chat": {"ru": "Вот где о чате сказано:", "en": "This is what is said of a chat:"},
    "no_chat": {
        "ru": "Адреса чата в материалах нет. Вот как ещё можно связаться:",
        "en": "The materials name no chat. These are the other ways to get in touch:",
    },
    "no_chat_at_all": {"ru": "Чата материалы не называют.", "en": "The materials name no chat."},
    "which_one": {"ru": "Об этом — здесь:", "en": "It is here:"},
    "which_several": {"ru": "Об этом — в нескольких местах:", "en": "In several places:"},
    "which_rest": {
        "ru": "Ещё {count} об этом: спросите «все материалы про {topic}».",
        "en": "{count} more on it: ask for “all materials about {topic}”.",
    },
    "course_list": {"ru": "{count}, по порядку:", "en": "{count}, in order:"},
    "no_course": {
        "ru": "Курсов и лекций в материалах нет, только посты.",
        "en": "There are no courses or lectures here, only posts.",
    },
}


def say(key: str, language: Language, **values: object) -> str:
    """A text with its values; `{n|пост|поста|постов}` takes the form that fits the number `n`."""
    text = _PLURAL.sub(
        lambda match: _form(int(str(values[match[1]])), match[2].split("|"), language), _TEXTS[key][language]
    )
    return text.format(**values) if values else text


def _form(count: int, forms: list[str], language: Language) -> str:
    if language == "en":
        return forms[0] if count == 1 else forms[1]
    if count % 10 == 1 and count % 100 != 11:
        return forms[0]
    return forms[1] if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else forms[2]


def named(words: str, language: Language) -> str:
    return f"«{words}»" if language == "ru" else f"“{words}”"
