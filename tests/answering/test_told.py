"""What a passage tells by its form, and what a question asks for."""

from __future__ import annotations

from typing import Any, cast

import pytest

from konspekt.answering.finding import Found
from konspekt.answering.judging.asked import holds_kind, kind_of, lacks_kind
from konspekt.answering.judging.told import asks_the_same, tells
from konspekt.answering.lacking.mentions import mention
from konspekt.answering.lacking.missing import Missing, missing
from konspekt.answering.lacking.quoted import Quoted, quoted_lines
from konspekt.answering.reading import RuleReader
from konspekt.answering.texts import Language
from konspekt.answering.words.authors import asks_for_author, names_the_work, tells_author, tells_author_of
from konspekt.answering.words.vocabulary import NoFrequencies
from konspekt.answering.writer import Writer
from konspekt.answering.writing.extractive import Quote
from konspekt.answering.writing.kinds.leading import tells_who_leads
from konspekt.answering.writing.kinds.units import units_of
from konspekt.answering.writing.quoting import Excerpt
from konspekt.answering.writing.ranking import Ranker
from tests.answering.passages import passage

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
        ("кто сделал Fern", "Fern: сжатие", "Авторы из гренобля сжали его за год."),
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


def would_be_shown(title: str, text: str, place: int = -1, **changes: Any) -> Quoted:
    """The last sentence of a text, or the one that stands at a place, as an answer would quote it."""
    units = tuple(units_of(text))
    return quoted_lines(Excerpt(Quote(passage(1, title, text, **changes), text, 1.0), units, (place % len(units),)))


@pytest.mark.parametrize(
    ("what", "questions", "title", "text"),
    [
        (
            "definition",
            ("что такое RLHF?", "что такое rlhf и зачем он нужен", "как расшифровывается RLHF", "what is RLHF?"),
            "Лекция для начинающих",
            "00:21:05 Appendix: Comparisons, RLHF, Leaderboard",
        ),
        (
            "comparison",
            ("Во сколько раз Sage2 быстрее первой версии?", "на сколько процентов Sage2 быстрее предыдущей версии"),
            "Внимание в восьми битах",
            "Итог: Sage2 примерно вдвое быстрее FlashAttention-2.",
        ),
        (
            "comparison",
            ("во сколько раз Zip ускоряет модель?", "How much faster is a model with Zip?"),
            "Zip: всё в четырёх битах",
            "Памяти нужно меньше в 3,5 раза.",
        ),
        (
            "link",
            ("а где скачать веса?", "скиньте ссылку на веса", "можно ссылку?", "is there a link to the weights?"),
            "Веса",
            "Возьмите дообученные веса с пометкой fix.",
        ),
        (
            "place_to",
            ("куда присылать темы проектов?", "народ, а куда кидать тему", "Where do I submit the topic?"),
            "Проекты",
            "Темы присылать до 1 ноября, защиты 14 декабря.",
        ),
        (
            "clock",
            ("в котором часу начинаются защиты?", "во сколько защиты", "What time do the talks start?"),
            "Проекты",
            "Защиты 14 декабря, по десять минут на доклад.",
        ),
        ("year", ("в каком году вышла статья?", "Which year was it?"), "Статья", "Статья вышла недавно."),
        (
            "author",
            ("Кто авторы UfoGen?", "кто придумал UfoGen"),
            "Как ускорить",
            "UfoGen - это Diffusion + GAN. Adversarial Diffusion Distillation это тоже GAN.",
        ),
        (
            "number",
            ("какой learning rate ставить?", "сколько картинок нужно", "Сколько эпох учить?", "how many epochs"),
            "Ранг",
            "Прогнали ранги 4, 8, 16, 32 на трёх стилях.",
        ),
        (
            "name",
            ("на скольких токенах обучали BitNet?", "сколько токенов у Zip-7B", "чем Zip отличается от BitNet"),
            "Патчи",
            "Патч вдвое меньше — токенов вчетверо больше, в 16 раз дороже.",
        ),
    ],
)
def test_what_is_shown_does_not_tell_what_is_asked(
    what: str, questions: tuple[str, ...], title: str, text: str
) -> None:
    for question in questions:
        found = missing(question, [would_be_shown(title, text)])
        assert found is not None, question
        assert found.what == what, question


