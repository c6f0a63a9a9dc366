"""What kind of sentence answers: a whole list, the row of a table, code and formulas that belong, who made a thing."""

from __future__ import annotations

import pytest

from konspekt.answering.answer import Part
from konspekt.answering.judging.asked import tells_number
from konspekt.answering.words.introductions import introduces_himself
from konspekt.answering.writing.extractive import Quote
from konspekt.answering.writing.kinds.amounts import UNCOUNTED, of_number, of_the_size
from konspekt.answering.writing.kinds.belonging import is_there, lacks_code, thing_asked_for, whole_code, worth_of
from konspekt.answering.writing.kinds.leaning import answered_below
from konspekt.answering.writing.kinds.lists import (
    announced,
    asks_for_several,
    lists_in,
    steps_of,
    to_do,
    together,
    whole_lists,
)
from konspekt.answering.writing.kinds.moments import Told
from konspekt.answering.writing.kinds.own_questions.reasons import advises_against, below_the_question, no_reasons
from konspekt.answering.writing.kinds.rows import pieces_told, tells, worth_of_rows
from konspekt.answering.writing.kinds.siblings import opening_of, other_versions
from konspekt.answering.writing.kinds.units import Unit, units_of
from konspekt.answering.writing.quoting import Excerpt, quoted
from konspekt.answering.writing.replacing import replaces, without_replaced
from konspekt.answering.writing.wanted import Wanted
from tests.answering.passages import passage

STEPS = (
    "Мой список на сегодня:\n\n1. DPM, 20 шагов. Выбор по умолчанию.\n2. Euler, 30 шагов.\n3. Euler a не сходится.\n"
    "4. UniPC.\n\nБольше сорока не ставлю."
)
KEYCAPS = "Идея простая:\n1️⃣ Берём байты. - Их всего 256.\n2️⃣ Ищем пару.\n3️⃣ Повторяем.\n\nВидео позже."


@pytest.mark.parametrize(
    "question",
    [
        "какой сэмплер выбрать",
        "какие есть сэмплеры?",
        "which samplers are there",
        "список сэмплеров",
        "перечисли сэмплеры",
    ],
)
@pytest.mark.parametrize("best", ["1. DPM, 20 шагов.", "4. UniPC.", "Мой список на сегодня:"])
def test_a_list_that_is_asked_for_is_shown_whole_with_what_announces_it(question: str, best: str) -> None:
    units = units_of(STEPS)
    at = next(i for i, unit in enumerate(units) if unit.text == best)
    kept = [units[i].text for i in whole_lists(question, units, [at])]
    assert kept[0] == "Мой список на сегодня:"
    assert kept[-1] == "4. UniPC."
    assert len(kept) == 6


def test_two_items_are_never_shown_with_a_gap_between() -> None:
    units = units_of(STEPS)
    first, last = (next(i for i, unit in enumerate(units) if unit.text.startswith(n)) for n in ("1.", "4."))
    assert len(whole_lists("сколько шагов?", units, [first, last])) == 6


def test_items_of_a_list_that_is_shown_stay_together_whatever_replaces_one() -> None:
    older, newer = units_of(STEPS), units_of("Теперь ставлю Euler, 28 шагов. Остальное в силе.")
    shown, correction = (
        Excerpt(Quote(passage(n, "Сэмплер по умолчанию", text), text, 1.0), tuple(units), tuple(range(len(units))))
        for n, text, units in ((1, STEPS, older), (2, "Теперь ставлю Euler, 28 шагов. Остальное в силе.", newer))
    )
    assert replaces(newer[0].text, next(unit.text for unit in older if unit.text.startswith("2.")))
    kept = without_replaced(shown, correction).chosen
    assert set(together(older, range(len(older)))) <= set(kept)


def test_an_item_alone_comes_with_all_its_sentences() -> None:
    units = units_of(STEPS)
    at = next(i for i, unit in enumerate(units) if unit.text.startswith("1."))
    assert [units[i].text for i in whole_lists("сколько шагов у DPM?", units, [at])] == [
        "1. DPM, 20 шагов.",
        "Выбор по умолчанию.",
    ]


