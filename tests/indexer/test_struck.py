"""What is struck through is taken back; what only looks so is not."""

from __future__ import annotations

import pytest

from konspekt.indexer.documents import Document, Entity
from konspekt.indexer.struck import current_text, marked_text, struck_parts


def lecture(text: str) -> Document:
    return Document(id="course/1", source_id="course", kind="lecture", title="Лекция", text=text)


@pytest.mark.parametrize(
    ("text", "current"),
    [
        ("Шагов ~~1000~~ 50.", "Шагов  50."),
        ("~~Старое~~ новое", " новое"),
        ("~~в две\nстроки~~ и дальше", " и дальше"),
        ("~~~~\nкод\n~~~~", "~~~~\nкод\n~~~~"),
        ("~~~\na ~~b~~\n~~~\nтекст", "~~~\na ~~b~~\n~~~\nтекст"),
        ("```\nx = ~~y~~\n```", "```\nx = ~~y~~\n```"),
        ("`~~не зачёркнуто~~` здесь", "`~~не зачёркнуто~~` здесь"),
        ("a ~~ b ~~ c", "a ~~ b ~~ c"),
        ("одна ~~ здесь\n\nдругая ~~ там", "одна ~~ здесь\n\nдругая ~~ там"),
        ("примерно ~5 и ~6", "примерно ~5 и ~6"),
    ],
)
def test_struck_text_of_a_course_file(text: str, current: str) -> None:
    assert current_text(lecture(text)) == current


def test_struck_text_of_a_post_is_where_its_entities_say() -> None:
    post = Document(
        id="c/1",
        source_id="c",
        kind="post",
        title="",
        text="🙂 цена 500 900",
        entities=(Entity("strikethrough", 8, 3),),
    )
    assert current_text(post) == "🙂 цена  900"
    assert marked_text(post) == "🙂 цена ~~500~~ 900"


@pytest.mark.parametrize(
    ("text", "current"),
    [
        ("~~Понедельник, 19:00~~ больше не действует.", "~~Понедельник, 19:00~~ больше не действует."),
        ("Семинар ~~в пятницу~~ отменяется.", "Семинар ~~в пятницу~~ отменяется."),
        ("~~Старый адрес~~ — неверный, пишите на новый.", "~~Старый адрес~~ — неверный, пишите на новый."),
        ("The ~~Monday slot~~ is no longer valid.", "The ~~Monday slot~~ is no longer valid."),
        ("~~Room 5~~ was cancelled, come to room 7.", "~~Room 5~~ was cancelled, come to room 7."),
        ("Цена ~~500~~ 900 рублей.", "Цена  900 рублей."),
        ("~~Среда~~ Четверг, 19:00.", " Четверг, 19:00."),
        ("~~Занятия по средам.~~ Больше не собираемся.", " Больше не собираемся."),
    ],
)
def test_a_sentence_that_speaks_of_struck_words_keeps_them_struck(text: str, current: str) -> None:
    assert current_text(lecture(text)) == current


def test_a_shown_text_is_told_in_pieces() -> None:
    assert struck_parts("Слот ~~в среду~~ снят") == [("Слот ", False), ("в среду", True), (" снят", False)]
    assert struck_parts("примерно ~~ и ~5~") == [("примерно ~~ и ~5~", False)]
