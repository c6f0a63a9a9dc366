"""Thinking aloud never reaches a reader, whatever marks its family puts around it; words about it do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.llm_client import ChatModel, LLMBadResponse, Message
from konspekt.llm_client.reasoning import ReasoningFilter, without_reasoning
from tests.fakes.openai_server import FakeOpenAIServer, Reply

QUESTION: list[Message] = [{"role": "user", "content": "Сколько?"}]
ANSWER = "Нужно 40 шагов [1]."
THINKING = [
    f"<think>\nOkay, 40 [1].\n</think>\n\n{ANSWER}",
    f"<thinking>hm</thinking>{ANSWER}",
    f"<Think >x</ think>{ANSWER}",
    f"<think></think>\n\n{ANSWER}",
    f"<think>a <think>b</think> c</think>{ANSWER}",
    f"<think>\nмысль\n</think>\n\n<answer>\n{ANSWER}\n</answer>",
    f"<seed:think>x</seed:think>{ANSWER}",
    f"Хорошо, посмотрим на LCM.\n</think>\n\n{ANSWER}",  # the chat template opened it
    f"[THINK]x[/THINK]{ANSWER}",
    f"◁think▷x◁/think▷{ANSWER}",
    f"<|begin_of_thought|>x<|end_of_thought|>\n\n<|begin_of_solution|>{ANSWER}<|end_of_solution|>",
    f"<|START_THINKING|>x<|END_THINKING|><|START_RESPONSE|>{ANSWER}<|END_RESPONSE|>",
    f"<unused94>thought\nx<unused95>{ANSWER}",
    f"<|channel>thought\nx<channel|>{ANSWER}",
    f"<|channel|>analysis<|message|>We need<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}<|return|>",
    f"analysisWe need to look.assistantfinal{ANSWER}",
    f"Here is my thought process:\nhm\nHere is my response:\n{ANSWER}",
    f'<details type="reasoning" done="true">\n<summary>hm</summary>\n</details>\n{ANSWER}',
]
TEXT = [
    "Модель пишет мысли между <think> и </think>, а потом ответ [1].",
    "Модель начинает с <think> и думает [1].",
    "Пишут `<think>` и `</think>` [1].",
    "```\n<think>\n```\nконец",
    "Тег </think> закрывает мысли.",
    "a < b и [0, 1] и <b>x</b> [THIN",
    "Тег <|im_end|> [1]",
    "analysis of data",
    "Here is the answer.",
    "<answer>не обёртка</answer>",
]


def streamed(text: str, size: int) -> str:
    reasoning = ReasoningFilter()
    for start in range(0, len(text), size):
        reasoning.feed(text[start : start + size])
    reasoning.finish()
    return reasoning.text.rstrip()


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("text", THINKING)
def test_what_a_model_thought_is_dropped_also_while_it_streams(text: str, size: int) -> None:
    assert streamed(text, size) == without_reasoning(text) == ANSWER


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("text", TEXT)
def test_words_about_thinking_stay(text: str, size: int) -> None:
    assert streamed(text, size) == text == without_reasoning(text)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_thinking_that_is_never_closed_says_nothing(size: int) -> None:
    assert streamed("<think>\nпотом отвечу, что нужно 40 шагов", size) == ""
    assert streamed(f"{ANSWER}\n<think>\nа верно ли", size) == ANSWER


def test_of_a_thinking_nothing_is_ever_shown() -> None:
    reasoning = ReasoningFilter()
    shown = [reasoning.feed(char) for char in f"<think>секрет</think>\n\n{ANSWER}"]
    assert "".join(shown) + reasoning.finish() == ANSWER


def test_a_model_known_to_be_set_thinking_shows_nothing_before_it_closes() -> None:
    reasoning = ReasoningFilter(silent=True)
    shown = [reasoning.feed(piece) for piece in ("Мы", " думаем", "\n</th", "ink>\n\n", "Нужно", " 40")]
    assert shown == ["", "", "", "", "Нужно", " 40"]
    plain = ReasoningFilter(silent=True)
    plain.feed("Сразу ответ")
    assert plain.finish() == "Сразу ответ"


@given(st.text(st.sampled_from("a б.\n<>`[]"), max_size=60), st.integers(1, 7))
def test_text_without_marks_is_never_changed(text: str, size: int) -> None:
    reasoning = ReasoningFilter()
    given_out = "".join(reasoning.feed(text[at : at + size]) for at in range(0, len(text), size))
    assert given_out + reasoning.finish() == text


@pytest.fixture
def server() -> Iterator[FakeOpenAIServer]:
    with FakeOpenAIServer() as running:
        yield running


async def test_thinking_is_not_counted_against_the_answer(server: FakeOpenAIServer) -> None:
    """The first request tells that the model thinks: it gets room for it, and the limit holds for the answer."""
    cut = Reply("<think> раз два три четыре", finish_reason="length")
    whole = Reply("<think> раз два </think> один два три четыре пять")
    server.script(cut, whole, whole)
    model = ChatModel(server.base_url, "key", timeout=5, max_retries=0)
    first = await model.complete(QUESTION, max_tokens=4, stop=["четыре"])
    second = await model.complete(QUESTION, max_tokens=3)
    await model.close()
    assert (first.text, first.finish_reason) == ("один два три ", "stop")
    assert (second.text, second.finish_reason) == ("один два три", "length")
    limits = [chat.body["max_tokens"] for chat in server.chats]
    assert limits[0] == 4
    assert min(limits[1:]) > 1000
    assert "stop" in server.chats[0].body
    assert "stop" not in server.chats[1].body  # it would end the thinking


async def test_a_model_that_only_thinks_gives_an_error_not_an_empty_answer(server: FakeOpenAIServer) -> None:
    server.answer = lambda _body: Reply("<think> всё думаю", finish_reason="length")
    model = ChatModel(server.base_url, "key", timeout=5, max_retries=0)
    with pytest.raises(LLMBadResponse, match="thought"):
        await model.complete(QUESTION)
    await model.close()
    assert len(server.chats) == 2
