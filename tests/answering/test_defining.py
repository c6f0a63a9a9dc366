"""What a thing is: the sentence, the title and the post that introduce it, in either language."""

from __future__ import annotations

import pytest

from konspekt.answering.question.ranking import defined_name
from konspekt.answering.writing.kinds.defining import defines, definitions, is_called_so, is_definition
from konspekt.answering.writing.kinds.naming import alike
from konspekt.answering.writing.kinds.own_questions.reasons import below_their_title, same_question, told_apart
from konspekt.answering.writing.kinds.units import units_of
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.query.abbreviations import before_brackets, by_initials, is_abbreviation
from tests.answering.passages import passage


def surest(name: str, text: str, title: str = "Заметки") -> str:
    units = units_of(text)
    surely = definitions(name, title, units)
    return units[surely.index(max(surely))].text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Фрост", "Фрост — это набор для проверки памяти."),
        ("фроста", "Фрост — набор для проверки памяти."),
        ("MoE", "МоЕ — это вид моделей с экспертами."),  # in Cyrillic letters
        ("GQA", "GQA (grouped-query attention) — общие ключи на группу голов."),
        ("калибровка", "**Калибровка**: прогон сотни примеров до сжатия."),
        ("LRU", "LRU is a cache that forgets what was used longest ago."),
        ("KL divergence", "**KL divergence** is the distance of two distributions."),
        ("Nunchaku", "Ядра двух ветвей слили — это движок Nunchaku."),
        ("reflow", "Эту процедуру называют reflow."),
        ("квантизация", "Квантизовать — заменить число на маленькое целое."),
        ("BPE", "Идея BPE очень простая: сливаем самые частые пары."),
    ],
)
def test_the_sentence_that_says_what_a_thing_is_beats_those_that_name_it(name: str, said: str) -> None:
    text = f"Вчера опять возились с {name}. Про {name} спрашивают часто.\n\n{said}\n\nУ {name} быстрый сайт."
    assert surest(name, text) == said
    assert is_definition(defines(name, "Заметки", units_of(text)))


def test_a_heading_that_asks_where_a_thing_comes_from_introduces_it() -> None:
    text = "## Откуда берётся шум квантования\n\nОшибка округления ведёт себя как равномерный шум."
    assert (
        surest("шум квантования", f"{text}\n\n## Лекции\n\nШум и DDPM.")
        == "Ошибка округления ведёт себя как равномерный шум."
    )


def test_a_clause_says_what_a_thing_does() -> None:
    assert is_definition(
        defines("VAE", "Архив", units_of("Сначала учат автоэнкодер, который сжимает картинку в 8 раз."))
    )
    assert not is_definition(defines("VAE", "Архив", units_of("Ancestral — VAE, который сжимает картинку в 8 раз.")))


def test_an_abbreviation_is_what_its_letters_begin() -> None:
    assert by_initials("cfg", "Зачем Classifier-free guidance в 2025") == ["Classifier-free guidance"]
    assert by_initials("скв", "Сами купили воду, и вино") == ["Сами купили воду"]
    assert by_initials("cfg", "Config files, guides") == []
    assert before_brackets("QAT", "О quantization-aware training (QAT) позже, о тесте (QAT) нет") == [
        "quantization-aware training"
    ]
    assert not any(map(is_abbreviation, ("LoRA", "Cfg", "q4", "что такое")))


@pytest.mark.parametrize(
    "text",
    [
        "Вчера опять возились с LoRA. У неё быстрый сайт.",
        "Показатель 0 — это LoRA без масштаба.",
        "Куда пропала LoRA? Она пропала.",
        "Сравнили LoRA с полным дообучением.",
        "Что у вас дома? LoRA — 141 (50 %). DoRA — 38 (14 %).",  # the options of a poll
    ],
)
def test_naming_a_thing_does_not_define_it(text: str) -> None:
    assert not is_definition(defines("LoRA", "Куда пропадает LoRA", units_of(text)))