def test_of_a_very_long_item_the_sentences_that_answer_are_enough() -> None:
    units = units_of("1. Весам мешают выбросы. " + "Долгое пояснение о весах. " * 20 + "\n2. Решётка.")
    assert whole_lists("как он устроен?", units, [0]) == [0]


def test_a_line_that_announces_never_stands_alone_whatever_marks_the_items() -> None:
    units = units_of(KEYCAPS)
    kept = [units[i].text for i in whole_lists("в чём идея?", units, [0])]
    assert kept[0] == "Идея простая:"
    assert kept[-1] == "3️⃣ Повторяем."
    assert len(lists_in(units)[0].items) == 3


def test_a_list_that_is_too_long_is_cut_behind_its_beginning() -> None:
    text = "Варианты:\n" + "\n".join(f"- вариант номер {n} " + "очень длинный " * 6 for n in range(1, 12))
    units = units_of(text)
    kept = whole_lists("какие варианты?", units, [3])
    assert kept == list(range(kept[0], kept[-1] + 1))
    assert kept[0] == 0
    assert 3 in kept
    assert units[kept[-1]].end - units[0].start <= 700


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("какие лекарства от пережаренных картинок?", True),
        ("и как это лечить?", True),
        ("what are the steps of BPE", True),
        ("что нужно знать заранее", True),
        ("с чего начать изучать видео?", True),
        ("сколько шагов у Euler?", False),
        ("когда дедлайн?", False),
        ("почему он медленный?", False),
        ("how many bits?", False),
    ],
)
def test_questions_for_several_things_are_known(question: str, several: bool) -> None:
    assert asks_for_several(question) is several


TABLE = "Перплексия:\n\n| Метод | 4 бита | 3 бита |\n|---|---|---|\n| RTN | 10.6 | 17.9 |\n| GPTQ | 10.1 | 12.4 |"


def test_each_row_of_a_table_is_told_with_the_heads_of_its_columns() -> None:
    units = units_of(TABLE)
    assert [unit.text for unit in units if unit.is_row] == [
        "RTN — 4 бита: 10.6; 3 бита: 17.9",
        "GPTQ — 4 бита: 10.1; 3 бита: 12.4",
    ]
    (head,) = [unit for unit in units if unit.is_head]
    assert head.asks_or_names
    assert all(TABLE[unit.start : unit.end].startswith("|") for unit in units if unit.is_row)


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("| № | Тема |\n|---|---|\n| 1 | Шум |", ["№ 1: Тема: Шум"]),
        ("| | SDE | ODE |\n|---|---|---|\n| шаги | сотни | 10–50 |", ["шаги — SDE: сотни; ODE: 10–50"]),
        ("| a \\| b | c |\n|:--|--:|\n| x | y |", ["x — c: y"]),
        ("| Format | Bytes |\n| --- | --- |\n| int8 | 1 |\n| int4 | |", ["int8 — Bytes: 1", "int4"]),
        ("| № | Тема |\n|---|---|\n| 5 | Числа |\n| 6 | Сжатие |", ["№ 5: Тема: Числа", "№ 6: Тема: Сжатие"]),
        ("| no | heads |\n| at | all |", []),
    ],
)
def test_tables_of_all_shapes(table: str, rows: list[str]) -> None:
    assert [unit.text for unit in units_of(table) if unit.is_row] == rows


def parts_of(text: str, wanted: list[str]) -> list[Part]:
    units: list[Unit] = units_of(text)
    chosen = tuple(i for i, unit in enumerate(units) if any(one in unit.text for one in wanted))
    parts, _ = quoted([Excerpt(Quote(passage(1, "Лекция", text), text, 1.0), tuple(units), chosen)])
    return list(parts)


def test_an_answer_out_of_a_table_has_no_pipes() -> None:
    assert [part.text for part in parts_of(TABLE, ["GPTQ"])] == ["GPTQ — 4 бита: 10.1; 3 бита: 12.4"]
    both = "\n".join(part.text for part in parts_of(TABLE, ["Перплексия", "RTN", "GPTQ"]))
    assert "|" not in both
    assert both.startswith("Перплексия:")
    assert "- GPTQ — 4 бита: 10.1; 3 бита: 12.4" in both


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("перплексия GPTQ при 3 битах", "GPTQ"),
        ("какая перплексия у RTN на 4 битах?", "RTN"),
        ("rtn 3 бита перплексия", "RTN"),
    ],
)
def test_the_row_that_is_named_answers_and_is_known_to(question: str, row: str) -> None:
    units = units_of(TABLE)
    worth = worth_of_rows(question, "Лекция", units)
    assert units[worth.index(max(worth))].text.startswith(row)
    assert tells(question, "Лекция", units)


