"""Questions made from the material: what is asked, what answers, and how it is typed."""

from __future__ import annotations

import json
import random

import pytest

from konspekt.answering.making.by_model import checked
from konspekt.answering.making.disguise import disguised
from konspekt.answering.making.facts import facts_of, names_of
from konspekt.answering.making.mix import Read, make
from konspekt.answering.making.near import near_misses
from konspekt.indexer.evaluation import holds_answer
from konspekt.indexer.query.keyboard import typed_in_russian


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("NF4 — 16 уровней по квантилям нормального распределения.", "Сколько уровней у NF4?", "16 уровней"),
        ("Score — градиент логарифма плотности, ∇ log p(x).", "Что такое Score?", "градиент логарифма плотности"),
        ("Гидрид — это соединение металла и водорода.", "Что такое гидрид?", "соединение металла и водорода"),
        ("Картинка выходит серой, потому что среднее шума равно нулю.", "Почему картинка выходит серой?",
         "среднее шума равно нулю"),
        (
            "Разнообразие страдает меньше, потому что обе модели согласны.",
            "Почему разнообразие страдает меньше?",
            "обе модели согласны",
        ),
        ("Латент умножают на константу, чтобы его дисперсия была единичной.", "Зачем латент умножают на константу?",
         "его дисперсия была единичной"),
        ("Модель Qwen2.5 занимает 28 КБ на токен.", "Сколько памяти нужно Qwen2.5?", "28 КБ"),
        ("AnyAgent is an assistant that fills forms.", "What is AnyAgent?", "an assistant that fills forms"),
        ("Taking the maximum is a bad idea, because one broken token sets the range.",
         "Why is it that taking the maximum is a bad idea?", "one broken token sets the range"),
    ],
)  # fmt: skip
def test_a_sentence_becomes_a_question_with_its_own_words_as_the_answer(
    sentence: str, question: str, answer: str
) -> None:
    made = {fact.question: fact.accept for fact in facts_of("", sentence)}
    assert made.get(question) == answer
    for accept in made.values():
        assert holds_answer(sentence, [accept])


@pytest.mark.parametrize(
    "sentence",
    [
        "Что это даёт на практике: быстрее и дешевле в несколько раз.",
        "Итог — примерно вдвое быстрее на той же карте.",
        "Gen 3 — для генерации видео из картинки.",
        "SnapFusion - пруним архитектуру и дистиллируем её.",
        "Андрей — уважаемый человек и хороший друг.",
        "Модель на 175 миллиардов авторы сжали GPTQ за вечер.",
        "Бонус 5 баллов, если ваш способ обгонит GPTQ на трёх битах.",
        "Rombach и др. сжимают картинку в 8 раз по каждой стороне.",
        "| 2 bits, keys per channel | about 0.28 | a full window |",
        "Это обычно 40 шагов, и больше не нужно никому.",
        "Возьмите фотографию побольше, чтобы шум был заметен сразу.",
    ],
)
def test_what_cannot_be_asked_in_grammatical_words_is_left_alone(sentence: str) -> None:
    assert list(facts_of("", sentence)) == []


def test_names_are_things_and_not_general_abbreviations_or_formats() -> None:
    text = "SmoothQuant и GPT-4 на GPU с VAE, INT8, fp16, W8A8; Stable Diffusion, SD 1.5, IP-Adapter, Jeremy Bernstein"
    assert names_of(text) == ["SmoothQuant", "GPT-4", "SD 1.5", "IP-Adapter"]


def test_a_near_miss_asks_for_what_no_text_with_the_name_states() -> None:
    texts = ["SmoothQuant делит канал активаций.", "SmoothQuant вышел под лицензией MIT.", "FLUX стоит 5 долларов."]
    asked = [miss.attribute for miss in near_misses(["SmoothQuant"], texts, "ru")]
    assert "licence" not in asked
    assert "price" in asked
    assert {miss.attribute for miss in near_misses(["FLUX"], texts, "ru")} >= {"licence"}
    assert "price" not in {miss.attribute for miss in near_misses(["FLUX"], texts, "ru")}


