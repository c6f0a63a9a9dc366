"""However a word is written, document and query meet in the same term."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.indexer.lexical import MAX_TERM, STOP_WORDS, base_form, terms
from konspekt.indexer.numbered import numbered_things


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Квантизация моделей", "квантизации модель"),
        ("ёлка", "ЕЛКИ"),
        ("#нейросети", "нейросеть"),
        ("GPT-4", "gpt4"),
        ("gpt 4", "GPT-4"),
        ("gpt4", "gpt 4"),
        ("state-of-the-art", "state of the art"),
        ("Qwen2.5-Coder", "qwen2.5 coder"),
        ("running models", "run model"),
        ("Wi‑Fi", "wifi"),
        ("FP16", "fp16"),
        ("C++", "c++"),
        ("snake_case", "snake case"),
        ("QuIP#", "quip"),
    ],
)
def test_one_thing_written_two_ways_shares_its_rarest_term(written: str, asked: str) -> None:
    shared = set(terms(written)) & set(terms(asked))
    assert shared
    assert max(shared, key=len) in {max(terms(written), key=len), max(terms(asked), key=len)}


@pytest.mark.parametrize(("one", "other"), [("gpt4", "gpt5"), ("кот", "код"), ("c", "c++"), ("2.5", "3.5")])
def test_different_things_keep_a_term_apart(one: str, other: str) -> None:
    assert set(terms(one)) != set(terms(other))


def test_stop_words_say_nothing() -> None:
    assert terms("что это такое и как оно было, of the and to") == []
    assert terms("") == terms("… — 🤯") == []


def test_stop_words_of_a_question_leave_its_subject() -> None:
    assert set(terms("Почему в SageAttention PV считают в FP16?")) >= {"pv", "fp16", "считать"}


@given(st.text(max_size=300))
def test_terms_are_ready_for_a_database_that_splits_at_spaces(text: str) -> None:
    for term in terms(text):
        assert term
        assert len(term) <= MAX_TERM
        assert not any(character.isspace() or character in "\"'()*:^" for character in term)
        assert term not in STOP_WORDS
        assert term == term.lower()


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя ё", max_size=60))
def test_case_and_yo_do_not_matter(text: str) -> None:
    assert terms(text) == terms(text.upper()) == terms(text.replace("ё", "е"))


@pytest.mark.parametrize(
    ("said", "thing"),
    [
        ("вторая домашка", "homework2"),
        ("дедлайн второго домашнего задания", "homework2"),
        ("2-я домашка", "homework2"),
        ("2ая домашка", "homework2"),
        ("срок 2 дз", "homework2"),
        ("дз №2", "homework2"),
        ("дз2", "homework2"),
        ("Домашнее задание 2", "homework2"),
        ("домашка номер два", "homework2"),
        ("hw2", "homework2"),
        ("homework #2", "homework2"),
        ("the second homework", "homework2"),
        ("что делать во второй (домашки)?", "homework2"),
        ("Assignment 2", "homework2"),
        ("пятая лекция", "lecture5"),
        ("Лекция 5. Числа", "lecture5"),
        ("lecture-05", "lecture5"),
        ("5th lecture", "lecture5"),
        ("на седьмом семинаре", "seminar7"),
        ("часть вторая", "part2"),
        ("в третьей главе", "chapter3"),
    ],
)
def test_a_thing_told_apart_by_its_number_is_one_term_however_it_is_said(said: str, thing: str) -> None:
    assert thing in terms(said)
    assert numbered_things(terms(said)) == {thing[:-1]: {thing[-1]}}


@pytest.mark.parametrize(
    "said",
    ["лекция 5 октября", "семинар 4 ноября отменяется", "лекция в 19:00", "8 лекций", "Восемь лекций", "дз 20 баллов",
     "Сдали домашку. 2. Забыли множители", "homework: two parts"],
)  # fmt: skip
def test_a_number_that_counts_or_tells_the_time_is_no_name(said: str) -> None:
    assert numbered_things(terms(said)) == {}


def test_letters_of_formulas_are_one_term_however_they_are_written() -> None:
    assert {"root", "1", "beta"} <= set(terms(r"$\sqrt{1-\beta_t}$")) & set(terms("корень из 1-бета"))
    assert terms("σ") == terms("сигма") == terms(r"$\sigma$") == ["sigma"]


def test_several_numbers_of_one_thing_are_all_of_them() -> None:
    assert numbered_things(terms("лекции 5 и 6, семинары 1–2")) == {"lecture": {"5", "6"}, "seminar": {"1", "2"}}
    assert numbered_things(terms("первая, вторая и третья лекции")) == {"lecture": {"1", "2", "3"}}


@pytest.mark.parametrize(
    ("one", "other"),
    [("дедлайн", "срок"), ("лекции", "lectures"), ("домашнее задание", "homework"), ("due date", "дедлайна"),
     ("препода", "преподаватель"), ("семинары", "seminar")],
)  # fmt: skip
def test_words_of_a_course_meet_in_both_languages(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.usefixtures("threads_in_turn")
def test_words_of_several_readers_at_once_get_the_stems_that_each_gets_alone() -> None:
    words = [f"{start}{end}" for start in ("квантифайн", "generaliz", "дримбутн", "relation", "hopping")
             for end in ("ational", "ости", "ing", "ами", "s", "")]  # fmt: skip
    stem = base_form.__wrapped__
    alone = [stem(word) for word in words]
    with ThreadPoolExecutor(8) as readers:
        for stems in readers.map(lambda _: [stem(word) for word in words], range(100)):
            assert stems == alone