@pytest.mark.parametrize("question", ["перплексия AWQ при 3 битах", "скорость GPTQ на карте T4", "что такое DDIM?"])
def test_a_table_does_not_tell_what_it_has_no_row_or_column_for(question: str) -> None:
    assert not tells(question, "Лекция", units_of(TABLE))


FORMATS = "Результаты:\n• JPEG: 4 секунды против 55.\n• PNG: 16 секунд против 55.\nКод\nв комментариях."
FP8 = "Виды:\n- **E4M3**: максимум 448.\n- **E5M2**: максимум 57344.\n"
DASHES = "Семейства:\n1. Прогрессивная — вдвое меньше шагов.\n2. Состязательная — шаг за дискриминатором.\n"


@pytest.mark.parametrize(
    ("question", "text", "said"),
    [
        ("на сколько быстрее на png?", FORMATS, "16 секунд"),
        ("сколько секунд на JPEG", FORMATS, "4 секунды"),
        ("максимум E4M3", FP8, "448"),
        ("maximum of E5M2", FP8, "57344"),
        ("что делает состязательная дистилляция", DASHES, "дискриминатором"),
    ],
)
def test_the_item_with_the_label_that_is_asked_for_answers(question: str, text: str, said: str) -> None:
    units = units_of(text)
    worth = worth_of_rows(question, "Измерили на png, jpeg, E4M3, E5M2 максимум", units)
    assert said in units[worth.index(max(worth))].text
    assert max(worth) > 0 > min(worth)


def test_a_numbered_list_goes_on_behind_a_formula() -> None:
    units = units_of(
        "Для этого:\n1. Находим максимум:\nd = max(|A|) / 127\n2. Делим и округляем\n= round(A / d)\n\nИначе."
    )
    (one,) = lists_in(units)
    assert len(one.items) == 2
    assert [units[i].text for i in whole_lists("как это сделать, шаги?", units, [1])][:3] == [
        "Для этого:",
        "1. Находим максимум:",
        "d = max(|A|) / 127",
    ]


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("покажи код QuIP#", True),
        ("а код Adam?", True),
        ("покажи код обучения DDPM", False),
        ("код хороший?", False),
        ("сколько кода написали", False),
    ],
)
def test_code_that_is_nowhere_is_known_to_be_lacking(question: str, lacking: bool) -> None:
    assert lacks_code(question, [("Лекция 1. DDPM", units_of(LECTURE))]) is lacking


LECTURE = (
    "## Прямой процесс\n\nКартинку гасят и зашумляют:\n\n$$q = \\sqrt{1-b} x$$\n\n"
    "## Обратный процесс\n\nСчитаем назад:\n\n$$m = \\frac{a}{b}$$\n\n"
    "## Обучение\n\n```python\nloss = mse(model(x, t), eps)\n```\n\n"
    "## Решатели\n\nМетод Эйлера прост. Он ошибается чаще. Шагов нужно много.\n\n"
    "```python\ndef euler(x):\n    return x + d\n```\n\n"
    "## Метод Хойна\n\n```python\nx = x + (d + d_next) / 2\n```\n"
)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("формула прямого процесса", "sqrt"),
        ("какая формула у обратного процесса?", "frac"),
        ("покажи код обучения", "loss"),
        ("а код хойна?", "d_next"),
        ("покажи код метода Хойна", "d_next"),
        ("formula of DDPM", "sqrt"),
        ("покажи код Эйлера", "euler"),
        ("покажи код обучения DDPM. а код хойна?", "d_next"),
    ],
)
def test_code_and_formulas_are_those_of_what_is_asked_of(question: str, said: str) -> None:
    thing = thing_asked_for(question)
    assert thing is not None
    units = units_of(LECTURE)
    worth = worth_of(thing, "Лекция 1. DDPM", units)
    assert said in units[worth.index(max(worth))].text


