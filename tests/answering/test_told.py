"""What a passage tells by its form, and what a question asks for."""

from __future__ import annotations

import pytest

from konspekt.answering.judging.asked import holds_kind, kind_of, lacks_kind
from konspekt.answering.judging.told import asks_the_same, tells
from konspekt.answering.words.authors import asks_for_author, tells_author_of

PRUNED = "Wanda (Sun и др., 2023) выкидывает веса, не глядя на градиенты. Считает за минуты."


@pytest.mark.parametrize(
    ("question", "title", "text"),
    [
        ("кто придумал Wanda?", "Прунинг без слёз", PRUNED),
        ("who made wanda", "Прунинг без слёз", PRUNED),
        ("Кто автор метода Wanda?", "Прунинг без слёз", PRUNED),
        ("авторы Wanda", "Прунинг без слёз", PRUNED),
        ("кто изобрёл Mamba", "Mamba: память без внимания", "Gu и Dao (2023) читают текст слева направо."),
        ("Who proposed RoPE?", "RoPE, or turning the axes", "Su et al. rotate queries and keys."),
        ("чья это идея, Lion?", "Оптимизаторы", "Lion нашли перебором программ (Chen, 2023)."),
        ("who invented FlashAttention?", "Kernels", "FlashAttention by Tri Dao never writes the matrix."),
        ("кто сделал Kandinsky", "Картинки", "Kandinsky выложили ребята из Sber."),
        ("кто сделал RWKV", "RWKV: снова рекурсия", "Потом Бо Пэн придумал, как обойтись без внимания."),
        ("кто придумал Zephyr", "Zephyr: ветер", "Ещё один Lewis Tunstall взялся за дистилляцию."),
        ("кто придумал nGPT", "Сфера", "А nGPT — это Loshchilov и др., и бегает он быстро."),
    ],
)
def test_a_citation_tells_who_made_it(question: str, title: str, text: str) -> None:
    assert tells_author_of(question, title, text)
    assert tells(question, title, text)


@pytest.mark.parametrize(
    ("question", "title", "text"),
    [
        ("кто придумал Wanda?", "Прунинг без слёз", "SparseGPT (Frantar и др., 2023) решает уравнения."),
        ("кто придумал Wanda?", "Прунинг без слёз", "Авторы Wanda обещают минуты. Берите код от Wanda."),
        ("who proposed RoPE?", "Positions", "ALiBi (Press et al., 2021) adds a slope; RoPE turns the axes."[:42]),
        ("сколько параметров у Wanda?", "Прунинг без слёз", PRUNED),
        ("кто ведёт канал?", "О канале", "Wanda (Sun и др., 2023)."),
        ("кто придумал?", "О канале", PRUNED),
    ],
)
def test_a_citation_of_something_else_tells_nothing(question: str, title: str, text: str) -> None:
    assert not tells_author_of(question, title, text)


@pytest.mark.parametrize(
    "question",
    [
        "кто ведёт курс?",
        "кто автор канала",
        "who wrote this post",
        "кто тебя создал",
        "до какого места автор ньюз добрался на Kaggle?",
        "сколько авторов у статьи",
    ],
)
def test_who_makes_the_channel_is_another_question(question: str) -> None:
    assert not asks_for_author(question)


@pytest.mark.parametrize(
    ("question", "title", "same"),
    [
        ("откуда взялся shift 3?", "Откуда взялся shift = 3", True),
        ("а почему квантовать диффузию труднее", "Почему диффузию квантовать труднее, чем LLM", True),
        ("Why are straight paths cheap?", "Why straight paths are cheap", True),
        ("где живёт кот", "Куда делся кот", False),  # says nothing of living
        ("как устроен кэш", "Почему кэш так устроен", False),
        ("почему диффузия?", "Почему диффузия", False),  # too little to be sure
        ("что там с кэшем", "KV-кэш: сколько он весит", False),
    ],
)
def test_a_title_may_ask_the_very_question(question: str, title: str, same: bool) -> None:
    assert asks_the_same(question, title) == same


def test_a_sentence_without_anybody_lacks_the_maker() -> None:
    assert lacks_kind("кто придумал Wanda?", "Wanda выкидывает веса и считает за минуты.")
    for told in (PRUNED, "Wanda, за которой стоит Mingjie Sun, выкидывает веса.", "Прочёл Wanda от Google."):
        assert holds_kind("кто придумал Wanda?", told) == 1.0


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ("Самая быстрая из открытых.", 1.0),
        ("Рисует медленнее соседей.", 1.0),
        ("24 кадра в секунду.", 1.0),
        ("It is fast and cheap.", 1.0),
        ("Хорошая модель, рекомендую.", 0.0),
    ],
)
def test_a_speed_is_told_in_words_as_well(told: str, held: float) -> None:
    assert holds_kind("какая скорость у этой модели?", told) == held
    assert holds_kind("how fast is this model?", told) == held


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("FID и JPEG", None),
        ("fid jpeg", None),
        ("у меня 8 гб видеопамяти, что делать?", None),
        ("мне не хватает процентов для оценки", None),
        ("perplexity and temperature", None),
        ("какой FID у SDXL", "fid"),
        ("fid у DiT", "fid"),
        ("what FID does it reach?", "fid"),
        ("какая перплексия выходит", "perplexity"),
        ("сколько процентов снимают", "percent"),
        ("сколько нужно vram", "memory"),
        ("какая скорость у LTX-Video?", "speed"),
        ("how fast is it", "speed"),
        ("кто придумал LoRA", "author"),
        ("кто ведёт семинары", "person"),
        ("покажи код обучения", "code"),
        ("код сэмплера", "code"),
        ("можно ли списывать", "permission"),
        ("can I use a tutor?", "permission"),
        ("что по срокам", "date"),
        ("что там по сроку второго", "date"),
    ],
)
def test_a_measure_is_asked_for_and_not_only_named(question: str, kind: str | None) -> None:
    found = kind_of(question)
    assert (found.name if found else None) == kind