@pytest.mark.parametrize(
    ("name", "title", "text", "said"),
    [
        ("EMA", "EMA: почему картинки хуже", "Веса дрожат. Среднее дрожание убирает.", "Веса дрожат."),
        ("lora", "LoRA", "Две тонкие матрицы. Ещё что-то.", "Две тонкие матрицы."),
        ("MoE", "Что такое Mixture of Experts (MoE)?", "Часть слоёв — эксперты. Выбирает их сеть.", "Часть слоёв"),
        ("GPTQ", "GPTQ: округляй", "Наивно округлять плохо. GPTQ идёт по столбцам.", "GPTQ идёт по столбцам."),
        (
            "nGPT",
            "nGPT: на сфере",
            "Недавно вышла статья. Авторы убрали нормы и заменили их.",
            "Авторы",
        ),
        ("DDPM", "Заметки", "Картинку зашумляют. Сеть угадывает шум. Это DDPM.", "Это DDPM."),
        (
            "router",
            "Notes",
            "It is late.\n\n## What is a router\n\nA net that picks experts. Small.",
            "A net",
        ),
    ],
)
def test_where_nothing_says_it_the_opening_below_the_title_does(name: str, title: str, text: str, said: str) -> None:
    assert surest(name, text, title).startswith(said)


def test_what_stands_far_below_a_title_is_no_opening() -> None:
    units = units_of("Веса дрожат. Среднее дрожание убирает.")
    assert is_definition(defines("EMA", "EMA: почему картинки хуже", units))
    assert not is_definition(defines("EMA", "EMA: почему картинки хуже", units, opens=False))


def test_a_remark_in_a_digest_gives_way_to_the_post_that_is_titled_so() -> None:
    digest = units_of("1. EDM — если не читали, это знак.\n2. AWQ — шесть страниц идеи.")
    own = units_of("Важность веса определяется активацией. Оставьте один процент.")
    assert defines("AWQ", "AWQ: берегите один процент", own) > defines("AWQ", "Дайджест", digest)


def test_letters_that_only_look_alike_are_told_apart_in_words_and_not_in_short_forms() -> None:
    assert alike("МоЕ и КВ, моё мнение") == "MoE и KB, моё мнение"


def chosen_of(name: str, text: str, title: str = "Заметки", enough: int = 340) -> str:
    found = passage(1, title, text)
    units = units_of(text)
    return " ".join(units[i].text for i in Wanted(f"что такое {name}?", name).chosen(found, units, enough))


def test_a_definition_comes_with_how_the_thing_works_where_a_section_tells_it() -> None:
    text = (
        "MoE — это вид моделей, который используется везде. Далеко ходить не надо. Их много.\n\n"
        "Чем MoE отличаются от обычных?\n\nЧасть слоёв — эксперты. Кому что считать, решает маршрутизатор.\n\n"
        "Почему их не любят?\n\nПамяти нужно больше."
    )
    said = chosen_of("MoE", text)
    assert "вид моделей" in said
    assert "маршрутизатор" in said
    assert "Памяти" not in said


def test_a_short_definition_comes_with_the_sentence_beside_it() -> None:
    assert "с одной стороны — данные" in chosen_of(
        "диффузия", "Строим мост: с одной стороны — данные. Диффузионные модели строят мост из шума."
    )


FP8 = "Виды:\n- **E4M3**: максимум 448.\n- **E5M2**: максимум 57344.\n"


@pytest.mark.parametrize(
    ("question", "title", "same"),
    [
        ("почему квантовать диффузию труднее", "Почему диффузию квантовать труднее, чем LLM", True),
        ("why are straight paths cheap?", "Why straight paths are cheap", True),
        ("почему нет fp8 на T4", "Почему диффузию квантовать труднее, чем LLM", False),
        ("когда защита проектов", "Почему защита проектов сдвинулась", False),
        ("какой сэмплер выбрать", "Какой сэмплер выбрать и сколько шагов ставить", True),
        ("какой сэмплер лучше", "Какой сэмплер выбрать и сколько шагов ставить", True),
        ("почему картинка чёрная", "Чёрные картинки в SDXL", True),
        ("почему картинка", "Чёрные картинки в SDXL", False),
        ("сколько весит чёрная картинка", "Чёрные картинки в SDXL", False),
    ],
)
def test_a_title_that_is_the_question_is_known(question: str, title: str, same: bool) -> None:
    assert same_question(question, title) is same


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("зачем нужна квантизация?", "квантизация"),
        ("для чего вообще нужен VAE", "VAE"),
        ("why do we need EMA?", "EMA"),
        ("в чём фишка диффузии", "диффузии"),
        ("зачем нужна LoRA, если есть QLoRA и много памяти?", None),
        ("почему шум гауссов?", None),
    ],
)
def test_what_a_thing_is_for_is_asked_of_its_name(question: str, name: str | None) -> None:
    assert defined_name(question) == name