def test_code_of_something_else_is_not_there() -> None:
    thing = thing_asked_for("покажи код обучения GAN")
    assert thing is not None
    assert not is_there(thing, "Лекция 1. DDPM", units_of(LECTURE))


@pytest.mark.parametrize("question", ["почему шум гауссов?", "сколько команд сдали?", "какие лекции?", "what is DDIM?"])
def test_most_questions_ask_for_no_such_thing(question: str) -> None:
    assert thing_asked_for(question) is None


@pytest.mark.parametrize(
    ("question", "text", "said"),
    [
        ("кто придумал GPTQ?", "Округлять плохо. GPTQ (Frantar и др., 2022) идёт по столбцам. Быстро.", "Frantar"),
        ("кто автор DiT", "Патчи. DiT: Peebles и Xie (2022) выбросили U-Net. Точка.", "Peebles"),
        ("who proposed LoRA?", "A note. LoRA (Hu et al., 2021) adds two matrices. Fast.", "Hu et al."),
    ],
)
def test_who_did_it_is_answered_by_the_names(question: str, text: str, said: str) -> None:
    thing = thing_asked_for(question)
    assert thing is not None
    units = units_of(text)
    worth = worth_of(thing, "Заметки", units)
    assert said in units[worth.index(max(worth))].text


MEASURED = (
    "Перплексия на новостях, группа 64.\n\n| Способ | 4 бита | 2 бита |\n|---|---|---|\n| RTN | 11.5 | 240 |\n"
    "| HQQ | 10.9 | 15.2 |\n\nИ всё."
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("какая перплексия у HQQ на 2 битах?", True),
        ("какая у RTN перплексия на 4 битах", True),
        ("какая перплексия у HQQ на двух битах?", True),
        ("what is the perplexity of HQQ at 2 bits", True),
        ("какая перплексия у HQQ на 3 битах?", False),
        ("какая перплексия у HQQ на трёх битах?", False),
        ("под какой лицензией HQQ", False),
        ("каким оптимизатором учат HQQ", False),
    ],
)
def test_a_row_tells_what_is_asked_at_the_numbers_that_are_asked_for(question: str, told: bool) -> None:
    assert tells(question, "Сжатие", units_of(MEASURED)) is told


def test_the_post_with_the_row_that_tells_it_is_read_first() -> None:
    posts = [passage(n, "HQQ на 2 битах", "HQQ на 2 битах хвалят. Перплексия растёт.") for n in range(1, 5)]
    posts.append(passage(5, "Сжатие", MEASURED))
    assert Wanted("какая перплексия у HQQ на 2 битах?").ordered(posts)[0].text == MEASURED
    assert Wanted("какая перплексия у HQQ на 3 битах?").ordered(posts) == posts


def test_a_row_is_no_answer_to_what_its_columns_do_not_tell() -> None:
    for question in ("от какого старого метода произошёл HQQ", "что такое RTN", "кто написал HQQ?", "why is RTN fast?"):
        assert not any(worth_of_rows(question, "Лекция", units_of(MEASURED))), question
    cache = (
        "## Quantising the cache\n\n| Format | Bytes per value | Notes |\n|---|---|---|\n| fp16 | 2 | reference |\n"
        "| int4, rotated | 0.5 + 2/head_dim | a small loss |\n"
    )
    for question in ("сколько байт на значение у int4 кэша", "bytes per value of an int4 cache", "int4 кэш байт"):
        units = units_of(cache)
        worth = worth_of_rows(question, "Lecture 7", units)
        assert "0.5 + 2/head_dim" in units[worth.index(max(worth))].text, question


