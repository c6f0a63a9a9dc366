"""A question within one numbered thing is read without its name, in the post that is called so."""

from __future__ import annotations

import pytest

from konspekt.answering.judging.within import within
from konspekt.answering.words.lateness import asks_of_lateness, speaks_of_lateness
from tests.answering.passages import passage

PASSAGES = [passage(1, "Семинар 3", "Порог 12."), passage(2, "Лекция 5. Числа", "Порог 7.")]


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("какой порог потерь в семинаре 3", "какой порог потерь"),
        ("какой порог потерь в третьем семинаре?", "какой порог потерь"),
        ("what threshold of loss in the seminar 3", "what threshold of loss"),
        ("перенос порога в семинаре 3 был?", None),  # asks for no number
        ("какой порог потерь в лекции 5", None),  # another one is found first
        ("какой порог потерь в семинаре 4", None),
        ("что на семинаре 3", None),  # nothing else is asked
        ("какой порог потерь", None),
    ],
)
def test_the_name_of_the_post_that_is_asked_in_says_nothing_more(question: str, left: str | None) -> None:
    found = within(question, PASSAGES)
    assert (found[0] if found else None) == left
    assert found is None or found[1] == PASSAGES[:1]


def test_what_comes_too_late_is_asked_of_in_many_words() -> None:
    for question in (
        "можно сдать эссе позже?",
        "примут после дедлайна?",
        "штраф за опоздание",
        "can I hand it in late",
    ):
        assert asks_of_lateness(question), question
    for question in ("когда сдавать эссе", "спросить позже", "is it too late to ask"):
        assert not asks_of_lateness(question), question
    assert speaks_of_lateness("Каждый день опоздания — минус балл.")
    assert not speaks_of_lateness("Новый срок — 5 октября.")