@pytest.mark.parametrize(
    ("name", "title", "text", "introduces"),
    [
        ("guidance", "Guidance, которого нет", "У новой модели guidance — не то. Второго прохода нет.", False),
        ("guidance", "Classifier-free guidance", "Модель учат двум вещам. На генерации считают оба.", True),
        ("диета", "Средиземноморская диета: коротко", "Рыба и масло каждый день. Хлеба мало.", True),
        ("диета", "Вредная соседская диета", "Рыба и масло каждый день.", True),
        ("diet", "Why I quit every diet", "Fish and oil each day.", False),
        ("kv cache", "KV-кэш: сколько он весит", "Чтобы не считать прошлое, хранят ключи.", True),
        ("flash attention", "FlashAttention: плитками", "Матрица целиком не нужна.", True),
    ],
)
def test_an_introduction_is_told_by_its_title(name: str, title: str, text: str, introduces: bool) -> None:
    assert is_definition(defines(name, title, units_of(text))) is introduces


def test_another_thing_of_the_same_first_name_introduces_nothing() -> None:
    below = units_of("Попросите нарисовать ночь. Получите день.")
    assert defines("latent space", "Латентная диффузия: в архиве", below) > 0.6
    assert defines("Stable Cascade", "Stable Diffusion не умеет", below) < 0.2


def test_names_meet_in_either_language() -> None:
    said = "**Perplexity** is the exponent of the mean loss."
    assert is_definition(defines("перплексия", "Lecture 8", units_of(said)))
    assert is_definition(defines("perplexity", "Лекция", units_of("Перплексия — это экспонента средней ошибки.")))


def test_a_sentence_that_tells_two_things_apart_is_worth_more_than_one_that_names_both() -> None:
    units = units_of("Там берут вариант INT8 + FP8. Против int8: у FP8 шаг растёт вместе с числом.")
    apart = told_apart("чем int8 отличается от fp8", "Форматы", units)
    assert apart[1] > apart[0] == 0
    assert not any(told_apart("сколько байт в int8 и fp8", "Форматы", units))
    pair = told_apart("чем euler отличается от хойна", "Сэмплеры", units_of(
        "Метод Эйлера делает один шаг. Метод Хойна — пробный шаг и поправку. Повторите на семинаре: Эйлер и Хойн."
    ))  # fmt: skip
    assert pair[0] == pair[1] > 0 > pair[2]
    versions = units_of("QuIP#, как и первый QuIP, крутит веса. В первой работе матрицы одни, а в новой — другие.")
    common, apart_now = told_apart("чем quip# отличается от quip", "QuIP#: даже лучше", versions)
    assert apart_now > 0 > common
    below = told_apart("чем dit отличается от unet", "DiT вместо UNet", units_of("Взяли трансформер. Он дороже."))
    assert below[0] > below[1] == 0


def test_below_a_title_that_is_the_question_the_first_sentences_answer() -> None:
    units = units_of("Потому что она вызывает саму себя. Множитель не годится. Утешение: не видно.")
    worth = below_their_title("почему квантовать диффузию труднее", "Почему квантовать диффузию труднее", units)
    assert worth[0] > worth[1] > worth[2] == 0
    said = below_their_title("что сложнее квантовать llm или диффузию", "Диффузию квантовать труднее, чем LLM", units)
    assert said[0] > said[1] > said[2] == 0
    assert not any(below_their_title("что сложнее квантовать vae или диффузию", "Диффузию квантуют, а LLM нет", units))


def test_another_version_is_not_what_is_defined() -> None:
    said = passage(1, "Sparse2: разреженность", "Sparse2 — это ядро, которое пропускает нули.")
    assert Wanted("что такое Sparse2", "Sparse2").states([said])
    assert not Wanted("что такое Sparse3", "Sparse3").states([said])
    assert not Wanted("что такое Sparse2 на A100", "Sparse2").states([said])


def test_what_only_says_how_a_thing_is_called_is_shown_below_its_title() -> None:
    assert is_called_so("Nunchaku", "SVDQuant: четыре бита", "Её ядра слили — это движок Nunchaku.")
    assert is_called_so("reflow", "Прямые пути", "Эту процедуру называют reflow.")
    assert not is_called_so("BPE", "BPE: как режут слова", "Идея BPE простая.")
    assert not is_called_so("reflow", "Прямые пути", "Reflow — выпрямление путей.")
    assert not is_called_so("reflow", "Прямые пути", "Сначала учат, потом выпрямляют.")