@pytest.mark.parametrize(
    ("text", "code"),
    [  # pieces of long texts, that begin or end within code
        ("x = norm(x)\nreturn x / 2\n```\n\nСлова. И ещё.", ["x = norm(x)\nreturn x / 2"]),
        ("y = f(x)\n```\n\n```text\n0.0103\n```\n\n## Дальше", ["y = f(x)", "0.0103"]),
        ("Начало.\n\n```python\na = 1\n…\n```\n\n## Что унести\n\nВсё.", ["a = 1"]),
        ("Код такой:\n```\nfoo(1)\n```\nПотом слова.", ["foo(1)"]),  # whole
        ("Код такой:\n```\nfoo(1)\n…\nПотом слова.", ["foo(1)"]),
    ],
)
def test_prose_between_pieces_of_code_is_never_taken_for_code(text: str, code: list[str]) -> None:
    units = units_of(text)
    assert [unit.code[1] for unit in units if unit.code is not None] == code
    for said in ("Слова.", "## Дальше", "## Что унести", "Потом слова."):
        assert (said in text) == any(unit.text == said for unit in units)


def test_the_label_of_a_link_and_reactions_say_nothing() -> None:
    for text in ("❱❱ Код", "Paper | Code", "➡️ Статья и код", "👀LINK", "🔥9👍2 2🤯1", "Слайды"):
        assert units_of(text)[0].is_tags, text
    for text in ("Код:", "# Код", "16 / 55", "Код — в комментариях", "Видео длится час.", "5 → 4"):
        assert not units_of(text)[0].is_tags, text


def test_what_to_do_is_answered_by_the_list_of_remedies() -> None:
    black = units_of(
        "Чёрный прямоугольник? Переполнился fp16.\n\nВарианты:\n• считать в fp32;\n• взять другой VAE.\n\nВсё."
    )
    for question in (
        "чёрная картинка, что делать",
        "как исправить чёрный прямоугольник?",
        "black image, how do I fix it?",
    ):
        assert to_do(question, black, [1]) == [2, 3, 4], question
    assert not to_do("что делать", black, [3])  # a list that was chosen is shown whole anyway
    assert not to_do("почему чёрный прямоугольник?", black, [1])
    checks = units_of("1. Same chat template?\n2. Same tokenizer?\n\nMost letters end at step one.")
    for question in ("что проверить сначала?", "what to check first?", "what should I check"):
        assert Wanted(question).whole(checks, [2]) == [0, 1, 2], question


def test_a_question_with_its_answer_is_no_item_of_a_list() -> None:
    faq = units_of("— Сертификат будет? Да.\n— Нужна ли карта? Нет. Хватит Colab.\n— На каком языке? На русском.")
    assert whole_lists("Нужна ли карта?", faq, [2, 3]) == [2, 3]
    letters = units_of("По слогам:\n\nQ4 — четыре бита.\nK — блоки по 32. Итого 4,5 бита.\nM — смесь.\n\nВсё.")
    assert whole_lists("что значит Q4_K_M", letters, [1, 2]) == [0, 1, 2, 3, 4]
    needed = units_of("- Python.\n- Алгебра.\n- Вероятность.\n\nУравнения знать не надо.")
    assert whole_lists("можно без математики?", needed, [2, 3]) == [0, 1, 2, 3]
    assert whole_lists("можно без математики?", needed, [2]) == [2]


def test_a_sentence_on_the_very_size_and_one_on_its_writer_gain() -> None:
    units = units_of("Семь миллиардов по 4,5 бита — 3,9 ГБ. На миллиард — 2 ГБ. 13B не влезет.")
    assert [one > 0 for one in of_the_size("влезет ли 7b в 8 гб", units)] == [True, False, False]
    assert not any(of_the_size("сколько весит модель", units))
    turbo = units_of("SDXL-Turbo рисует быстро. Imagine Flash — 3 шага.")
    assert not any(of_number("сколько шагов у SDXL-Turbo", [Told("Ускорение", turbo, [])])[0])
    assert of_number("сколько шагов у Flash", [Told("Ускорение", turbo, [])])[0] == [UNCOUNTED, 0.0]
    for said in ("Я Анна Ким – инженер.", "Привет! Меня зовут Олег.", "My name is Ann."):
        assert introduces_himself("кто ведёт этот канал", said), said
    assert not introduces_himself("кто ведёт этот канал", "Я веду курсы.")
    assert not introduces_himself("кто придумал LoRA", "Я Анна Ким – инженер.")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("где работает анна сейчас", True),
        ("кем работает Анна Ким?", True),
        ("кто такая анна", True),
        ("чем занимается автор канала", True),
        ("что автор курса по графам делает по работе", True),
        ("where does the author work?", True),
        ("кто такая анна каренина", False),
        ("где работает борис", False),
        ("где работает автор метода Wanda", False),
        ("какая у анны собака", False),
    ],
)
def test_a_namesake_is_another_one(question: str, told: bool) -> None:
    assert introduces_himself(question, "О себе. Я Анна Ким – инженер в пекарне.") is told


