"""Links that open the bot with something to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.bot.handlers.places.links import LONGEST, AboutPost, Question, ask_payload, post_payload, started_with


@pytest.mark.parametrize(
    "question",
    [
        "Что такое LoRA?",
        "Чем DDIM лучше DDPM?",
        "что такое ёлка",
        "What is a U-Net?",
        "а почему — так?",
        "日本語 LoRA?",
    ],
)
def test_a_question_goes_through_a_link_and_comes_back(question: str) -> None:
    payload = ask_payload(question)
    assert payload is not None
    assert len(payload) <= LONGEST
    assert started_with(payload) == Question(question)


@pytest.mark.parametrize("question", ["слово " * 20, "😀" * 20])
def test_a_question_too_long_for_a_link_has_none(question: str) -> None:
    assert ask_payload(question) is None


@given(st.text(min_size=1, max_size=60))
def test_a_payload_is_what_telegram_lets_through_and_never_another_question(question: str) -> None:
    payload = ask_payload(question)
    if payload is not None:
        assert len(payload) <= LONGEST
        assert payload.replace("_", "").replace("-", "").isalnum()
        assert started_with(payload) == Question(question)


@pytest.mark.parametrize(
    ("payload", "meant"),
    [
        ("post_123", AboutPost(123)),
        ("post_my_channel_7", AboutPost(7, "my_channel")),
        (post_payload(9, "channel"), AboutPost(9, "channel")),
        ("ask_what_is_lora", Question("what is lora")),
        ("ask_LoRA", Question("LoRA")),
        ("ask_", None),
        ("post_", None),
        ("post_x_1", None),
        ("post_12345678901", None),
        ("ref_55", None),
        ("", None),
    ],
)
def test_what_a_link_asks_for(payload: str, meant: object) -> None:
    assert started_with(payload) == meant
