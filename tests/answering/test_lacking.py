"""What an answer in quotes leaves open: a thing that has a noun or a sign of its own, another one's number or
condition, a clause that only says more of the question."""

from __future__ import annotations

import pytest

from konspekt.answering.judging.asked import holds_kind
from konspekt.answering.judging.by_form import surer
from konspekt.answering.lacking.missing import Missing, missing
from konspekt.answering.lacking.named import asked_names
from konspekt.answering.lacking.quoted import Quoted, quoted_lines
from konspekt.answering.question.two_parts import is_clause, two_parts
from konspekt.answering.writing.extractive import Quote
from konspekt.answering.writing.kinds.units import units_of
from konspekt.answering.writing.quoting import Excerpt
from tests.answering.passages import passage


def would_be_shown(title: str, text: str) -> Quoted:
    units = tuple(units_of(text))
    return quoted_lines(Excerpt(Quote(passage(1, title, text), text, 1.0), units, tuple(range(len(units)))))


@pytest.mark.parametrize(
    ("title", "text", "questions"),
    [
        (
            "Пылесос Zip",
            "Zip сам объезжает стулья. За час он убирает две комнаты.",
            (
                "какой порог включения у Zip?",
                "при какой температуре Zip выключается",
                "какая погрешность датчика у Zip",
                "с какой скоростью обучения учили Zip?",
                "what learning rate was Zip trained with",
                "какую λ ставить в Zip",
                "какой командой ставить Zip?",
                "каким методом Zip строит карту",
                "в каком университете придумали Zip?",
                "which university made Zip",
                "какая фамилия у автора Zip",
                "сколько уборок осталось у Zip до замены щётки",
            ),
        ),
        (
            "Зачёт",
            "Зачёт письменный, четыре задачи. За каждую задачу дают 5 баллов. Сдать до 3 марта.",
            (
                "сколько баллов снимут за списывание",
                "сколько раз можно пересдавать зачёт?",
                "можно ли пересдать зачёт",
                "когда объявят результаты зачёта?",
                "when will the grades be out",
                "кто проверяет зачёт?",
                "сколько человек записалось на зачёт",
                "когда зачёт в следующем семестре?",
                "будет ли курс весной",
            ),
        ),
        (
            "Сжатие",
            "Для x-сжатия берут множитель 7. На четырёх битах хватает трёх сигм.",
            (
                "какой множитель у y-сжатия",
                "сколько сигм нужно при пяти битах?",
                "можно ли сжимать на телефоне",
                "как работает перегонка?",
                "зачем нужен кэш",
            ),
        ),
        (
            "Zip на тестах",
            "Zip набрал 81 пункт в тесте HardQA. В тесте SoftQA он уступил Tar.",
            ("сколько пунктов у Zip в SoftQA?", "how many points did Zip get on SoftQA"),
        ),
        (
            "Меняем время",
            "По итогам голосования встречи теперь по средам в 18:15, ближайшая — 9 мая.",
            ("сколько голосов за среду?", "сколько голосов набрала среда"),
        ),
        ("Итоги", "Лучшая ошибка 0.07 у команды «Синий кит».", ("сколько команд участвовало?",)),
        ("Счёт", "На картинке 16 клеток, каждая картинка своя.", ("сколько карт нужно, чтобы обучить такую сеть?",)),
        ("Zip", "Zip втрое быстрее Tar.", ("во сколько раз Zip2 быстрее Tar?",)),
        ("Замеры", "Прогрев занимает 40 секунд.", ("на сколько шагов хватит бумаги принтеру?",)),
    ],
)
def test_what_has_a_sign_of_its_own_is_missed(title: str, text: str, questions: tuple[str, ...]) -> None:
    for question in questions:
        assert missing(question, [would_be_shown(title, text)]) is not None, question


