"""A correction takes back what it speaks of, and nothing else that the older post says."""

from __future__ import annotations

import pytest

from konspekt.answering.answerer import Answerer
from tests.answering.passages import Shelf, passage

OPEN = passage(
    1,
    "Курс по диффузии: запись открыта",
    "Осенний семестр, бесплатно, онлайн. Занятия по понедельникам в 19:00. Задачу для записи шлите на почту курса.",
    corrected_by="channel/2",
)
MOVED = passage(2, "Меняем день", "С октября занятия по средам в 19:30. Больше ничего не меняется.")
RANK = passage(
    1,
    "LoRA на практике",
    "Для стиля беру ранг LoRA 128. Матрицу B начинают с нулей, чтобы модель сначала не менялась.",
    corrected_by="channel/2",
)
WRONG = passage(2, "Ранг LoRA: я ошибалась", "Новый ранг LoRA для стиля — 16. Файл меньше в восемь раз.")
SAMPLERS = passage(
    1,
    "Какой сэмплер выбрать и сколько шагов ставить",
    "1. DPM-Solver++ — по умолчанию, 20 шагов.\n2. UniPC — если шагов жалко: прилично уже на 10.",
    corrected_by="channel/2",
)
RENEWED = passage(
    2, "Сэмплер по умолчанию — обновление", "Прошлогодний список шагов устарел. Теперь ставлю Euler, 28 шагов."
)

TWO = passage(
    1,
    "Чем лепить: Polaris и Cernit",
    "Polaris мягче, чем Cernit, и держит узор хуже. Для Polaris ставлю духовку на 130 градусов.",
    corrected_by="channel/2",
)
OVEN = passage(2, "Духовка: обновление", "Для Polaris теперь ставлю духовку на 120 градусов, так держит узор.")


@pytest.mark.parametrize(
    ("old", "new", "question", "told", "not_told"),
    [
        (OPEN, MOVED, "сколько стоит курс по диффузии?", "бесплатно", "средам"),
        (OPEN, MOVED, "по каким дням занятия?", "средам", "понедельникам"),
        (OPEN, MOVED, "когда занятия курса?", "средам", "понедельникам"),
        (OPEN, MOVED, "куда слать задачу для записи?", "на почту", "средам"),
        (RANK, WRONG, "какой ранг LoRA для стиля?", "16", "128"),
        (RANK, WRONG, "почему матрицу B начинают с нулей?", "не менялась", "Новый ранг"),
        (TWO, OVEN, "чем Polaris отличается от Cernit?", "мягче", "обновление"),
        (TWO, OVEN, "на сколько градусов духовка для Polaris?", "120", "мягче"),
        (SAMPLERS, RENEWED, "что делает UniPC, если шагов жалко?", "прилично уже на 10", "28 шагов"),
    ],
)
async def test_the_newer_wins_where_it_speaks_of_what_is_asked(
    old: object, new: object, question: str, told: str, not_told: str
) -> None:
    answer = await Answerer(Shelf(old, new), None).answer(question)  # type: ignore[arg-type]
    assert told in answer.text
    assert not_told not in answer.text


@pytest.mark.parametrize(
    ("question", "told", "not_told"),
    [
        ("какой толщины брать фоамиран для лепестков?", "1 мм", "0,8"),
        ("сколько точно брать фоамирана?", "всё-таки", "0,8"),
    ],
)
async def test_a_reply_without_a_title_takes_back_the_post_that_it_answers(
    question: str, told: str, not_told: str
) -> None:
    old = passage(
        1,
        "Для лепестков беру фоамиран 0,8 мм",
        "Для лепестков беру фоамиран 0,8 мм: тянется.",
        corrected_by="channel/2",
    )
    new = passage(2, "Нет, всё-таки 1 мм", "Нет, всё-таки 1 мм. Вчера порвала четыре подряд.")
    answer = await Answerer(Shelf(old, new), None).answer(question)
    assert told in answer.text.partition(not_told)[0]  # before what it takes back
