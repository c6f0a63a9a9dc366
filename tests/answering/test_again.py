"""«Короче», «подробнее», «не то», «на английском», «ещё»: of the last question, and not new ones to search for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.answering.answer import Turn
from konspekt.answering.answerer import Answerer
from konspekt.answering.question.again import Again, again_of, answered_last, asked_last, shown_in
from tests.answering.passages import GUIDANCE, SAMPLERS, Shelf

ASKED = "Сколько шагов нужно сэмплеру Euler?"
TALK = (Turn("user", ASKED), Turn("assistant", "Euler быстрее на шаг, но ему нужно 40 шагов [1]."))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("короче", "shorter"),
        ("а можно покороче?", "shorter"),
        ("в двух словах пожалуйста", "shorter"),
        ("tl;dr", "shorter"),
        ("Подробнее", "longer"),
        ("расскажи поподробнее", "longer"),
        ("more details please", "longer"),
        ("а дальше?", "longer"),
        ("объясни проще", "simpler"),
        ("можешь на пальцах?", "simpler"),
        ("не понял", "simpler"),
        ("explain it like i'm five", "simpler"),
        ("на английском", "english"),
        ("а по-русски можно?", "russian"),
        ("in English please", "english"),
        ("не то", "other"),
        ("это не то что я спрашивал", "other"),
        ("нет, не об этом", "other"),
        ("that's not what I asked", "other"),
        ("ещё", "more"),
        ("есть ещё посты на эту тему?", "more"),
        ("а что ещё почитать об этом?", "more"),
        ("any similar posts?", "more"),
    ],
)
def test_a_wish_for_the_answer_in_another_way(text: str, kind: Again) -> None:
    assert again_of(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "короче, что такое LoRA?",
        "подробнее про Euler",
        "не то, я про каналы",
        "ещё раз про DDIM",
        "просто LoRA",
        "курс на английском?",
        "лекции на русском?",
        "есть ещё посты про LoRA?",
        "что не то с fp16",
        "дальше от шума",
        "",
    ],
)
def test_a_question_of_its_own_is_no_such_wish(text: str) -> None:
    assert again_of(text) is None


def test_the_question_that_is_meant_is_the_last_one_that_was_one() -> None:
    talk = (Turn("user", "что такое DDIM?"), Turn("assistant", "Вот."), *TALK, Turn("user", "короче"))
    talk = (*talk, Turn("assistant", "40 шагов [1]."), Turn("user", "спасибо"), Turn("assistant", "Пожалуйста!"))
    found = asked_last(talk)
    assert found is not None
    assert found[0] == ASKED
    assert [turn.text for turn in found[1]] == ["что такое DDIM?", "Вот."]
    assert "ему нужно 40 шагов" in answered_last(talk)
    assert "Вот." not in answered_last(talk)
    assert asked_last((Turn("user", "привет"),)) is None
    assert shown_in(SAMPLERS.text, TALK[1].text)
    assert not shown_in(GUIDANCE.text, TALK[1].text)


async def test_shorter_and_longer_are_the_same_place_cut_otherwise() -> None:
    shelf = Shelf(SAMPLERS)
    whole = await Answerer(shelf, None).answer("подробнее", TALK)
    assert "превью" in whole.text
    assert "40 шагов" in whole.text
    brief = await Answerer(shelf, None).answer("короче", TALK)
    assert "40 шагов" in brief.text
    assert "превью" not in brief.text
    assert brief.question == "короче"  # what the reader said is what is remembered
    assert all("Euler" in query for query in shelf.queries)


async def test_without_a_model_that_words_it_says_what_it_cannot_do() -> None:
    plainer = await Answerer(Shelf(SAMPLERS), None).answer("объясни проще", TALK)
    assert plainer.text.startswith("Пересказывать я не умею")
    assert "40 шагов" in plainer.text
    english = await Answerer(Shelf(SAMPLERS), None).answer("на английском", TALK)
    assert english.language == "en"
    assert english.text.startswith("I cannot translate")


async def test_another_answer_is_looked_for_beside_what_was_shown() -> None:
    other = replace(SAMPLERS, document_id="channel/9", title="Euler", text="Сэмплеру Euler хватает 30 шагов.")
    answer = await Answerer(Shelf(SAMPLERS, other), None).answer("не то", TALK)
    assert "30 шагов" in answer.text
    assert "40 шагов" not in answer.text
    nothing = await Answerer(Shelf(SAMPLERS), None).answer("не то", TALK)
    assert nothing.refused
    assert nothing.text.startswith("Другого ответа")


async def test_more_posts_are_those_that_were_not_shown() -> None:
    near = replace(GUIDANCE, score=0.9)
    answer = await Answerer(Shelf(SAMPLERS, near), None).answer("есть ещё посты на эту тему?", TALK)
    assert "Guidance без фанатизма" in answer.text
    assert "сэмплер выбрать" not in answer.text
    assert not answer.refused
    alone = await Answerer(Shelf(SAMPLERS), None).answer("ещё", TALK)
    assert alone.text == "Больше об этом я ничего не нашёл."
