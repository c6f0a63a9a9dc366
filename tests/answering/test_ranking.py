"""Which sentences answer, by what was learnt: shares of all that was read, and what is shown by them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.answering.answer import Turn
from konspekt.answering.judging.judge import open_judge
from konspekt.answering.judging.logistic import LogisticRule, load_rule
from konspekt.answering.question.follow_up import focus_of
from konspekt.answering.question.ranking import along_last
from konspekt.answering.words.changing import asks_for_date
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.shown import cited_first, shown_last
from konspekt.answering.words.vocabulary import NoFrequencies, content_terms
from konspekt.answering.writing.evidence import Evidence, Question, gather
from konspekt.answering.writing.kinds.moments import Told, of_date
from konspekt.answering.writing.kinds.siblings import opening_of
from konspekt.answering.writing.kinds.units import units_of
from konspekt.answering.writing.likeliest import MAX_CHARS, MAX_FURTHER, likeliest, said
from konspekt.answering.writing.pointing import SHOWN, point
from konspekt.answering.writing.quoting import Excerpt, quoted
from konspekt.answering.writing.ranking import READ, Ranked, Ranker, ranked
from konspekt.answering.writing.stretch import in_one_piece
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.lexical import terms
from konspekt.llm_client import ChatModel, Completion, Message, Usage
from tests.answering.passages import ENGLISH, GUIDANCE, SAMPLERS, passage


class Channel(NoFrequencies):
    """A hundred passages on sampling: names stand in one of them, the words of the trade in every other."""

    def passages(self) -> int:
        return 100

    def containing(self, terms: Iterable[str]) -> Mapping[str, int]:
        return {term: 1 if term.isascii() else 50 for term in terms}


@pytest.fixture(scope="module")
def ranker(e5: Embedder) -> Ranker:
    judge = open_judge(e5)
    assert judge is not None
    return Ranker(Channel(), Meaning(e5), judge)


def of(text: str, shares: dict[str, float], number: int = 1, corrected_by: str | None = None) -> Ranked:
    """A passage in which each sentence that holds a key has its share."""
    found = replace(passage(number, f"Заметка {number}", text), corrected_by=corrected_by)
    units = tuple(units_of(text))
    each = tuple(next((share for key, share in shares.items() if key in unit.text), 0.001) for unit in units)
    return Ranked(found, units, each, 1.0)


def chosen(*found: Ranked, question: str = "Сколько шагов?") -> list[Excerpt]:
    return likeliest(question, found, {}, Wanted(question))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Сколько шагов нужно Euler?", "40"),
        ("сколько шагов ставить DPM++ на SDXL", "25"),
        ("чем портит картинку LCM", "LCM"),
    ],
)
def test_siblings_in_one_post_are_told_apart(ranker: Ranker, question: str, words: str) -> None:
    found = ranker.rank(question, [SAMPLERS, GUIDANCE, ENGLISH], Wanted(question))
    best = max(found, key=lambda one: max(one.shares))
    assert best.passage is SAMPLERS
    assert words in best.units[best.shares.index(max(best.shares))].text


@pytest.mark.parametrize(("question", "words"), [("максимум в E4M3", "448"), ("какой максимум у E5M2?", "57344")])
def test_of_what_a_title_names_the_sentence_on_the_one_asked_for_is_taken(
    ranker: Ranker, question: str, words: str
) -> None:
    text = (
        "У восьми бит с плавающей точкой два обычных вида. E4M3: четыре бита порядка, три мантиссы, максимум 448. "
        "E5M2: пять и два, максимум 57344, есть бесконечности. Для весов хватает первого."
    )
    (one,) = ranker.rank(question, [passage(1, "FP8: E4M3 и E5M2", text)], Wanted(question))
    assert words in one.units[one.shares.index(max(one.shares))].text


def test_the_shares_of_all_sentences_are_one(ranker: Ranker) -> None:
    question = "what does the KV cache keep"
    found = ranker.rank(question, [SAMPLERS, GUIDANCE, ENGLISH], Wanted(question))
    assert math.isclose(sum(share for one in found for share in one.shares), 1.0, rel_tol=1e-6)
    assert max(found, key=lambda one: max(one.shares)).passage is ENGLISH


def test_three_passages_are_read_and_what_corrects_them(ranker: Ranker) -> None:
    posts = [passage(n, f"Пост {n}", f"В посте {n} говорится о шагах.") for n in range(1, 7)]
    posts[0] = replace(posts[0], corrected_by=posts[5].document_id)
    read = [one.passage.rank for one in ranker.rank("о чём пост?", posts, Wanted("о чём пост?"))]
    assert read == [1, 2, 3, 6]
    assert READ == 3


def test_a_definition_that_is_asked_for_is_what_is_shown(ranker: Ranker) -> None:
    text = "Вчера я опять возился с Фростом. Фрост меня радует. Фрост — это набор для проверки памяти. Ещё есть планы."
    wanted = Wanted("Что такое Фрост?", "Фрост")
    found = likeliest(wanted.question, ranker.rank(wanted.question, [passage(1, "Планы", text)], wanted), {}, wanted)
    assert "набор для проверки памяти" in said(found[0])


def test_a_passage_without_a_letter_is_no_answer_and_no_error(ranker: Ranker) -> None:
    assert ranker.rank("что?", [], Wanted("что?")) == []
    assert likeliest("что?", [], {}, Wanted("что?")) == []


def test_another_post_is_shown_when_it_may_be_the_one() -> None:
    first, second = of("Шагов сорок.", {"сорок": 0.6}), of("Шагов двадцать.", {"двадцать": 0.3}, 2)
    assert [said(one) for one in chosen(first, second)] == ["Шагов сорок.", "Шагов двадцать."]
    other = of("Цена — два прохода сети на шаг.", {"Цена": 0.3}, 2)
    price = of("Осенний семестр, бесплатно, онлайн.", {"бесплатно": 0.6})
    assert [said(one) for one in chosen(price, other, question="Сколько стоит курс?")] == [price.units[0].text]
    sure = of("Шагов сорок.", {"сорок": 0.9})
    assert [said(one) for one in chosen(sure, of("Шагов двадцать.", {"двадцать": 0.1}, 2))] == ["Шагов сорок."]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("а если опоздаю на 2 дня?", "минус 10 %"),
        ("если задержать книгу на неделю?", "пять рублей"),
        ("what if I am two hours late", "a fee of"),
    ],
)
def test_what_happens_in_a_case_is_told_by_its_rule(ranker: Ranker, question: str, words: str) -> None:
    texts = (
        "Три дня карт не было, это честная причина. Каждый день опоздания — минус 10 % баллов.",
        "Библиотека открыта две недели. За каждую неделю, на которую книгу задержали, пять рублей.",
        "The studio opens two hours before noon. Late guests pay a fee of five dollars per hour.",
    )
    found = ranker.rank(question, [passage(n, f"Пост {n}", text) for n, text in enumerate(texts, 1)], Wanted(question))
    best = max(found, key=lambda one: max(one.shares))
    assert words in best.units[best.shares.index(max(best.shares))].text


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("что надо сделать во второй домашке?", 1),
        ("о чём дз 2", 1),
        ("what is homework 2 about", 1),
        ("когда сдавать вторую домашку", None),
        ("что было в первой домашке", None),
        ("сколько баллов за вторую домашку", None),
    ],
)
def test_what_a_numbered_thing_is_about_is_its_opening(question: str, opening: int | None) -> None:
    units = units_of("Домашнее задание 2\n\nСжать модель тремя способами. Срок — 9 ноября.")
    assert opening_of(question, "Домашнее задание 2", units) == opening
    assert opening_of(question, "Разбор второй домашки", units) is None


@pytest.mark.parametrize(
    ("question", "date"),
    [
        ("сколько стоит курс? а когда начало занятий", True),
        ("дедлайн первой домашки? а второй?", True),
        ("дедлайн первой домашки? а сертификат потом дадут", False),
        ("дедлайн первой домашки? а если опоздание на 2 дня", False),
        ("а если опоздаю на 2 дня (дедлайн первой домашки)?", False),
        ("когда", True),
    ],
)
def test_a_date_is_asked_for_by_what_is_asked_now(question: str, date: bool) -> None:
    assert asks_for_date(question) is date


def test_a_correction_that_only_comes_along_takes_no_place() -> None:
    faq, quota, marks, last = (passage(n, f"Пост {n}", "Слова.") for n in range(1, 5))
    faq, quota = replace(faq, corrected_by=quota.document_id), replace(quota, score=-0.5)
    assert along_last([faq, quota, marks, last]) == [faq, marks, last, quota]
    assert along_last([faq, replace(quota, score=0.9), marks]) == [faq, replace(quota, score=0.9), marks]


def test_items_of_a_list_stay_with_what_replaces_one_of_them() -> None:
    text = "Мой список:\n\n1. Heun — 20 шагов.\n2. Euler — 40 шагов.\n3. LCM — 4 шага."
    old = of(text, {"список": 0.3, "Heun": 0.3, "Euler": 0.2, "LCM": 0.2}, 1, passage(2, "", "").document_id)
    new = replace(of("Для Euler теперь хватает 28 шагов.", {"28": 0.01}, 2), worth=0.1)
    shown, later = chosen(old, new, question="Какой сэмплер?")
    assert "2. Euler" in said(shown)
    assert ("28 шагов" in said(later), later.later) == (True, True)


def test_another_post_is_shown_where_it_is_about_as_likely_or_speaks_of_as_much() -> None:
    weights = {"кот": 1.0, "еж": 1.0}
    question = "Что ест кот и ёж?"
    cat, owl = of("Кот ест рыбу.", {"Кот": 0.6}), of("Сова спит днём.", {"Сова": 0.28}, 2)
    both = of("Кот и ёж едят рыбу.", {"Кот": 0.28}, 2)
    assert len(likeliest(question, [cat, owl], weights, Wanted(question))) == 1
    assert len(likeliest(question, [cat, both], weights, Wanted(question))) == 2
    near = "Потери не падают ниже 0.02, это нормально?"
    other, very = of("График потерь ниже 0.03.", {"0.03": 0.47}), of("Потери не падают ниже 0.02.", {"0.02": 0.45}, 2)
    assert [said(one) for one in likeliest(near, [other, very], {}, Wanted(near))] == ["Потери не падают ниже 0.02."]


def test_an_answer_begins_with_the_sentence_that_answers() -> None:
    text = "Команды по три человека. Хорошая тема — повторить одну таблицу. Плохая — сделать всё."
    (one,) = chosen(of(text, {"Команды": 0.11, "Хорошая": 0.5, "Плохая": 0.37}), question="Как выбрать тему?")
    assert said(one).startswith("Хорошая тема")
    rules = "Модели разрешены с отчётом. Работа без такого отчёта возвращается. Болеете — пишите заранее."
    (one,) = chosen(of(rules, {"разрешены": 0.6}), question="Можно ли брать модели?")
    assert said(one).endswith("возвращается.")


@pytest.mark.parametrize(
    ("question", "text", "shares", "begins"),
    [
        (
            "Во сколько раз новая версия быстрее?",
            "Старая версия не самая быстрая. Новую версию ускорили в 6 раз.",
            {"Старая": 0.4, "Новую": 0.3},
            "Новую",
        ),
        (
            "How many layers does the decoder have?",
            "The decoder does most of the work. Only 2 layers were kept.",
            {"work": 0.5, "layers": 0.2},
            "Only 2",
        ),
        (  # a number that is hardly likely changes nothing
            "Во сколько раз новая версия быстрее?",
            "Новая версия быстрее старой. Кота кормят в 6 раз чаще.",
            {"Новая": 0.8, "Кота": 0.13},
            "Новая",
        ),
    ],
)
def test_where_a_number_is_asked_for_the_answer_begins_with_it(
    question: str, text: str, shares: dict[str, float], begins: str
) -> None:
    (one,) = chosen(of(text, shares), question=question)
    assert said(one).startswith(begins)


@pytest.mark.parametrize(
    ("text", "shares", "begins"),
    [
        (
            "Слой лежит на карте один. Модель лежит по частям. Порядок такой: сначала первое, и только потом второе.",
            {"частям": 0.6, "Порядок": 0.2},
            "Слой",
        ),
        (
            "Отрицания в модели нет. Текст подставляют вместо пустого.\n\nДва следствия. И длинный текст вреден.",
            {"следствия": 0.1, "длинный": 0.8},
            "Отрицания",
        ),
        (
            "Keep one layer on the card. Swap whole parts. Use the first, then the second.",
            {"Swap": 0.6, "Use": 0.3},
            "Keep",
        ),
        # what tells itself what it counts leans on nothing
        ("Кот спит. Пёс лает. Потом первое — объём, второе — вес.", {"Потом": 0.8}, "Потом"),
        # the end of a sentence that a line break has cut off
        (
            "задумываешься про гиперы.\n\nнапример, на беты\n\nи первая отвечает за момент. и адам не сходится",
            {"сходится": 0.8},
            "и первая",
        ),
    ],
)
def test_an_answer_brings_what_it_counts_and_opens_with_no_torn_end(
    text: str, shares: dict[str, float], begins: str
) -> None:
    (one,) = chosen(of(text, shares), question="Почему так лучше?")
    assert said(one).startswith(begins)


def test_what_an_answer_names_is_told_with_it() -> None:
    text = "Саша ушёл в стартап AnyAgent. Завидую ему. AnyAgent — это ассистент. Подпишитесь на канал."
    (one,) = chosen(of(text, {"Саша": 0.7, "Подпишитесь": 0.05}), question="Что за стартап у Саши?")
    assert said(one).endswith("ассистент.")


def test_the_likelier_post_stands_first_whatever_search_said() -> None:
    found = chosen(of("Шагов сорок.", {"сорок": 0.3}), of("Шагов двадцать.", {"двадцать": 0.6}, 2))
    assert [one.quote.passage.rank for one in found] == [2, 1]


def test_a_correction_stands_for_what_it_takes_back() -> None:
    wrong = of("Семинар во вторник.", {"вторник": 0.9}, 1, corrected_by=passage(2, "", "").document_id)
    right = of("Поправка: семинар в среду.", {"среду": 0.05}, 2)
    assert [said(one) for one in chosen(wrong, right, question="Когда семинар?")] == ["Поправка: семинар в среду."]


@pytest.mark.parametrize(("share", "begins"), [(0.7, "Для старых"), (0.4, "Прошлый")])
def test_of_a_short_correction_the_sentence_that_surely_answers_is_enough(share: float, begins: str) -> None:
    text = "Прошлый список писался для старых камер. Новым камерам штатив не нужен. Для старых камер штатив остаётся."
    old = of("Штатив для камер берите лёгкий.", {"Штатив": 0.1}, 1, corrected_by=passage(2, "", "").document_id)
    (one,) = chosen(old, of(text, {"Для старых": share}, 2), question="Какой штатив брать для старых камер?")
    assert said(one).startswith(begins)


@pytest.mark.parametrize(
    ("old", "new", "question", "left"),
    [
        ("Срок сдачи отчёта — 28 сентября.", "Новый срок сдачи отчёта — 5 октября.", "Когда сдать отчёт?", [2]),
        ("Абонемент стоит 3000 рублей.", "Теперь абонемент стоит 3500 рублей.", "Сколько стоит абонемент?", [2]),
        ("Занятия по вторникам в зале.", "Занятия в зале теперь по средам.", "По каким дням занятия?", [2]),
        ("You get 20 hours of the cluster.", "You now get 12 hours of the cluster.", "How many hours?", [2]),
        ("Срок сдачи отчёта — 28 сентября.", "Срок сдачи отчёта не меняется, зачёт 5 октября.", "Когда отчёт?", [1, 2]),
        ("Срок первой домашки — 9 ноября.", "Срок второй домашки перенесли на 5 октября.", "Когда домашка?", [1, 2]),
        (
            "Встреча клуба настольных игр 9 марта.",
            "Встреча клуба книголюбов переносится на 16 марта.",
            "Когда встреча клуба настольных игр?",
            [1, 2],
        ),
        ("Абонемент стоит 3000 рублей.", "Абонемент на год стоит 9000 рублей.", "Сколько стоит абонемент?", [1, 2]),
    ],
)
def test_of_two_answers_the_one_that_says_it_has_changed_stays(
    old: str, new: str, question: str, left: list[int]
) -> None:
    found = chosen(of(old, {old[:8]: 0.6}), of(new, {new[-8:]: 0.35}, 2), question=question)
    assert sorted(one.quote.passage.rank for one in found) == left


def test_what_a_correction_replaces_is_left_out_or_said_with_what_replaces_it() -> None:
    text = "Начало седьмого в зале. Занятия по понедельникам в 19:00. Вход бесплатный."
    later = passage(2, "", "").document_id
    moved = of("Занятия с октября по средам в 19:30.", {"средам": 0.01}, 2)
    free = of(text, {"Вход": 0.7, "понедельникам": 0.25}, 1, corrected_by=later)
    assert [said(one) for one in chosen(free, moved, question="Платный ли вход?")] == ["Вход бесплатный."]
    day = of(text, {"понедельникам": 0.9}, 1, corrected_by=later)
    old, new = chosen(day, replace(moved, worth=0.1), question="Во сколько начало?")
    assert "понедельникам" in said(old)
    assert (said(new), new.later) == ("Занятия с октября по средам в 19:30.", True)
    parts, citations = quoted([replace(new, lead="Позже изменено, 06.05.2024:")])
    assert parts[0].text.startswith("Позже")
    assert [one.n for one in citations] == [1]


class Pointing:
    """A model that points at what it is told to, and keeps what it was asked."""

    def __init__(self, numbers: str) -> None:
        self._numbers, self.asked = numbers, ""

    async def complete(self, messages: list[Message], **_: Any) -> Completion:
        self.asked = str(messages[-1]["content"])
        return Completion(self._numbers, Usage(), "stop", "pointing")


FILLER = " ".join(f"В части {n} говорится о погоде в горах и о дороге." for n in range(60))


def test_a_long_post_is_folded_around_its_answer_and_a_short_one_stands_whole() -> None:
    (long,) = chosen(of(f"{FILLER} Шагов сорок. {FILLER}", {"сорок": 0.9}))
    assert "Шагов сорок." in long.quote.text
    assert len(long.quote.text) <= 2 * MAX_CHARS
    assert long.quote.text in f"{FILLER} Шагов сорок. {FILLER}"
    short = "Погода хорошая. Шагов сорок. Дальше о горах."
    (whole,) = chosen(of(short, {"сорок": 0.9}))
    assert whole.quote.text == short
    assert MAX_FURTHER < MAX_CHARS


def test_sentences_that_share_the_answer_are_shown_together() -> None:
    text = f"Сначала двадцать шагов. {FILLER[:300]} Потом ещё сорок шагов."
    (one,) = chosen(of(text, {"двадцать": 0.5, "сорок": 0.3}))
    assert said(one).startswith("Сначала двадцать шагов.")
    assert said(one).endswith("Потом ещё сорок шагов.")


lines = st.text(" абвгд.,!?:\n#-*`", min_size=1, max_size=60).map(lambda one: f"Слово {one}")


@given(st.lists(lines, min_size=1, max_size=40), st.data())
def test_what_is_shown_stands_in_the_quote_and_the_quote_in_the_post(texts: list[str], data: st.DataObject) -> None:
    text = "\n".join(texts)
    units = tuple(units_of(text))
    shares = tuple(data.draw(st.lists(st.floats(0.0, 1.0), min_size=len(units), max_size=len(units))))
    found = likeliest("о чём?", [Ranked(passage(1, texts[0], text), units, shares, 1.0)], {}, Wanted("о чём?"))
    (one,) = found
    assert one.quote.text.removesuffix("…") in text
    assert one.chosen
    for start, end in one.spans:
        assert 0 <= start < end <= len(one.quote.text)
    for unit in one.units:
        assert one.quote.text[unit.start : unit.end].startswith(unit.text[: unit.end - unit.start][:20])
    parts, citations = quoted(found)
    assert citations[0].quote == one.quote.text
    assert any(part.text.strip() for part in parts)


LOADER = passage(
    1,
    "Чем открывать картинки",
    "JPEG: за десять эпох DALI справился за 4 секунды, загрузчик PyTorch за 55. "
    "PNG: разница меньше, 16 секунд против 55. "
    "Так выходит потому, что JPEG она раскодирует на самой карте. "
    "Мерили на RTX 3090, картинок была тысяча.",
)
CIRCLE = passage(
    2,
    "Правила кружка",
    "Задача на кластере считается не дольше четырёх часов. Очередь через sbatch. "
    "За каждый день опоздания снимают десятую часть баллов. Работу сдают ссылкой через форму.",
)


@pytest.mark.parametrize(
    ("before", "told", "asked", "words"),
    [
        ("На сколько DALI быстрее на JPEG?", "JPEG: за десять эпох", "а на png?", "16 секунд"),
        ("На сколько DALI быстрее на JPEG?", "JPEG: за десять эпох", "а мерили на чём?", "RTX 3090"),
        ("На сколько DALI быстрее на JPEG?", "JPEG: за десять эпох", "а почему?", "потому"),
        ("На сколько DALI быстрее на PNG?", "PNG: разница меньше", "а на jpeg сколько?", "4 секунды"),
        ("На сколько DALI быстрее на JPEG?", "JPEG: за десять эпох", "and how many pictures?", "тысяча"),
        ("Куда сдавать работу?", "Работу сдают ссылкой", "а если опоздаю на два дня", "день опоздания"),
        ("Как поставить задачу в очередь?", "Очередь через sbatch", "а максимум сколько может считаться?", "четырёх"),
        ("Сколько снимают за опоздание?", "За каждый день", "а сдавать куда", "форму"),
    ],
)
def test_a_follow_up_is_answered_by_what_was_not_told_yet(
    ranker: Ranker, before: str, told: str, asked: str, words: str
) -> None:
    units = [(one.document_id, unit.text) for one in (LOADER, CIRCLE) for unit in units_of(one.text)]
    cited, text = next(one for one in units if one[1].startswith(told))
    history = [Turn("assistant", f"{text} [1]", (cited,))]
    shown = replace(shown_last(history), asked=asked)
    whole = f"{before} {asked}"
    posts = [LOADER, CIRCLE, GUIDANCE]
    read = cited_first(shown, [one for one in posts if shown.holds(one)], posts)
    found = ranker.rank(whole, read, Wanted(whole, None, focus_of(asked), shown))
    best = max((share, unit.text) for one in found for unit, share in zip(one.units, one.shares, strict=True))
    assert words in best[1]


def test_the_shipped_weights_name_what_is_gathered(e5: Embedder) -> None:
    judge = open_judge(e5)
    assert judge is not None
    rule = load_rule("sentences")
    (one,) = gather(Question.of("Сколько?", NoFrequencies()), [SAMPLERS], Meaning(e5), judge, Wanted("Сколько?"))
    assert set(rule.weights) == {*one.features[0], *one.rules[0]}


@pytest.mark.parametrize(
    "text",
    [
        "## Ёж\n\nБежит по лесу ночью.\n\n## Кот\n\nСпит на печи днём.",
        "**Ёж**\n\nБежит по лесу ночью.\n\n**Кот**\n\nСпит на печи днём.",
        "Вот они все.\n\nЁж\nБежит по лесу ночью.\n\nКот\nСпит на печи днём.",
    ],
)
def test_a_sentence_knows_the_heading_above_it(e5: Embedder, text: str) -> None:
    judge = open_judge(e5)
    assert judge is not None
    asked = Question.of("Что делает ёж?", NoFrequencies())
    (one,) = gather(asked, [passage(1, "Звери", text)], Meaning(e5), judge, Wanted(asked.text))
    headed = {unit.text: features["heading"] for unit, features in zip(one.units, one.features, strict=True)}
    assert headed["Бежит по лесу ночью."] > headed["Спит на печи днём."] == 0.0


def test_a_rule_counts_by_its_weight_beside_what_was_learnt() -> None:
    rule = LogisticRule(0.0, 0.5, {"x": 1.0, "told": 0.5}, {"x": 0.0, "told": 0.0}, {"x": 1.0, "told": 1.0}, {})
    text = "Первое. Второе."
    units = tuple(units_of(text))
    plain: dict[str, float] = {"x": 1.0, "words": 0.0, "close": 0.0, "judged": 0.0, "shape": 0.0}
    (one,) = ranked(
        [Evidence(passage(1, "Т", text), units, (plain, plain), ({"told": 0.0}, {"told": math.log(9)}))], rule
    )
    assert one.shares == pytest.approx((0.25, 0.75))


async def test_a_model_that_points_is_shown_the_likeliest_sentences_in_their_order() -> None:
    text = " ".join(f"В части {n} речь о горах." for n in range(40)) + " Шагов сорок."
    shares = {f"части {n} ": 0.01 * n for n in range(40)} | {"сорок": 0.5}
    found = chosen(of(text, shares))
    model = Pointing("1")
    pointed = await point(cast(ChatModel, model), "Сколько шагов?", found, "ru")
    listed = [line.split(". ", 1)[1] for line in model.asked.splitlines() if line[:1].isdigit()]
    assert len(listed) == SHOWN
    assert listed == sorted(listed, key=text.index)
    assert listed[-1] == "Шагов сорок."
    assert listed[0] in said(pointed.excerpts[0])  # what it means by 1


@pytest.mark.parametrize(
    ("text", "question", "words", "not_said"),
    [
        ("Прошивка 1.4.0 вышла.\n\nUPD: ставьте прошивку 1.4.2.", "какую прошивку ставить", "1.4.2", "1.4.0"),
        ("Прослушивание проводит Инна.\n\nОбновление: прослушивание ведёт Олег.", "чьё прослушивание", "Олег", "Инна"),
        ("The talk is in room 4. Bring tea.\n\nEdit: the talk is in room 9.", "where is the talk", "room 9", "room 4"),
        ("Вход стоит сто монет. Ноты не нужны.\n\nUPD: погода плохая.", "сколько стоит вход", "сто монет", "погода"),
    ],
)  # fmt: skip
def test_what_a_post_says_anew_stands_for_what_it_said(
    ranker: Ranker, text: str, question: str, words: str, not_said: str
) -> None:
    wanted = Wanted(question)
    (one,) = likeliest(question, ranker.rank(question, [passage(1, "Заметка", text)], wanted), {}, wanted)
    assert words in said(one)
    assert not_said not in said(one)


@pytest.mark.parametrize(
    ("text", "shares", "answer", "told"),
    [
        # what stands between two sentences that answer is told as well
        ("Раз. Два. Три. Четыре.", (0.4, 0.001, 0.4, 0.001), [0, 2], [0, 1, 2]),
        # a neighbour that may say a part of the answer, on either side
        ("Кот спит. Пёс ест. Ёж бежит. Уж ползёт.", (0.001, 0.3, 0.6, 0.02), [2], [1, 2, 3]),
        # a step further, as long as each may say something
        ("Кот спит. Пёс ест. Ёж бежит. Уж ползёт.", (0.3, 0.3, 0.39, 0.001), [2], [0, 1, 2]),
        # what an answer begins with must be likelier than what goes on, and lean on nothing
        ("Кот спит. Пёс ест. Ёж бежит. Уж ползёт.", (0.001, 0.15, 0.75, 0.03), [2], [2, 3]),
        ("Кот спит. Он ест. Ёж бежит.", (0.001, 0.1, 0.8), [2], [2]),
        # rows of a table come along only by themselves
        (
            "Вот числа.\n\n| A | B |\n|---|---|\n| кот | 1 |\n| ёж | 2 |\n\nЁж бежит.",
            (0.1, 0.0, 0.4, 0.1, 0.4),
            [2, 4],
            [2, 4],
        ),
        # a label of a link is no sentence
        ("Ёж бежит.\n\n❱❱ Код\n❱❱ Статья", (0.8, 0.1, 0.1), [0], [0]),
        # never over a heading, a line of tags, or to a line that only announces what follows
        ("Раз.\n\n## Два\n\nТри.\n\n#четыре", (0.1, 0.1, 0.8, 0.1), [2], [2]),
        ("Раз.\n\nДва:\n\nТри.", (0.8, 0.1, 0.1), [0], [0]),
        # sentences under two headings stay apart
        ("Раз.\n\n## Два\n\nТри.", (0.5, 0.001, 0.5), [0, 2], [0, 2]),
    ],
)
def test_an_answer_is_told_in_one_piece(
    text: str, shares: tuple[float, ...], answer: list[int], told: list[int]
) -> None:
    assert in_one_piece(units_of(text), shares, answer) == told


def test_an_answer_in_one_piece_stays_a_few_lines() -> None:
    long = "Слово за слово, и так набирается целое предложение длиной в сотню букв или около того, ну вот."
    text = " ".join([long] * 12)
    units = units_of(text)
    told = in_one_piece(units, [0.08] * len(units), [5])
    assert 2 <= len(told) <= 5
    assert in_one_piece(units, [0.08] * len(units), [0, 11]) == [0, 11]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("когда защита проектов?", "14 декабря, по десять минут на доклад."),
        ("дата защиты", "14 декабря, по десять минут на доклад."),
        ("до какого числа прислать слайды", "Слайды присылайте до 12 декабря."),
        ("а кстати когда защита", "14 декабря, по десять минут на доклад."),
    ],
)
def test_the_date_of_the_event_that_is_asked_for(question: str, best: str) -> None:
    title, units = "Напоминание про защиты", units_of(
        "Слайды присылайте до 12 декабря. 14 декабря, по десять минут на доклад. Порядок решит жребий."
    )  # fmt: skip
    told = [Told(title, units, [frozenset(terms(unit.text)) for unit in units])]
    (worth,) = of_date(question, dict.fromkeys(content_terms(question), 1.0), told)
    assert units[worth.index(max(worth))].text == best


@pytest.mark.parametrize("question", ["срок доклада", "когда сдавать доклад?", "when is the talk due"])
def test_any_date_under_the_title_that_is_asked_of_comes_before_a_date_of_something_else(question: str) -> None:
    texts = {"Доклады": "Темы шлите до 1 ноября, слушаем 14 декабря.", "Срок отчёта": "Новый срок — 5 октября."}
    told = [
        Told(title, units, [frozenset(terms(unit.text)) for unit in units])
        for title, text in texts.items()
        for units in [units_of(text)]
    ]
    asked, other = of_date(question, dict.fromkeys(content_terms(question), 1.0), told)
    assert max(asked) > max(other)


def test_a_moved_day_does_not_take_back_the_date_of_something_else() -> None:
    opened = of(
        "Начало — 7 сентября, занятия курса по понедельникам.", {"Начало": 0.9}, 1, passage(2, "", "").document_id
    )
    moved = of("Занятия курса теперь по средам.", {"средам": 0.05}, 2)
    old, new = chosen(opened, moved, question="Когда начинается курс?")
    assert ("7 сентября" in said(old), "средам" in said(new), new.later) == (True, True, True)
    assert [said(one) for one in chosen(opened, moved, question="По каким дням занятия курса?")] == [said(new)]


@pytest.mark.parametrize("question", ["почему защита важна", "когда стоит брать AWQ", "сколько минут на доклад"])
def test_where_no_date_is_asked_for_none_is_preferred(question: str) -> None:
    units = units_of("Защита 14 декабря. Доклад десять минут.")
    told = [Told("Защиты", units, [frozenset(terms(unit.text)) for unit in units])]
    assert of_date(question, dict.fromkeys(content_terms(question), 1.0), told) == [[0.0, 0.0]]
