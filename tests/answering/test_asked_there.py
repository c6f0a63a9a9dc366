"""A question that a text asks itself is known in the other language."""

from __future__ import annotations

import pytest

from konspekt.answering.words.meaning import Meaning
from konspekt.answering.writing.kinds.own_questions.asked_there import asked_there
from konspekt.indexer.embedding.e5.embedder import E5Embedder
from tests.answering.passages import GUIDANCE, passage

USUAL = passage(
    1,
    "Частые вопросы",
    "— Нужен ли свой ноутбук? Нет, компьютеры стоят в классе.\n— Можно ли прийти с другом? Можно.\n"
    "— В какой аудитории занятия? В третьей.",
)


@pytest.mark.parametrize(
    ("question", "same"),
    [
        ("do I need my own laptop?", "Нужен ли свой ноутбук?"),
        ("do we have to bring a laptop", "Нужен ли свой ноутбук?"),
        ("can I come with a friend?", "Можно ли прийти с другом?"),
        ("how fast is a laptop?", None),  # asks for no yes or no
        ("does guidance make colours burn?", None),
        ("нужен ноутбук?", None),  # its own words lead there
    ],
)
def test_a_usual_question_is_found_from_the_other_language(e5: E5Embedder, question: str, same: str | None) -> None:
    assert asked_there(question, [GUIDANCE, USUAL], Meaning(e5)) == same