def test_what_may_tell_it_is_shown() -> None:
    for question, title, text in (
        ("что такое RLHF?", "Обучение", "RLHF — это обучение по оценкам людей."),
        ("что такое Scion?", "Оптимизаторы", "Мы взяли Scion (улучшенная версия Muon)."),
        ("что такое hot-swap на файнтюне", "Трюки", "Есть ещё один трюк — hot-swap."),
        ("расскажи про RLHF", "Обучение", "Потом делают RLHF."),  # no definition is asked for
        ("что такое ρ и как его брать, что такое rho", "EDM", "Берите ρ = 7."),
        ("во сколько раз Sage2 быстрее первой версии?", "Внимание", "Sage2 вдвое быстрее, чем Sage."),
        ("насколько быстрее с Zip", "Zip", "Экономит треть времени эпохи."),
        ("где скачать веса", "Веса", "Веса лежат на github.com/zip/weights."),
        ("куда присылать слайды", "Проекты", "Слайды присылайте на project@konspekt.example."),
        ("куда сдавать тему", "Проекты", "Темы пишите в комментариях."),
        ("во сколько пары", "Меняем день", "По средам в 19:30."),
        ("сколько картинок нужно", "Стиль", "Хватит 3–5 фотографий."),
        ("какая гамма лучше", "Вес шага", "Авторы берут γ = 5."),
        ("сколько моделей обучили", "Законы", "Авторы обучили 465 лламм."),
        ("сколько места займёт", "Веса", "В итоге 8 ГБ."),
        ("How many weights per group?", "Решётка", "Квантуют группы по 8 весов."),
        ("Чему равна гамма в Min-SRN?", "Min-SNR", "Здесь γ = 5."),  # a slip of two letters
        ("сколько шагов у flash attention", "FlashAttention", "Нужно 4 шага."),
        ("сколько скриншотов с HTML", "Данные", "150 миллионов из них — изображения вроде скриншотов с HTML."),
        ("в скольки процентах примеров нет описания для cfg", "Classifier-free guidance", "Это 10 % примеров."),
        ("какой порог фид в домашке", "Домашка", "Проверяем FID по признакам классификатора, порог 12."),
        ("что такое adaLN-Zero", "Блоки", "Класс подают через adaLN-Zero: из него считают сдвиг."),
        ("что значит слово karras", "Сэмплеры", "«Karras» в названиях — это расстановка шагов."),
        ("почему не работает prompt при cfg 1", "Промпт", "Вторая ветка не участвует."),
        ("what does a router do?", "MoE", "Router: picks two experts for each token."),
        ("what is lion optimizer", "Шаг", "Взяли Lion (он хранит лишь один момент)."),
        ("что такое оптимизатор lion", "Шаг", "Взяли Lion (он хранит лишь один момент)."),
        ("что такое ток в проводнике", "Физика", "Проводник — это тело, по которому течёт ток."),
    ):
        assert missing(question, [would_be_shown(title, text)]) is None, question


def test_what_a_thing_is_is_not_told_by_what_it_is_in() -> None:
    found = missing("что такое токен в трансформере", [would_be_shown("Сети", "Трансформер читает токены по одному.")])
    assert found == Missing("definition", "токен")


def test_the_channel_that_a_question_names_is_not_missing() -> None:
    question, text = "в какой компании работает автор nightly_ml", "Работаю в Acme."
    assert missing(question, [would_be_shown("О себе", text)]) == Missing("name", "nightly_ml")
    assert missing(question, [would_be_shown("О себе", text, source="nightly_ml")]) is None


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("где работает автор", "По будням работаю инженером в Acme.", True),
        ("кем работает автор канала?", "Я Анна – исследователь в Acme.", True),
        ("where does the author work?", "I work at Acme.", True),
        ("в какой компании она сейчас работает", "Работаю в Acme.", True),
        ("где работает автор", "Работаю над статьёй и сплю.", False),
        ("сколько лет автору", "По будням работаю инженером в Acme.", False),
        ("как работает автоэнкодер", "Работаю в Acme.", False),
    ],
)
def test_where_an_author_works_is_told_by_the_author(question: str, text: str, told: bool) -> None:
    assert tells(question, "О себе", text) == told


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("кто на первом месте рейтинга", "Kite уступил лидерство модели Crow.", True),
        ("какая модель в топе", "Crow обогнал всех.", True),
        ("who is in first place?", "Crow leads the chart.", True),
        ("кто на первом месте рейтинга", "На лидерборде сто моделей.", False),
        ("где взять первое место", "Crow обогнал всех.", False),
    ],
)
def test_who_stands_first_is_told_in_other_words(question: str, text: str, told: bool) -> None:
    assert tells_who_leads(question, text) == told


def test_an_item_of_a_list_tells_nothing_of_the_next_one() -> None:
    text = "В таблице:\n- Claude 3 Opus впереди.\n- у Command R 35 миллиардов параметров."
    found = missing("Сколько параметров у Claude 3 Opus?", [would_be_shown("Арена", text)])
    assert found == Missing("name", "Claude")
    assert missing("Сколько параметров у Command R?", [would_be_shown("Арена", text)]) is None


def test_a_name_that_stands_elsewhere_is_shown_where_it_stands() -> None:
    posts = [
        passage(1, "Патчи", "Патч вдвое меньше."),
        passage(2, "1,58 бита", "Код: `zip.bitnet`. А BitNet хранит знак."),
    ]
    found = mention("BitNet", posts, 500)
    assert found is not None
    assert (found.passage.document_id, found.sentence) == (posts[1].document_id, "А BitNet хранит знак.")
    assert mention("RLHF", posts, 500) is None


