"""Where a question may mean one of several things it is asked back; what changes is told with its date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from konspekt.answering.answerer import Answerer
from konspekt.answering.question.choices import choices, with_choice
from konspekt.answering.question.examples import example_questions
from konspekt.answering.words.changing import asks_for_changing
from tests.answering.passages import Shelf, passage

FIRST = passage(1, "Домашнее задание 1", "Обучить DDPM на MNIST. Сдать домашку нужно до 28 сентября.")
SECOND = passage(2, "Домашнее задание 2", "Сжать модель тремя способами. Сдать домашку нужно до 9 ноября.")
OTHER = passage(3, "Погода", "Дождь.")
COURSES = [
    passage(1, "Курс «Диффузия»: запись открыта", "Курс стоит 10 000 рублей."),
    passage(2, "Курс «RAG»: запись открыта", "Курс стоит 20 000 рублей.", score=0.9),
]


@pytest.mark.parametrize(
    "question",
    [
        "когда сдавать домашку?",
        "какой срок у домашнего задания?",
        "до какого числа домашка",
        "when is the homework due",
    ],
)
def test_two_things_of_one_name_are_asked_about(question: str) -> None:
    english = [replace(FIRST, title="Homework 1"), replace(SECOND, title="Homework 2")]
    found = english if question.isascii() else [FIRST, SECOND]
    assert [one.title for one in choices(question, [*found, OTHER])] == [one.title for one in found]


@pytest.mark.parametrize(
    "question",
    [
        "когда сдавать первую домашку?",
        "когда сдавать домашку 2?",
        "когда сдавать последнюю домашку?",
        "сроки всех домашек",
        "что такое домашка?",
        "почему сдвинули домашку?",
    ],
)
def test_a_question_that_decides_or_asks_for_nothing_of_the_kind_is_answered(question: str) -> None:
    assert choices(question, [FIRST, SECOND]) == ()


@pytest.mark.parametrize("question", ["куда сдавать домашку?", "можно ли сдать домашку позже"])
def test_a_rule_that_one_of_them_tells_is_no_choice(question: str) -> None:
    rules = " Сдавать через форму. Каждый день опоздания — минус балл."
    first, second = (replace(one, text=one.text + rules) for one in (FIRST, SECOND))
    assert choices(question, [first, SECOND]) == ()
    assert len(choices(question, [first, second])) == 2


def test_courses_are_told_apart_by_what_their_titles_do_not_share() -> None:
    assert len(choices("сколько стоит курс?", COURSES)) == 2
    assert choices("сколько стоит курс RAG?", COURSES) == ()
    assert choices("сколько стоит курс?", [COURSES[0], OTHER]) == ()
    programme = passage(2, "Программа курса «Диффузия», осень 2026", "Восемь лекций.", score=0.9)
    assert choices("до какого числа запись на курс?", [COURSES[0], programme]) == ()


def test_what_a_later_post_corrects_is_no_choice() -> None:
    corrected = replace(FIRST, corrected_by=SECOND.document_id)
    assert choices("когда сдавать домашку?", [corrected, SECOND]) == ()


async def test_it_asks_back_with_both_and_answers_when_one_is_chosen() -> None:
    both = [replace(one, text=f"Когда сдавать домашку? {one.text}") for one in (FIRST, SECOND)]
    answerer = Answerer(Shelf(*both), None)
    asked = await answerer.answer("когда сдавать домашку?")
    assert asked.choices == ("Домашнее задание 1", "Домашнее задание 2")
    assert "«Домашнее задание 2»" in asked.text
    chosen = await answerer.answer(with_choice("когда сдавать домашку?", asked.choices[1]))
    assert not chosen.choices


@pytest.mark.parametrize(
    "question",
    [
        "сколько стоит курс?",
        "скок стоит подписка",
        "когда начало занятий",
        "какой дедлайн",
        "по каким дням лекции",
        "какая версия CUDA нужна",
        "what does the course cost?",
        "when is the deadline",
        "что сдавать и когда?",
        "как узнать когда дедлайн",
    ],
)
def test_prices_dates_and_versions_change(question: str) -> None:
    assert asks_for_changing(question)


@pytest.mark.parametrize(
    "question",
    [
        "когда лучше брать AWQ?",
        "что такое LoRA",
        "when should I use GPTQ",
        "почему шаг стоит двух проходов",
        "как учить v",
        "почему у меня когда я ставлю большой guidance картинка горит",
        "что делать когда картинка чёрная",
        "why does it burn when I set 20",
    ],
)
def test_reasons_and_conditions_do_not(question: str) -> None:
    assert not asks_for_changing(question)


async def test_an_answer_about_what_changes_says_of_when_it_is() -> None:
    dated = passage(1, "Курс", "Курс стоит 10 000 рублей.", published_at=datetime(2026, 8, 10, tzinfo=UTC))
    answerer = Answerer(Shelf(dated), None)
    assert "10.08.2026" in (await answerer.answer("Сколько стоит курс?")).text
    told = await answerer.answer("How much does the course cost?", language="en")
    assert told.refused or "As of 10.08.2026." in told.text
    assert "10.08.2026" not in (await answerer.answer("О чём курс за 10 000 рублей?")).text


def test_examples_are_what_a_person_would_ask() -> None:
    titles = [
        "Лекция 3. Flow matching",
        "Почему сеть предсказывает шум, а не картинку",
        "AWQ: берегите один процент",
        "⚡️SageAttention — brand new attention",
        "GPTQ или AWQ?",
        "Про что писать летом?",
        "С наступающим! За год шесть десятков конспектов, одна поправка и два серых кота.",
        "How many bits do your scales cost?",
        "Наблюдение из продакшена. Если генерация на двух машинах с одним зерном даёт разные картинки…",
    ]
    assert example_questions(titles, "ru", 9) == [
        "Почему сеть предсказывает шум, а не картинку?",
        "Что такое AWQ?",
        "GPTQ или AWQ?",
        "Что такое SageAttention?",
        "How many bits do your scales cost?",
    ]
    assert example_questions(titles, "en", 2) == ["How many bits do your scales cost?", "What is AWQ?"]
    assert example_questions(["Погода", "Лекция 1. Шум"], "ru", 3) == []
