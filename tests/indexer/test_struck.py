"""What is struck through is taken back; what only looks so is not."""

from __future__ import annotations

import pytest

from konspekt.indexer.documents import Document, Entity
from konspekt.indexer.struck import current_text, marked_text


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