def test_disguises_keep_what_is_asked() -> None:
    chance = random.Random(3)
    question = "Сколько уровней у NF4?"
    assert disguised(question, "plain", chance) == question
    assert disguised(question, "translit", chance) == "skolko urovney u nf4"
    layout = disguised(question, "layout", chance)
    assert layout is not None
    assert typed_in_russian(layout.replace("nf4", "")).strip() == "сколько уровней у"
    assert layout.endswith("nf4")
    slang = disguised(question, "slang", chance)
    assert slang in {"скока уровней у NF4", "скок уровней у NF4"}
    typo = disguised(question, "typo", chance)
    assert typo is not None
    assert typo != "сколько уровней у nf4"
    assert abs(len(typo) - len("сколько уровней у nf4")) <= 1
    for style in ("translit", "layout"):
        assert disguised("What is LoRA?", style, chance) is None  # type: ignore[arg-type]


DOCUMENTS = [
    Read(f"c/{n}", f"Пост {n}", f"Quant{n} — {n + 3} уровней. Метод{n} нужен всем, потому что память дорога {n}.",
         f"https://t.me/c/{n}", "ru")
    for n in range(1, 21)
]  # fmt: skip


def test_a_file_has_both_kinds_and_every_style_and_every_answer_stands_in_its_document() -> None:
    rows = make(DOCUMENTS, 40)
    assert {row["kind"] for row in rows} == {"answerable", "near"}
    assert {row["style"] for row in rows} >= {"plain", "slang", "typo", "translit", "layout"}
    texts = {one.id: one.text for one in DOCUMENTS}
    for row in rows:
        assert row["checked"] is False
        if row["kind"] == "answerable":
            assert holds_answer(texts[row["document"]], row["accept"])
        else:
            assert row["accept"] == []
            assert "document" not in row
    assert sum(row["kind"] == "near" for row in rows) <= 0.4 * len(rows) + 1
    assert len({row["question"] for row in rows}) == len(rows)


def test_the_same_seed_draws_the_same_file_and_another_one_does_not() -> None:
    assert make(DOCUMENTS, 30, seed=1) == make(DOCUMENTS, 30, seed=1)
    assert make(DOCUMENTS, 30, seed=1) != make(DOCUMENTS, 30, seed=2)
    assert len(make(DOCUMENTS, 7)) <= 7
    assert make([], 10) == []


TEXT = "Сэмплеры\nДля SDXL я беру DPM++ и 25 шагов, больше сорока не нужно."


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        (
            {"question": "до скольки крутить семплинг?", "answer": "больше сорока не нужно", "near": "а для видео?!"},
            True,
        ),
        ({"question": "сколько ставить?", "answer": "тридцать шагов"}, False),  # not in the text
        ({"question": "это правда 25 шагов или нет", "answer": "25 шагов"}, False),  # gives the answer away
        ({"question": "Для SDXL беру DPM++, больше сорока шагов?", "answer": "25 шагов"}, False),  # a copy
        ({"question": "?", "answer": "25 шагов"}, False),
        ({"question": ["x"], "answer": None}, False),
    ],
)
def test_a_models_question_is_kept_only_with_words_of_the_text_and_in_its_own(
    reply: dict[str, object], kept: bool
) -> None:
    written = checked(f"Вот: ```json\n{json.dumps(reply, ensure_ascii=False)}\n```", TEXT)
    assert (written is not None) is kept
    if written is not None:
        assert written.near == "а для видео?!"


@pytest.mark.parametrize("reply", ["", "нет", "{", "[]", '{"question": "x"', "{}"])
def test_a_reply_that_is_no_object_is_nothing(reply: str) -> None:
    assert checked(reply, TEXT) is None
