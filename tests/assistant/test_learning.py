"""What is asked, of which sentences, with which wrong answers; and when again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from konspekt.assistant.learning.bank import Bank
from konspekt.assistant.learning.cards import is_well_known, reviewed
from konspekt.assistant.learning.facts import GAP, Fact, facts_of
from konspekt.assistant.learning.questions import question_of
from konspekt.assistant.learning.statements import Statement, stands_alone, statements
from konspekt.storage.database import Database
from konspekt.storage.models import CorrectionRow, DocumentRow, SourceRow


def said(text: str, number: int = 1) -> Statement:
    return Statement(text, f"s/{number}", "Заголовок", None)


def fact_of(text: str, number: int = 1) -> Fact | None:
    return next(iter(facts_of([said(text, number)])), None)


@pytest.mark.parametrize(
    ("sentence", "alone"),
    [
        ("Текстовый кодировщик CLIP читает 77 токенов, из которых два служебные.", True),
        ("Rombach и др. (2022) сначала учат автоэнкодер, который сжимает картинку.", True),
        ("ControlNet замораживает сеть и учит копию её кодирующей половины.", True),
        ("Поэтому KIVI квантует ключи по каналам, а значения по токенам.", False),
        ("Это даёт выигрыш в скорости примерно в два раза на каждом шаге.", False),
        ("QuaRot делает это со случайной матрицей Адамара на каждом слое.", False),
        ("Она сжимает картинку в восемь раз по каждой стороне кадра.", False),
        ("Режем строку на группы по 32 веса, у каждой свой множитель.", False),
        ("Обучите поток на двумерных лунах и нарисуйте 50 траекторий.", False),
        ("Обучить DDPM на MNIST с сетью не больше 2 миллионов параметров.", False),
        ("Больше 40 шагов я не вижу смысла ставить ни в одном сэмплере.", False),
        ("Почему при обучении условие выбрасывают именно в 10 % случаев?", False),
        ("Срок сдачи первой работы сдвинут на 3 дня, до конца недели.", False),
        ("SageAttention — образец того, как одна строчка экономит половину.", False),
        ("Множитель $\\alpha_t$ нужен, чтобы дисперсия не росла со временем.", False),
        ("Подробности по ссылке https://example.org про квантизацию весов.", False),
    ],
)
def test_only_sentences_that_stand_alone_are_asked_about(sentence: str, alone: bool) -> None:
    assert stands_alone(sentence) is alone


@pytest.mark.parametrize(
    ("sentence", "kind", "ask", "right"),
    [
        ("NFE — число вызовов сети за одну картинку.", "definition", "NFE", "число вызовов сети за одну картинку"),
        ("Гидрид — это соединение металла и водорода.", "definition", "Гидрид", "соединение металла и водорода"),
        (
            "Peebles и Xie (2022) выбросили U-Net и поставили трансформер.",
            "author",
            f"{GAP} (2022) выбросили U-Net и поставили трансформер.",
            "Peebles и Xie",
        ),
        (
            "FID сравнивает два облака признаков: средние и ковариации.",
            "name",
            f"{GAP} сравнивает два облака признаков: средние и ковариации.",
            "FID",
        ),
        (
            "Кодировщик CLIP читает 77 токенов, из которых два служебные.",
            "number",
            f"Кодировщик CLIP читает {GAP} токенов, из которых два служебные.",
            "77",
        ),
        (
            "Группа из 32 чисел и 4 бита на вес дают лишние полбита.",
            "number",
            f"Группа из {GAP} чисел и 4 бита на вес дают лишние полбита.",
            "32",
        ),
        (
            "Внимание SD3 при мелких патчах в 16 раз дороже обычного.",
            "number",
            f"Внимание SD3 при мелких патчах в {GAP} раз дороже обычного.",
            "16",
        ),
    ],
)
def test_a_fact_is_taken_with_its_gap(sentence: str, kind: str, ask: str, right: str) -> None:
    fact = fact_of(sentence)
    assert fact is not None
    assert (fact.kind, fact.ask, fact.right) == (kind, ask, right)


@pytest.mark.parametrize(
    "sentence",
    [
        "Цена — два прохода сети на каждый шаг генерации.",  # frames, defines nothing
        "Обычная модель тоже умеет — на каждом шаге её подменяют.",
        "Гидриды — это металл и сделать с ним что-то опасное сложно.",
        "Метод из лекции 3 объясняет кривизну траектории на примере.",  # 3 counts nothing
        "Группа из 32 чисел и ещё 32 числа дают лишние полбита.",  # the answer stands beside the gap
        "Модель SD 1.5 рисует серое вместо чёрного на любом фоне.",
        "Опрос закрылся 14 декабря вместе с концом всего семестра.",
    ],
)
def test_what_is_only_likely_to_make_a_question_is_left_out(sentence: str) -> None:
    assert fact_of(sentence) is None


def test_wrong_numbers_are_of_the_material_and_fit_the_noun() -> None:
    texts = [
        "Кодировщик CLIP читает 77 токенов, из которых два служебные.",
        "Страница кэша держит 16 токенов одной последовательности.",
        "Картинка занимает 256 токенов в словаре модели целиком.",
        "Окно внимания видит 64 токена вокруг каждого места.",  # 64 токена does not fit «_____ токенов»
        "Пакет обрабатывает 128 байт за один такт процессора.",
    ]
    facts = [fact for number, text in enumerate(texts) if (fact := fact_of(text, number))]
    assert len(facts) == len(texts)
    question = question_of(facts[0], facts, [text.lower() for text in texts], seed=1)
    assert question is not None
    assert set(question.options) == {"16", "77", "128", "256"}
    assert question.options[question.correct] == "77"


def test_an_answer_that_the_material_may_bear_out_is_no_wrong_answer() -> None:
    texts = [
        "Кодировщик CLIP читает 77 токенов, из которых два служебные.",
        "Страница кэша держит 16 токенов одной последовательности.",
        "Картинка занимает 256 токенов в словаре модели целиком.",
        "Окно внимания видит 128 токенов вокруг каждого места.",
    ]
    facts = [fact for number, text in enumerate(texts) if (fact := fact_of(text, number))]
    also = "длинный кодировщик clip читает 256 токенов вместо обычных, тоже со служебными"
    question = question_of(facts[0], facts, [*(text.lower() for text in texts), also], seed=1)
    assert question is not None
    assert set(question.options) == {"16", "77", "128"}


def test_with_too_few_wrong_answers_nothing_is_asked() -> None:
    facts = [
        fact
        for number, text in enumerate(["NFE — число вызовов сети за одну картинку."])
        if (fact := fact_of(text, number))
    ]
    assert question_of(facts[0], facts, [], seed=1) is None


def test_forms_of_one_term_are_not_options_of_one_question() -> None:
    texts = [
        "Гидрид — это соединение металла и водорода.",
        "Гидриды — это вещества из металла, в которых много водорода.",
        "Сэмплер — это алгоритм, который ведёт шум к картинке.",
        "Калибровка — это прогон примеров, чтобы узнать диапазоны.",
    ]
    facts = [fact for number, text in enumerate(texts) if (fact := fact_of(text, number))]
    question = question_of(facts[0], facts, [], seed=1)
    assert question is not None
    assert len(question.options) == 3
    assert not any("вещества" in option for option in question.options)


def test_the_bank_leaves_out_adverts_and_what_was_corrected(database: Database) -> None:
    with database.session() as session:
        session.add(SourceRow(id="s", kind="telegram", title="s", location="s"))
        session.flush()
        texts = ["NFE — число вызовов сети за одну картинку.", "GRPO — способ учить модель без критика.",
                 "QAT — обучение с округлением весов внутри."]  # fmt: skip
        for number, text in enumerate(texts):
            fields = {"extra": {"advert": True}} if number == 1 else {}
            row = DocumentRow(id=f"s/{number}", source_id="s", kind="post", title="т", text=text, language="ru",
                              content_hash="", fold_hash="", fields=fields)  # fmt: skip
            session.add(row)
        session.add(CorrectionRow(document_id="s/2", corrected_by="s/0"))
    assert [fact.ask for fact in Bank(database).material().facts] == ["NFE"]
    assert Bank(database, exclude=["вызовов сети"]).material().facts == ()


def test_lectures_are_read_across_their_line_breaks_and_without_code() -> None:
    prose = "# Глава\n\nКодировщик CLIP читает 77\nтокенов, из которых два служебные.\n\n"
    text = prose + "```\nx = 5 токенов всего лишь.\n```\n"
    row = DocumentRow(id="c", source_id="s", kind="course", title="т", text=text, url=None)
    assert [s.text for s in statements(row)] == ["Кодировщик CLIP читает 77 токенов, из которых два служебные."]


def test_pauses_grow_with_right_answers_and_shrink_with_wrong_ones() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    card, due, pauses = None, now, []
    for _ in range(6):
        card, due = reviewed(card, True, now)
        pauses.append(due - now)
        now = due
    assert pauses == sorted(pauses)
    assert pauses[-1] > timedelta(days=21)
    assert card is not None
    assert is_well_known(card)
    _, again = reviewed(card, False, now)
    assert again - now < timedelta(days=1)
