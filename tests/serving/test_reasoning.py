"""Thoughts are told apart from the answer, however the text arrives."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.serving.http.reasoning import MARKERS, ReasoningSplitter, closing_marker
from konspekt.serving.model.model import load_model
from tests.serving import tiny as tiny_file
from tests.serving.served import Served

THINKING = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{{ '<|im_start|>assistant\n' }}{% if enable_thinking is not defined or enable_thinking %}"
    "{{ '<think>\n' }}{% endif %}"
)


def split(pieces: list[str], closing: str | None = None) -> tuple[str, str]:
    splitter = ReasoningSplitter(closing)
    parts = [*(splitter.feed(piece) for piece in pieces), splitter.finish()]
    return "".join(thoughts for thoughts, _ in parts), "".join(answer for _, answer in parts)


@pytest.mark.parametrize(
    ("text", "thoughts", "answer"),
    [
        ("<think>\nHm.\n</think>\n\nYes.", "Hm.", "Yes."),
        ("  <think></think>Yes.", "", "Yes."),
        ("<think>cut off", "cut off", ""),
        ("<think>", "", ""),
        ("<thi", "", "<thi"),
        ("<thinking>a</thinking> b", "a", "b"),
        ("[THINK]a[/THINK]b", "a", "b"),
        ("<think>a</think>\n<think>b</think>c", "ab", "c"),
        ("<think>a < b </thin </think>c", "a < b </thin", "c"),
        ("Yes: <think>no</think>", "", "Yes: <think>no</think>"),
        ("```\n<think>\n```", "", "```\n<think>\n```"),
        ("\n\nYes ", "", "\n\nYes "),
        ("", "", ""),
        (" ", "", " "),
    ],
)
def test_only_what_stands_before_the_answer_is_thought(text: str, thoughts: str, answer: str) -> None:
    assert split([text]) == (thoughts, answer)
    assert split(list(text)) == (thoughts, answer)


def test_a_template_may_have_opened_the_thoughts() -> None:
    assert split(["Hm", ".</thi", "nk>Yes"], "</think>") == ("Hm.", "Yes")
    assert split(["Hm."], "</think>") == ("Hm.", "")


@given(
    st.lists(st.sampled_from([*(name for pair in MARKERS for name in pair), "a", "<", "</", "think>", " ", "\n", "я"])),
    st.lists(st.integers(0, 60)),
    st.sampled_from([None, "</think>"]),
)
def test_cutting_the_text_anywhere_changes_nothing(words: list[str], cuts: list[int], closing: str | None) -> None:
    text = "".join(words)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[begin:end] for begin, end in itertools.pairwise(places)]
    assert split(pieces, closing) == split([text], closing)


def test_thoughts_are_counted_to_the_end_of_their_marker() -> None:
    splitter = ReasoningSplitter()
    splitter.feed("<think>a</think>b")
    pieces = [b"<think>", b"a", b"</", b"think>", b"b"]
    assert splitter.count(pieces, [0, 1, 2, 3, 4]) == 4
    unclosed = ReasoningSplitter()
    unclosed.feed("<think>a")
    assert unclosed.count(pieces, [0, 1]) == 2
    assert ReasoningSplitter().count(pieces, [1, 4]) == 0


@pytest.fixture(scope="module")
def thinking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A model whose template opens the thoughts, and which has a token that closes them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny_file, "TEMPLATE", THINKING)
        path: Path = tiny_file.write_tiny(tmp_path_factory.mktemp("thinking") / "tiny.gguf", letters=["</think>"])
    it = Served(load_model(path))
    yield it
    it.settle()
    it.close()


def answer_of(served: Served, **fields: object) -> tuple[str, str, dict[str, int]]:
    """(thoughts, answer, usage), the same whole and streamed."""
    whole = served.chat(**fields).json()
    message = whole["choices"][0]["message"]
    thoughts = answer = ""
    for line in served.chat(stream=True, **fields).text.splitlines():
        if line.startswith("data: {") and (choices := json.loads(line[6:])["choices"]):
            thoughts += choices[0]["delta"].get("reasoning_content", "")
            answer += choices[0]["delta"].get("content", "")
    assert (thoughts, answer) == (message.get("reasoning_content", ""), message["content"])
    return thoughts, answer, whole["usage"]


@pytest.fixture(scope="module")
def closed(thinking: Served) -> dict[str, object]:
    """A request in whose answer the thoughts end, somewhere in the middle."""
    tried = ({"max_tokens": 60, "temperature": 1.0, "seed": seed, "logit_bias": {"0": 3}} for seed in range(100))
    return next(
        fields
        for fields in tried
        for before, _, after in [answer_of(thinking, reasoning_format="none", **fields)[1].partition("</think>")]
        if before.strip() and after.strip() and "</think>" not in after
    )


def test_a_thinking_models_answer_is_its_answer(thinking: Served, closed: dict[str, object]) -> None:
    _, raw, plain = answer_of(thinking, reasoning_format="none", **closed)
    before, _, after = raw.partition("</think>")
    thoughts, answer, usage = answer_of(thinking, **closed)
    assert (thoughts, answer) == (before.strip(), after.lstrip())
    assert thoughts
    assert answer
    assert 0 < usage["completion_tokens_details"]["reasoning_tokens"] < usage["completion_tokens"]  # type: ignore[index]
    assert usage["completion_tokens"] == plain["completion_tokens"]


def test_how_thoughts_are_told_is_the_clients_choice(thinking: Served, closed: dict[str, object]) -> None:
    thoughts, answer, _ = answer_of(thinking, **closed)
    assert answer_of(thinking, reasoning_format="deepseek", **closed)[:2] == (thoughts, answer)
    assert answer_of(thinking, include_reasoning=False, **closed)[:2] == ("", answer)
    both = answer_of(thinking, reasoning_format="deepseek-legacy", **closed)
    assert both[0] == thoughts
    assert "</think>" in both[1]


def test_an_answer_cut_in_its_thoughts_is_thought_alone(thinking: Served) -> None:
    thoughts, answer, usage = answer_of(thinking, max_tokens=4, temperature=0, logit_bias={"0": -100})
    assert thoughts
    assert answer == ""
    assert usage["completion_tokens_details"]["reasoning_tokens"] == usage["completion_tokens"]  # type: ignore[index]


def test_a_template_variable_switches_thinking_off(thinking: Served) -> None:
    response = thinking.chat(chat_template_kwargs={"enable_thinking": False})
    assert "X-Ignored-Fields" not in response.headers
    choice = response.json()["choices"][0]
    assert choice["message"]["content"]
    assert "reasoning_content" not in choice["message"]


def test_what_follows_a_grammar_has_no_thoughts(thinking: Served) -> None:
    assert answer_of(thinking, max_tokens=20, guided_choice=["yes", "no"])[1] in ("yes", "no")


def test_a_message_cannot_open_thoughts_where_there_is_no_template(thinking: Served) -> None:
    tokenizer = thinking.engine.model.tokenizer
    prompt = tokenizer.encode("say <think>")
    assert closing_marker(tokenizer, prompt) == "</think>"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenizer, "chat_template", None)
        assert closing_marker(tokenizer, prompt) is None
