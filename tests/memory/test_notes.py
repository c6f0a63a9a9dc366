"""What of a message is kept as a note, and which note takes the place of which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.memory.understanding.notes import Statement, replaces, statement_of, statements


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("запомни, я делаю диплом по LTX-Video", "work", "LTX-Video"),
        ("Запомни: мой любимый оптимизатор — Lion", "fact", "Lion"),
        ("я новичок", "level", "beginner"),
        ("у меня 3060", "hardware", "3060"),
        ("купил RTX 4090", "hardware", "RTX 4090"),
        ("сменил 3060 на 4090", "hardware", "4090"),
        ("у меня теперь 24 ГБ видеопамяти", "hardware", "24 ГБ"),
        ("отвечай короче", "style", "short"),
        ("отвечай подробнее, пожалуйста", "style", "long"),
        ("объясняй простыми словами", "style", "simple"),
        ("мы уже проходили LoRA", "known", "LoRA"),
        ("про LoRA я уже знаю", "known", "LoRA"),
        ("мы это проходили", "known", ""),
        ("меня зовут Анна", "name", "Анна"),
        ("я живу в Казани", "place", "Казани"),
        ("мой диплом теперь про Wan 2.1", "work", "Wan 2.1"),
        ("I'm a beginner", "level", "beginner"),
        ("I have an RTX 4090", "hardware", "RTX 4090"),
        ("remember that my favourite model is FLUX", "fact", "FLUX"),
    ],
)
def test_a_statement_is_kept(text: str, kind: str, value: str) -> None:
    kept, rest = statements(text)
    assert [(one.kind, one.value) for one in kept] == [(kind, value)]
    assert rest == ""


@pytest.mark.parametrize(
    "text",
    [
        "что такое LoRA?",
        "Как мне обучить LoRA на 3060?",
        "какая у меня видеокарта?",
        "у меня ошибка CUDA out of memory",
        "у меня не работает LoRA",
        "мне нравится ваш канал",
        "мой датасет — 200 картинок, хватит?",
        "запомни это",
        "расскажи про диплом",
    ],
)
def test_a_question_or_a_complaint_is_not(text: str) -> None:
    assert statements(text) == ([], text)


@pytest.mark.parametrize(
    ("text", "value", "rest"),
    [
        ("я новичок, что такое LoRA?", "beginner", "что такое LoRA?"),
        ("Я новичок. Что такое LoRA?", "beginner", "Что такое LoRA?"),
        ("У меня RTX 3060, пойдёт ли FLUX?", "RTX 3060", "пойдёт ли FLUX?"),
        ("я пишу курсовую про диффузию. Как работает DDIM?", "диффузию", "Как работает DDIM?"),
    ],
)
def test_a_statement_before_a_question_is_kept_and_the_question_stays(text: str, value: str, rest: str) -> None:
    kept, left = statements(text)
    assert [one.value for one in kept] == [value]
    assert left == rest


@pytest.mark.parametrize(
    ("new", "old", "same"),
    [
        ("у меня 4090", "у меня 3060", True),
        ("сменил тему диплома на Wan", "я делаю диплом по LTX-Video", True),
        ("я делаю проект про RAG", "я делаю диплом по LTX-Video", False),
        ("запомни, мой любимый оптимизатор теперь AdamW", "запомни, мой любимый оптимизатор — Lion", True),
        ("запомни, мой любимый сэмплер — DDIM", "запомни, мой любимый оптимизатор — Lion", False),
        ("отвечай подробнее", "отвечай короче", True),
        ("меня зовут Аня", "меня зовут Анна", True),
        ("я больше не новичок", "я новичок", True),
        ("у меня 4090", "я новичок", False),
        ("мы уже проходили GAN", "мы уже проходили LoRA", False),
    ],
)
def test_a_newer_statement_about_the_same_takes_the_place(new: str, old: str, same: bool) -> None:
    ((later,), _), ((earlier,), _) = statements(new), statements(old)
    assert replaces(later, earlier.kind, earlier.subject) is same


def test_what_holds_no_more_ends_a_note() -> None:
    ((one,), _) = statements("я уже не новичок")
    assert one.ends


@given(st.text(max_size=400))
def test_no_text_breaks_it_and_nothing_grows(text: str) -> None:
    kept, rest = statements(text)
    assert len(rest) <= len(text)
    assert all(isinstance(one, Statement) and len(one.text) <= 300 and len(one.subject) <= 255 for one in kept)
    assert statement_of(text).kind