@pytest.mark.parametrize(
    ("question", "title", "text"),
    [
        ("какой порог включения у Zip?", "Zip", "Порог включения — 12 люмен."),
        ("какую погрешность допускают", "Погрешность датчика", "Хватает 2 %."),
        ("при какой температуре Zip выключается", "Zip", "Выключается при 70 °C."),
        ("с какой скоростью обучения учили Zip?", "Zip", "Учили с lr 3e-4."),
        ("какую λ ставить в Zip", "Zip", "Хватает lambda = 2."),
        ("какая λ важнее", "Zip", "Важнее вторая λ, она держит шум."),
        ("какой командой ставить Zip?", "Zip", "Ставится так: `pip install zip`."),
        ("каким методом Zip строит карту", "Zip", "Карту он строит методом ближайших соседей."),
        ("в каком университете придумали Zip?", "Zip", "Придумали его в EPFL."),
        ("какая фамилия у автора Zip", "Zip", "Написал его Павел Новак."),
        ("сколько уборок осталось", "Zip", "После ремонта осталось 12 уборок."),
        ("сколько баллов снимают за опоздание", "Зачёт", "За опоздание минус 2 балла."),
        ("можно ли пересдать зачёт", "Зачёт", "Пересдача одна, в январе."),
        ("когда объявят результаты зачёта?", "Зачёт", "Результаты выложим 5 марта."),
        ("сколько человек записалось", "Зачёт", "Записалось 40 человек."),
        ("будет ли курс весной", "Курс", "Весной всё повторим."),
        ("какой множитель у y-сжатия", "Сжатие", "У x-сжатия множитель 7, у y-сжатия множитель 9."),
        ("сколько сигм нужно при пяти битах?", "Сжатие", "На четырёх битах три сигмы, на пяти битах четыре."),
        ("почему нельзя ровно 50 кадров", "Видео", "Кадров бывает 49 или 81."),
        ("сколько пунктов у Zip в SoftQA?", "Zip на тестах", "81 пункт в HardQA и 77 в SoftQA."),
        ("сколько голосов за среду?", "Опрос", "За среду 31 голос."),
        ("сколько бит на вес", "Веса", "Выходит 4,5 бита на вес."),
        ("сколько карт нужно", "Zip", "Хватит двух карт."),
        ("во сколько раз Zip2 быстрее Tar?", "Zip 2", "Он в 3 раза быстрее Tar."),
        ("можно ли сжимать на телефоне", "Сжатие", "Телефон с этим справится."),
        ("зачем нужен кэш", "Кэш", "Чтобы не считать дважды."),
        ("сколько видеокарт надо", "Zip", "Нужно 8 GPU."),
    ],
)
def test_what_may_tell_it_is_not_missed(question: str, title: str, text: str) -> None:
    assert missing(question, [would_be_shown(title, text)]) is None


def test_a_no_names_what_is_missing() -> None:
    shown = [would_be_shown("Zip", "Zip сам объезжает стулья.")]
    assert missing("Какую погрешность даёт Zip?", shown) == Missing("attribute", "какую погрешность")
    assert missing("можно ли сжимать на телефоне", shown) == Missing("sibling", "телефоне")


def test_pictures_are_no_graphics_cards() -> None:
    assert not holds_kind("на скольких картах учили?", "Картинку делят на 16 частей, картинок 300.")
    assert holds_kind("на скольких картах учили?", "Учили на 16 картах.")


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        ("Во сколько раз Zip быстрее, чем Tar?", True),
        ("Сколько студентов на курсе, где учит Павел?", True),
        ("Какая карта была у Павла, когда он учил Zip?", True),
        ("How many cards did they have, when they trained Zip?", True),
        ("Что такое Zip, где скачать его веса?", False),
        ("Когда лекция и где она проходит?", False),
        ("Сколько лекций, сколько домашек?", False),
    ],
)
def test_a_clause_is_no_second_question(question: str, clause: bool) -> None:
    parts = two_parts(question)
    assert parts is not None
    assert is_clause(parts[1], question) is clause


def test_which_and_who_need_a_surer_answer() -> None:
    for question in ("какую модель взяли", "Which model did they take?", "кто ведёт семинары", "когда вышел Zip"):
        assert surer(question, 0.2) > 0.25, question
    for question in ("почему не работает", "сколько шагов", "что такое Zip", "What is Zip?", "как обучить Zip"):
        assert surer(question, 0.2) == 0.2, question


def test_a_word_that_a_question_was_asked_with_in_the_other_language_is_no_name() -> None:
    assert [one.written for one in asked_names("сколько баллов дают за task по LoRA")] == ["LoRA"]


@pytest.mark.parametrize(
    "question",
    ["а если на пару дней опоздаю", "а на неделю можно?", "can i switch it on somehow", "how do i time it properly"],
)
def test_how_long_and_what_names_nothing_are_no_condition(question: str) -> None:
    assert missing(question, [would_be_shown("Зачёт", "Каждый день опоздания стоит балл.")]) is None