def test_who_only_gives_a_name_says_nothing_of_work() -> None:
    assert not introduces_himself("где работает анна", "Меня зовут Анна, я из Минска.")
    assert introduces_himself("кто такая анна", "Меня зовут Анна, я из Минска.")
    assert tells_number("сколько токенов на картинку", "Выходит 2 308 токенов.")
    assert tells_number("на сколько ускоряется эпоха и во сколько раз быстрее", "Выигрыш около трети времени.")
    assert not tells_number("сколько памяти съедает T5", "int8 вдвое быстрее.")
    assert not tells_number("сколько шагов ставить", "Метод Эйлера ошибается на $O(h^2)$ за шаг.")
    assert not tells_number("сколько токенов на картинку", "Вход — ViT-H/14 с 630 миллионами весов, токенов много.")


def test_steps_are_led_by_the_line_before_the_one_that_announces_them() -> None:
    units = units_of("Матрицу хотим перевести в INT8. Для этого:\n1. Находим максимум.\n2. Делим.\n")
    for question in ("как переводят матрицу в INT8?", "а как перевести матрицу в int8", "как матрицу переводят в INT8"):
        assert max(announced(question, "INT8", units)) == announced(question, "INT8", units)[1] > 0, question
    assert not any(announced("как считают перплексию?", "INT8", units))


def test_the_kinds_of_a_thing_stand_in_the_text_that_is_called_so() -> None:
    asked = {
        "какие виды свёрток бывают": ("Свёртки: от простых к сложным", "Виды, по возрастанию цены:"),
        "какие бывают методы прунинга": ("Прунинг", "Семейства, в порядке появления:"),
        "перечисли способы кэширования": ("Кэширование — зачем и как", "Подходы таковы:"),
        "what types of pooling are there": ("Pooling: a primer", "Families, oldest first:"),
        "which methods of pruning exist": ("Pruning methods", "The main approaches:"),
    }
    for question, (title, line) in asked.items():
        units = units_of(f"{line}\n\n• Один. Сначала.\n• Другой. Потом.\n")
        assert announced(question, title, units)[0] > 0, question
        assert not any(announced(question, "Токенизаторы: от простых к сложным", units)), question
        assert not any(announced("зачем это нужно", title, units))


def test_a_letter_of_a_name_is_told_by_the_item_on_it() -> None:
    units = units_of("По слогам:\n\nIQ3 — три бита на вес.\nX — большой запас.\nS — small.\n")
    for question in ("что значит XS в IQ3_XS", "буква S в iq3_xs", "what does S mean in IQ3_XS", "S в IQ3_XS это что"):
        told = [
            unit.text for unit, worth in zip(units, pieces_told(question, "IQ3_XS: буквы", units), strict=True) if worth
        ]
        assert told[-1] == "S — small.", question
        assert ("X — большой запас." in told) == ("XS в" in question), question
        assert not any(pieces_told(question, "Форматы", units)), question
    assert not any(pieces_told("сколько бит в IQ3_XS", "IQ3_XS: буквы", units))


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("почему нельзя мешать выборки?", "Do not mix the two sets."),
        ("почему автор не рекомендует батч больше 64", "Больше 64 я не вижу смысла ставить."),
        ("почему не стоит учить с нуля", "Учить с нуля не надо: дорого."),
        ("why shouldn't I train in fp16", "Avoid training in fp16."),
        ("why not use dropout", "There is no point in dropout here."),
    ],
)
def test_why_one_should_not_is_told_where_it_is_advised_against(question: str, told: str) -> None:
    assert advises_against(question, units_of(told)[0])
    assert not advises_against("почему это работает", units_of(told)[0])
    assert not advises_against(question, units_of("Батч 64 учится быстрее, и это видно.")[0])