@pytest.mark.parametrize(
    ("question", "language", "told"),
    [
        ("Сколько эпох учить?", "ru", "Числа на вопрос «сколько эпох» в материалах канала я не нашёл. Ближе всего"),
        (
            "How many epochs?",
            "en",
            "I did not find a number for “how many epochs” in the channel's materials. The closest",
        ),
        ("что такое rlhf?", "ru", "Что такое «RLHF», в материалах канала отдельно не объясняется. Упоминается так:"),
        ("What is RLHF?", "en", "The channel's materials do not explain what “RLHF” is. It is mentioned like this:"),
        ("где скачать веса?", "ru", "Ссылки на это в материалах канала я не нашёл. Ближе всего вот что:"),
    ],
)
def test_a_no_says_what_is_missing_and_quotes_the_nearest(
    question: str, language: Language, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Берите ранг 16. Потом делают RLHF, как обычно."
    post = passage(1, "Ранг", text)
    shown = Excerpt(Quote(post, text, 1.0), tuple(units_of(text)), (0, 1))
    monkeypatch.setattr(Writer, "_excerpts", lambda *_: [shown])
    writer = Writer(NoFrequencies(), None, RuleReader(NoFrequencies(), None), 1000, 400, cast("Ranker", object()))
    found = writer.checked(Found(question, (post,), 0.9, answerable=True))
    reply = writer.refusal(found, language)
    assert not found.answerable
    assert reply.refused
    assert reply.text.startswith(told)
    assert reply.citations[0].quote in text
    assert reply.citations[0].quote in reply.text


def test_what_the_first_post_says_nothing_of_is_told_by_the_one_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    in_general = passage(1, "Сушка", "Сушка уносит влагу и вредит тонкой ткани.")
    of_silk = passage(2, "Шёлк", "На шёлке сушка не работает: ткань мнётся.")
    texts = {one.document_id: one.text for one in (in_general, of_silk)}

    def first_of(_: Writer, found: Found) -> list[Excerpt]:
        post = found.passages[0]
        text = texts[post.document_id]
        return [Excerpt(Quote(post, text, 1.0), tuple(units_of(text)), (0,))]

    monkeypatch.setattr(Writer, "_excerpts", first_of)
    writer = Writer(NoFrequencies(), None, RuleReader(NoFrequencies(), None), 1000, 400, cast("Ranker", object()))
    found = writer.checked(Found("сушка на шёлке работает?", (in_general, of_silk), 0.9, answerable=True))
    assert found.answerable
    assert found.passages == (of_silk,)
    found = writer.checked(Found("сушка на льне работает?", (in_general, of_silk), 0.9, answerable=True))
    assert not found.answerable


def test_who_made_another_thing_is_no_author_of_what_is_asked() -> None:
    said = "Оптимизатор Pavel Novak решил убрать нормализацию."
    for question in (
        "кто придумал трансформер",
        "кто изобрёл свёртку",
        "кем предложено внимание",
        "who invented attention",
    ):
        assert not names_the_work(question, "nGPT: Normalized Transformer on the Sphere", said), question
    assert names_the_work("кто убрал и кто придумал нормализацию", "nGPT", said)
    assert names_the_work("кто придумал nGPT", "nGPT: Normalized Transformer", said)
    assert names_the_work("who invented it", "nGPT: Normalized Transformer", said)
    assert not tells_author("кто придумал свёртку", "У Павла Новака есть видео о свёртке.")
    assert tells_author("кто придумал свёртку", "Потом Павел Новак придумал свёртку.")


TIMES = "Лекция про агентов\n00:12:40 Память\n00:51:30 Tool poisoning"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("на какой минуте tool poisoning", True),
        ("на какой минуте лекции про память?", True),
        ("timestamp of tool poisoning", True),
        ("на какой минуте про квантизацию", False),
        ("что такое tool poisoning", False),
    ],
)
def test_a_line_with_a_clock_tells_the_minute(question: str, told: bool) -> None:
    assert tells(question, "Лекция про агентов", TIMES) is told


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("сколько gpu-часов обучение Wanda", True),
        ("сколько гпу часов дообучение Wanda", False),
        ("сколько недель обучение Wanda", False),
    ],
)
def test_a_number_of_the_units_that_are_asked_for(question: str, told: bool) -> None:
    assert tells(question, "Wanda без слёз", "Потом обучение (примерно 50 gpu-часов) и всё.") is told


def test_a_name_is_there_in_the_other_language_or_as_a_letter() -> None:
    shown = would_be_shown("Что предсказывать", "v-предсказание ровнее, чем ε-предсказание.")
    assert missing("чем v prediction лучше eps", [shown]) is None


def test_who_introduces_herself_is_not_undefined() -> None:
    shown = would_be_shown("О себе", "Я Анна Ким – инженер в пекарне.")
    assert missing("what does the author do for a living", [shown]) is None
    assert missing("кто такая автор", [shown]) is None


def test_office_hours_are_asked_for_by_the_clock() -> None:
    kind = kind_of("во сколько консультации и где")
    assert kind is not None
    assert kind.name == "clock"
