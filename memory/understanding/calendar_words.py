"""The words that dates are made of, in Russian and English. Texts are lower case, without «ё»."""

from __future__ import annotations

import re

UNITS = {"day": 1.0, "week": 7.0, "month": 30.44, "year": 365.25}  # days

NUMBERS = {
    "полтор": 1.5, "пар": 2, "неск": 3, "a cou": 2, "couple": 2, "a few": 3, "few": 3, "some": 3,
    "дв": 2, "тр": 3, "четыр": 4, "пят": 5, "шест": 6, "сем": 7, "восем": 8, "девят": 9, "десят": 10,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_NUMBER = (
    r"\d{1,4}|пар[уы]|несколько|нескольких|полтор[аы]|дв[аеу]х?|трех|три|четыр(?:е|ех)|пят[ьи]|шест[ьи]|сем[ьи]|"
    r"восем[ьи]|девят[ьи]|десят[ьи]|a couple of|a couple|couple of|a few|few|some|two|three|four|five|six|seven|eight|"
    r"nine|ten|a|an|one|один|одну|одна"
)
_UNIT = r"дня|дней|день|дни|недел[юиья]|недель|неделе|месяцев|месяца?|месяце|лет|года?|году|days?|weeks?|months?|years?"

MONTHS: tuple[tuple[str, ...], ...] = (
    ("январ", "jan"), ("феврал", "feb"), ("март", "mar"), ("апрел", "apr"), ("май", "мая", "мае", "маю", "may"),
    ("июн", "jun"), ("июл", "jul"), ("август", "aug"), ("сентябр", "sep"), ("октябр", "oct"), ("ноябр", "nov"),
    ("декабр", "dec"),
)  # fmt: skip
MONTH = (
    r"январ[ьяею]|феврал[ьяею]|март(?:а|е|у|ом)?|апрел[ьяею]|ма[йяею]|июн[ьяею]|июл[ьяею]|август(?:а|е|у|ом)?|"
    r"сентябр[ьяею]|октябр[ьяею]|ноябр[ьяею]|декабр[ьяею]|january|february|march|april|may|june|july|august|"
    r"september|october|november|december"
)

SEASONS: tuple[tuple[str, ...], ...] = (
    ("зим", "winter"), ("весн", "spring"), ("лет", "summer"), ("осен", "autumn", "fall")
)  # fmt: skip
SEASON = re.compile(
    r"\b(?:(?P<which>прошл\w+|этой|этим|этого|нынешн\w+|last|this)\s+)?(?:(?:in|during)\s+)?(?:the\s+)?"
    r"(?P<season>зим(?:ой|ою|ы|у)|весн(?:ой|ою|ы|у)|лет(?:ом|о|а)|осен(?:ью|и|ь)|"
    r"winter|spring|summer|autumn|(?<=last )fall|(?<=the )fall|(?<=this )fall)\b"
    r"(?:\s+(?:of\s+)?(?P<year>20\d\d)(?:\s*г(?:ода|\.)?)?|\s+(?P<past>прошлого)\s+года)?"
)

WEEKDAYS: tuple[tuple[str, ...], ...] = (
    ("понедел", "monday"), ("вторн", "tuesday"), ("сред", "wednesday"), ("четверг", "thursday"), ("пятниц", "friday"),
    ("суббот", "saturday"), ("воскрес", "sunday"),
)  # fmt: skip
WEEKDAY = re.compile(
    r"\b(?:во?|on|last)\s+(?:(?:прошл\w+|этот|эту|это|last)\s+)?"
    r"(?P<day>понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday)\b"
)

PLAIN_DAYS = re.compile(
    r"\b(?:позавчера|вчера(?:шнего дня|шний|шнем|шнего)?|сегодня(?:шнего дня)?|the day before yesterday|"
    r"day before yesterday|yesterday|last night|today)\b"
)
DAY_PARTS = re.compile(
    r"\b(?:утром|утра|днем|вечером|вечера|ночью|(?:in the )?(?:morning|afternoon|evening)|(?:at )?night)\b"
)
AGO = re.compile(
    rf"\b(?:(?:около|примерно|где-то|about)\s+)?(?:(?P<number>{_NUMBER})\s+)?(?P<unit>полгода|{_UNIT})\s+(?:тому\s+)?"
    r"(?:назад|ago)\b"
)
RELATIVE = re.compile(
    rf"\b(?:(?:на|в|за|во)\s+)?(?P<which>прошл(?:ой|ом|ый|ую|ое)|этой|этом|эту|этот|предыдущ\w+|минувш\w+|"
    rf"last|this|previous)\s+(?P<unit>неделе|неделю|месяце|месяц|году?|week|month|year)\b(?!\s*назад)"
    rf"|\b(?:за|in|during|over|for)\s+(?:the\s+)?(?P<which2>последн\w+\s+|last\s+|past\s+)?(?:(?P<number>{_NUMBER})\s+)?"
    r"(?P<unit2>дня|дней|день|неделю|недели|недель|месяц|месяца|месяцев|год|года|полгода|лет|days?|weeks?|months?|years?)\b"
    r"(?!\s*назад)"
)
LAST_TALK = re.compile(
    r"\b(?:в|с|во время)\s+(?:прошл\w+|последн\w+|предыдущ\w+)\s+раза?\b|"
    r"\b(?:(?:в|с|во время)\s+)?(?:прошл|последн|предыдущ)\w+\s+(?:разговор|бесед)\w*|"
    r"\b(?:the\s+)?(?:last|previous)\s+(?:time|talk|conversation)\b"
)
# Something of the reader's own: «до отпуска», «после защиты», "before my holiday"
EVENT = re.compile(
    r"\b(?P<side>до|после|перед|во время|before|after|during)\s+(?:(?:моего|моей|моих|моим|my|the|нашего|нашей)\s+)?"
    r"(?P<event>отпуск\w*|каникул\w*|экзамен\w*|сесси\w*|защит\w*|диплом\w*|поездк\w*|командировк\w*|болезн\w*|переезд\w*|"
    r"собеседован\w*|конференци\w*|хакатон\w*|релиз\w*|дедлайн\w*|дедлайна|доклад\w*|соревновани\w*|свадьб\w*|родов|"
    r"holidays?|vacation|exams?|defen[cs]e|trip|move|interview|conference|hackathon|release|deadline)\b"
)