def test_an_exercise_comes_with_its_answer() -> None:
    for line in ("Answer: 48 KiB per token.", "*Ответ:* 48 КБ.", "**Решение.** Делим на два.", "Ответ — 48 КБ."):
        units = units_of(f"A model has 24 layers. How large is it?\n{line}\nNext.")
        assert list(answered_below(units, 0)) == [1, 2], line
    assert not answered_below(units_of("A model has 24 layers.\n\n## Другое\n\nОтвет: 5."), 0)
    assert not answered_below(units_of("Сколько слоёв? Ответить трудно. И всё."), 0)


def test_a_version_is_not_the_thing_without_its_number() -> None:
    units = units_of("Fast Mask ускоряет слой вдвое. FastMask2 втрое. Fast Mask2 тоже. И всё.")
    for question in (
        "во сколько раз быстрее Fast Mask?",
        "how much faster is fast mask",
        "насколько Fast-Mask быстрее",
    ):
        assert other_versions(question, units) == [0, 1, 1, 0], question
    assert not any(other_versions("насколько быстрее FastMask2?", units))
    assert not any(other_versions("насколько быстрее FastMask?", units_of("FastMask2 втрое. И всё.")))


def test_a_promise_to_answer_elsewhere_is_no_answer() -> None:
    promised = units_of("Почему нельзя за один шаг?\n\nОтвечу в лекции 2: там будет картинка. Запись завтра.")
    assert no_reasons("почему нельзя одним шагом", promised) == [True, True, False]
    assert no_reasons("why not", units_of("We will look at it in the next post. It diverges.")) == [True, False]
    assert no_reasons("почему 127", units_of("Один бит — знак.\n\n```python\nx = 127\n```")) == [False, True]


@pytest.mark.parametrize(
    ("question", "opens"),
    [
        ("какая первая домашка", True),
        ("первое дз", True),
        ("что в первой домашке", True),
        ("где первая домашка", False),
        ("сколько баллов за первую домашку", False),
        ("какая вторая домашка", False),
    ],
)
def test_who_names_a_numbered_thing_alone_asks_what_it_is(question: str, opens: bool) -> None:
    units = units_of("Обучить DDPM на MNIST. Порог 12.")
    assert (opening_of(question, "Домашнее задание 1", units) == 0) == opens


def test_who_tried_a_thing_has_not_made_it() -> None:
    text = "Ким и др. (2024) проверили, где guidance полезен. У Ho и Salimans (2022) формула с единицей."
    for question in ("Who proposed guidance?", "кто придумал guidance", "guidance кто придумал?", "чья идея guidance",
                     "автор guidance", "whose method is guidance?"):  # fmt: skip
        thing = thing_asked_for(question)
        assert thing is not None, question
        assert thing.of == {"guidanc"}, question
        worth = worth_of(thing, "Guidance", units_of(text))
        assert worth[1] > 0 >= worth[0], question


def test_how_a_thing_works_is_told_by_the_steps_below_the_line_that_announces_them() -> None:
    units = units_of(
        "Он написал BPE.\n\nИдея BPE очень простая:\n1) Берём байты.\n2) Сливаем пары.\n\nСкоро видео про BPE!"
    )
    assert units[steps_of("как работает bpe", units)[0]].text == "Идея BPE очень простая:"
    assert len(steps_of("как работает bpe", units)) == 3
    assert steps_of("как работает awq", units) == []
    assert steps_of("когда видео про bpe", units) == []


def test_code_without_a_fence_is_shown_whole() -> None:
    units = units_of("Ставим библиотеку и делаем так\nimport torch\nfrom sage import attn\nF.attn = attn\nГотово.")
    assert len(units) == 5
    assert whole_code(units, [0, 2]) == [0, 1, 2, 3]
    assert whole_code(units, [0, 4]) == [0, 4]


def test_a_line_that_is_the_very_question_is_answered_below_it() -> None:
    units = units_of("* GPT-4 проиграла.\n\nЧто за Chatbot Arena?\nЭто рейтинг моделей. Голосуют люди.")
    at = below_the_question("что за chatbot arena", units)
    assert at is not None
    assert units[at].text == "Это рейтинг моделей."
    assert below_the_question("кто победил на chatbot arena", units) is None
    assert below_the_question("что за gpt-4", units) is None
