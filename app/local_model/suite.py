"""What `konspekt models check` asks a model in Russian, and how the answers are judged. Pure data and functions.

Small on purpose: minutes on a slow processor. Each skill is what some part of Konspekt leans on; every answer is judged
by a rule, none by another model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from konspekt.answering.writing.pointing import pointed_at

Skill = Literal["follows", "copies", "translates", "refuses", "words", "points"]
SKILLS: tuple[Skill, ...] = ("follows", "copies", "translates", "refuses", "words", "points")
Purpose = Literal["words", "points", "neither"]

# A model that words answers may not invent, mangle a name or refuse what the text says: not once in fourteen tasks.
FAITH: tuple[Skill, ...] = ("copies", "refuses", "words")
ABLE = 0.75  # of following and translating
POINTING = 0.6  # five of eight: guessing finds two


@dataclass(frozen=True, slots=True)
class Task:
    """`right(answer)` judges. `sentences`: the bot's own request for their numbers is made, with `prompt` as the
    question."""

    skill: Skill
    prompt: str
    right: Callable[[str], bool]
    sentences: tuple[str, ...] = ()
    most: int = 60


def purpose_of(shares: Mapping[Skill, float]) -> Purpose:
    """What a model with these shares of right answers is fit for."""
    faithful = all(shares[skill] == 1.0 for skill in FAITH)
    if faithful and shares["follows"] >= ABLE and shares["translates"] >= ABLE:
        return "words"
    return "points" if shares["points"] >= POINTING else "neither"


def shares_of(judged: Sequence[tuple[Skill, bool]]) -> dict[Skill, float]:
    """The share of right answers of each skill."""
    return {
        skill: sum(right for name, right in judged if name == skill) / sum(name == skill for name, _ in judged)
        for skill in SKILLS
    }


# ---------------------------------------------------------------- judging


def russian(text: str) -> bool:
    """Half of its letters are Cyrillic, names of tools apart, and none comes of a third alphabet."""
    letters = [character for character in text if character.isalpha()]
    cyrillic = sum("а" <= character.lower() <= "я" or character in "ёЁ" for character in letters)
    return bool(letters) and cyrillic >= 0.5 * len(letters) and not _foreign(text)


def english(text: str) -> bool:
    return bool(re.search("[A-Za-z]", text)) and not re.search("[А-Яа-яЁё]", text) and not _foreign(text)


def _foreign(text: str) -> bool:
    """Small models slip into Chinese, and sometimes Arabic."""
    return bool(re.search(r"[\u0600-\u06ff\u3040-\u9fff]", text))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower().replace("ё", "е")))


def _says(*wanted: str, where: Callable[[str], bool] = russian) -> Callable[[str], bool]:
    """Every one of these (expressions) is said, in the right language."""
    return lambda answer: where(answer) and all(re.search(one, answer, re.IGNORECASE) for one in wanted)


def _is(*accepted: str) -> Callable[[str], bool]:
    """One of these and nothing else but punctuation."""
    return lambda answer: _plain(answer) in {_plain(one) for one in accepted}


def _one_sentence(*wanted: str) -> Callable[[str], bool]:
    said = _says(*wanted)
    return lambda answer: said(answer) and len(re.findall(r"[.!?](?:\s|$)", answer.strip())) <= 1


def _as_json(answer: str) -> bool:
    try:
        return bool(json.loads(answer) == {"город": "Казань", "год": 1005})
    except ValueError:
        return False


def _three_lines(answer: str) -> bool:
    lines = [line for line in answer.splitlines() if line.strip()]
    return len(lines) == 3 and all(line.strip().startswith("- ") for line in lines) and russian(answer)


# ---------------------------------------------------------------- tasks

_REFUSAL = "нет ответа"
_ASKED = (
    "Ответь на вопрос только по тексту, одним коротким предложением по-русски. Если в тексте ответа нет, напиши ровно: "
    "нет ответа.\n\nТекст: {text}\n\nВопрос: {question}"
)
_SAMPLER = "Для SDXL автор берёт сэмплер DPM++ 2M Karras и 25 шагов. Euler быстрее на шаг, но ему нужно 40 шагов."
_COURSE = "Курс начнётся 12 марта в 19:00. Лекции идут по вторникам, записи выкладывают на следующий день."
_CACHE = "Ключи и значения хранятся в int8, поэтому кэш занимает вдвое меньше памяти, а ответы почти не меняются."
_SENTENCES = (
    "Курс начинается двенадцатого марта.",
    "Записи лекций выкладывают на следующий день.",
    "Домашние задания проверяют ассистенты.",
    "Для зачёта нужно сдать четыре работы из шести.",
    "Вопросы задают в общем чате.",
)
_POST = (
    "Вчера наконец дошли руки до сравнения сэмплеров.",
    "Для SDXL я беру DPM++ 2M Karras и 25 шагов.",
    "Euler быстрее на шаг, но чистую картинку даёт только за сорок.",
    "Масштаб guidance выше двенадцати пережигает цвета.",
    "Всё считалось на RTX 3060, по четыре секунды на картинку.",
    "В следующий раз расскажу про апскейл.",
)
_COPIED = (
    "Встреча перенесена на 14:30, аудитория Б-207.",
    "Александра Вершинина представит отчёт за 2023 год.",
    "Версия 0.4.1 требует Python 3.11 и torch 2.13.",
    "Не «быстрее», а точнее: ошибка упала с 3,7 % до 1,2 %.",
)


def _passage(text: str, question: str) -> str:
    return _ASKED.format(text=text, question=question)


def _unanswered(text: str, question: str) -> Task:
    return Task("refuses", _passage(text, question), _is(_REFUSAL))


def _not_refused(text: str, question: str, *wanted: str) -> Task:
    said = _says(*wanted, where=lambda answer: russian(answer) or len(answer.split()) == 1)  # a bare name will do
    return Task("refuses", _passage(text, question), lambda answer: said(answer) and _REFUSAL not in _plain(answer))


def _pointed(question: str, number: int, sentences: tuple[str, ...] = _SENTENCES) -> Task:
    return Task("points", question, lambda answer: pointed_at(answer, sentences)[:1] == [number], sentences)


TASKS: tuple[Task, ...] = (
    Task("follows", "Ответь одним словом: столица Франции?", _is("Париж"), most=20),
    Task("follows", "Напиши число двадцать семь цифрами. Больше ничего не пиши.", _is("27"), most=20),
    Task("follows", "Перечисли три фрукта: каждый на своей строке, каждая строка начинается с «- ».", _three_lines),
    Task(
        "follows",
        'Верни только JSON с ключами "город" и "год", без пояснений: Казань основана в 1005 году.',
        _as_json,
    ),
    *(Task("copies", f"Повтори предложение дословно, ничего не добавляя:\n{one}", _is(one)) for one in _COPIED),
    Task(
        "translates",
        "Переведи на английский, только перевод: Курс начнётся 12 марта, запись открыта до пятницы.",
        _says(r"\bcourse", r"\b12|twelfth", "march", "friday", where=english),
    ),
    Task(
        "translates",
        "Переведи на английский, только перевод: Эта модель вдвое быстрее, но занимает больше памяти.",
        _says("model", r"twice|two times|2x|double", "fast", "memory", where=english),
    ),
    Task(
        "translates",
        "Переведи на русский, только перевод: The lecture was cancelled because the teacher is ill.",
        _says("лекци", "отмен", "бол(?:ен|еет|ьн|езн)|забол"),
    ),
    Task(
        "translates",
        "Переведи на русский, только перевод: We keep the keys in eight bits and lose almost nothing.",
        _says("ключ", r"\b8|восьм", "почти"),
    ),
    _unanswered(_SAMPLER, "Сколько видеопамяти нужно для SDXL?"),
    _unanswered(_COURSE, "Сколько стоит курс?"),
    _unanswered(_CACHE, "Кто придумал этот способ?"),
    _not_refused(_SAMPLER, "Сколько шагов нужно Euler?", r"\b40|сорок"),
    _not_refused(_COURSE, "В какой день недели идут лекции?", "вторник"),
    _not_refused(_CACHE, "В каком формате хранятся ключи?", r"int8|8 бит"),
    Task("words", _passage(_SAMPLER, "Какой сэмплер берёт автор?"), _one_sentence(r"DPM\+\+ ?2M")),
    Task("words", _passage(_COURSE, "Когда начнётся курс?"), _one_sentence(r"\b12", "март")),
    Task("words", _passage(_COURSE, "Когда появятся записи лекций?"), _one_sentence("следующ", "день")),
    Task(
        "words", _passage(_CACHE, "Во сколько раз меньше памяти занимает кэш?"), _one_sentence(r"вдвое|2 раза|два раза")
    ),
    _pointed("Когда стартует обучение?", 1),
    _pointed("Где посмотреть занятие, если я его пропустил?", 2),
    _pointed("Кто смотрит мои решения?", 3),
    _pointed("Сколько работ надо сдать, чтобы получить зачёт?", 4),
    _pointed("Куда писать, если что-то непонятно?", 5),
    _pointed("Сколько шагов нужно Euler?", 3, _POST),
    _pointed("На какой видеокарте это проверяли?", 5, _POST),
    _pointed("Почему у меня слишком яркие цвета?", 4, _POST),
)
