"""Line by line: a model that misbehaves is eased, asked again, repaired, or its line is left and pointed at."""

from __future__ import annotations

import re

import pytest

from konspekt.conversion.by_model.answers import cleaned, lost_scales
from konspekt.conversion.by_model.protecting import protect
from konspekt.conversion.by_model.terms import eased, uneased
from konspekt.conversion.by_model.writer import Writer
from konspekt.conversion.document import Run
from konspekt.conversion.facts.facts import invented_numbers, missing_numbers, number_forms
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import post_from_text
from konspekt.llm_client import ChatModel
from tests.conversion.scripted_model import answering_lines, as_english, asked_line, chat_requests, write
from tests.fakes.openai_server import FakeOpenAIServer, Reply


async def test_a_lost_number_is_asked_for_again(server: FakeOpenAIServer) -> None:
    tries: list[str] = []

    def answer(line: str) -> str:
        tries.append(line)
        return "It is faster by a lot on every card." if len(tries) == 1 else "It is 2.7 times faster on every card."

    server.answer = answering_lines(answer)
    draft = await write(server, post_from_text("Она в 2,7 раза быстрее на любой карте."))
    assert "2.7 times" in draft.parts[0].text
    assert "number" in draft.checks
    assert draft.dropped == ()
    assert "2,7" in chat_requests(server)[1].prompt


async def test_what_the_model_never_gets_right_stays_and_is_said(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(lambda line: "Мне лень переводить " + line)
    draft = await write(server, post_from_text("Первое предложение поста. Второе предложение поста."))
    assert draft.parts[0].text == "Первое предложение поста. Второе предложение поста."
    assert any("did not translate" in warning for warning in draft.warnings)


async def test_one_sentence_that_stays_is_said_though_the_others_are_translated(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(lambda line: line if "Второе" in line else as_english(line))
    draft = await write(server, post_from_text("Первое предложение поста. Второе предложение поста."))
    assert draft.parts[0].text == "word word word. Второе предложение поста."
    assert any("did not translate" in warning for warning in draft.warnings)


async def test_one_sentence_that_is_unsure_is_pointed_at_though_the_others_are_not(server: FakeOpenAIServer) -> None:
    def answer(line: str) -> str:
        return "It is fast on every card." if "SageAttention" in line else as_english(line)

    server.answer = answering_lines(answer)
    text = (
        "Первое предложение поста. "
        + "И ещё одно длинное предложение. " * 12
        + "Модель SageAttention быстра на любой карте."
    )
    draft = await write(server, post_from_text(text))
    assert "It is fast on every card." in draft.parts[0].text
    assert any("Look at this line" in warning for warning in draft.warnings)


async def test_a_translation_that_loses_only_a_name_stays_and_is_pointed_at(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(lambda line: "It runs faster on every card than before.")
    draft = await write(server, post_from_text("Модель SageAttention быстрее прежнего на любой карте"))
    assert draft.parts[0].text == "It runs faster on every card than before"
    assert any("Look at this line" in warning for warning in draft.warnings)
    assert "name" in draft.checks


async def test_a_number_word_that_the_post_does_not_have_is_pointed_at(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(lambda line: "It makes attention two times faster on every card")
    draft = await write(server, post_from_text("Модель заметно ускоряет внимание на любой карте"))
    assert draft.parts[0].text == "It makes attention two times faster on every card"
    assert any("Look at this line" in warning for warning in draft.warnings)
    assert "count" in draft.checks


async def test_a_link_whose_place_the_model_loses_is_put_back(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(lambda line: re.sub(r"\[|\]|\(?⟦1⟧\)?", "", as_english(line)))
    draft = await write(
        server, post_from_text("[KIVI](https://a.com/1) — лучшее объяснение\n\nЧитайте [разбор](https://a.com/2)")
    )
    assert draft.parts[0].text == "[KIVI](https://a.com/1) — word word\n\nword word <https://a.com/2>"
    assert draft.dropped == ()
    assert draft.warnings == ()


async def test_a_long_line_is_translated_in_bites_and_comes_back_whole(server: FakeOpenAIServer) -> None:
    asked: list[str] = []
    server.answer = answering_lines(lambda line: asked.append(line) or as_english(line))  # type: ignore[func-returns-value]
    sentences = [f"Предложение номер {n} о том, как всё это устроено внутри и почему оно работает." for n in range(9)]
    draft = await write(server, post_from_text(" ".join(sentences)))
    assert draft.parts[0].text == as_english(" ".join(sentences))
    assert len(asked) > 2
    assert all(len(line) <= 350 for line in asked)


async def test_lines_are_asked_about_several_at_once(server: FakeOpenAIServer) -> None:
    asked: list[int] = []
    server.answer = lambda body: Reply(as_english(asked_line(body)), delay=0.1)
    post = post_from_text("\n\n".join(f"Строка номер {n} этого поста" for n in range(4)))
    model = ChatModel(server.base_url, "key")
    await Writer(model).write(
        post, network("markdown"), "en", progress=lambda _done, _total: asked.append(len(chat_requests(server)))
    )
    await model.close()
    assert asked[0] > 1  # before the first was answered


async def test_an_invented_number_or_link_does_not_pass(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(lambda line: "It is 10 times faster, see https://evil.example")
    draft = await write(server, post_from_text("Она стала заметно быстрее прежней."))
    assert "evil" not in draft.parts[0].text
    assert "10" not in draft.parts[0].text


async def test_a_question_is_translated_and_not_answered(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(
        lambda line: "It weighs a lot." if "весит" in line and len(line) > 20 else "How much?"
    )
    draft = await write(server, post_from_text("Матрица в Q4. Сколько она весит?"))
    assert "It weighs" not in draft.parts[0].text
    assert "question" in draft.checks


async def test_list_numbers_stay_though_the_model_drops_them(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(lambda line: re.sub(r"^\d+\. ", "", as_english(line)))
    draft = await write(server, post_from_text("1. Первый шаг\n2. Второй шаг"))
    assert draft.parts[0].text == "1. word word\n2. word word"
    assert draft.checks == ()


@pytest.mark.parametrize(
    ("left", "right"), [("2,5", "2.5"), ("2 308", "2,308"), ("1 000 000", "1,000,000"), ("80,20", "80.2"), ("007", "7")]
)
def test_numbers_are_the_same_in_any_writing(left: str, right: str) -> None:
    assert number_forms(left) & number_forms(right)


def test_missing_and_invented_numbers_are_told_apart() -> None:
    assert missing_numbers(["2,7", "16"], "2.7 times on 16X16") == []
    assert missing_numbers(["2.1"], "21 times") == ["2.1"]
    assert invented_numbers("в 2,7 раза", "2.7 times and 5 more") == ["5"]
    assert invented_numbers("в два раза", "2 times") == []


def test_protected_runs_come_back_where_the_model_moved_them() -> None:
    runs = (
        Run("Смотри "),
        Run("код", url="https://a.com/x"),
        Run(" и "),
        Run("f(x)", frozenset({"code"})),
    )
    protected = protect(runs)
    assert protected.text == "Смотри [код](⟦1⟧) и ⟦2⟧"
    restored = protected.restore("⟦2⟧: see the [code](⟦1⟧)")
    assert restored == (
        Run("f(x)", frozenset({"code"})),
        Run(": see the "),
        Run("code", url="https://a.com/x"),
    )
    assert protected.lost("⟦1⟧ ⟦1⟧") == ["⟦1⟧", "⟦2⟧"]
    assert protected.mended("[1] and [2], [3]") == "⟦1⟧ and ⟦2⟧, [3]"


def test_slang_versions_and_thousands_are_eased_for_the_model_and_put_back() -> None:
    text = "Короче, на 20к часах Flash Attention 2 в 4.5 раза быстрее xformers"
    assert eased(text) == "Если коротко, на 20k часах Flash Attention-2 4.5 times faster than xformers"
    assert eased("быстрее, чем FA2 примерно в 2.1 раза") == "about 2.1 times faster than FA2"
    assert eased("почти в 3 раза быстрее FA2") == "almost 3 times faster than FA2"
    assert uneased("Flash Attention-2 and GPT-4", text) == "Flash Attention 2 and GPT-4"


@pytest.mark.parametrize(
    ("given", "answer", "lost"),
    [
        ("учили на 20к часах", "trained on 20 hours", ["20к"]),
        ("учили на 20к часах", "trained on 20,000 hours", []),
        ("630 млн параметров", "630 million parameters", []),
        ("6 миллиардов пар", "6 pairs", ["6 миллиардов"]),
    ],
)
def test_thousands_and_millions_are_not_lost(given: str, answer: str, lost: list[str]) -> None:
    assert lost_scales(given, answer) == lost


def test_a_title_does_not_become_a_sentence() -> None:
    assert (
        cleaned("SmoothQuant shares the burden.", "SmoothQuant делится трудностью") == "SmoothQuant shares the burden"
    )
    assert cleaned("It works.", "Оно работает.") == "It works."


async def test_a_word_of_two_alphabets_does_not_pass(server: FakeOpenAIServer) -> None:
    server.answer = answering_lines(lambda line: "Такой же токенizer и такой же BOS?")
    draft = await write(server, post_from_text("Same tokenizer, same BOS? Check it.", lang="en"), lang="ru")
    assert "токенizer" not in draft.parts[0].text
    assert "language" in draft.checks
