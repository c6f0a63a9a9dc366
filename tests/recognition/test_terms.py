"""A channel's terms: found, hinted at, and put back where words only sound like them."""

from __future__ import annotations

import pytest

from konspekt.recognition.speech.sounds import readings, sound
from konspekt.recognition.speech.terms import HINT_CHARS, HINTED, Sounds, hint, terms_of

POSTS = [
    "LoRA и QLoRA учат мало весов. RAG ищет. See https://example.org/ABC and the paper.",
    "Про LoRA, RAG, PyTorch, FlashAttention, CUDA. The paper by @SomeBody #HashTag",
    "QLoRA, PyTorch, FlashAttention, CUDA, lora, the paper, GPT-4",
    "GPT-4",
]
HAS = frozenset(
    [
        "что",
        "такое",
        "и",
        "как",
        "чем",
        "отличается",
        "от",
        "работает",
        "внимание",
        "зачем",
        "она",
        "нужна",
        "рак",
        "в",
        "с",
        "для",
        "на",
        "а",
    ]
)


def test_terms_are_what_no_plain_word_looks_like_and_stand_as_mostly_written() -> None:
    assert set(terms_of(POSTS)) == {"LoRA", "QLoRA", "RAG", "PyTorch", "FlashAttention", "CUDA", "GPT-4"}
    assert terms_of(POSTS)[0] == "LoRA"
    assert terms_of(["Привет"]) == []


def test_a_hint_is_short_and_empty_where_there_are_no_terms() -> None:
    assert hint([]) == ""
    assert hint(["LoRA", "RAG"]) == "LoRA, RAG."
    many = hint(f"Term{n}X" for n in range(100))
    assert len(many) <= HINT_CHARS + 1
    assert many.count(",") < HINTED


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("Что такое ло ра и зачем она нужна?", "Что такое LoRA и зачем она нужна?"),
        ("что такое лоры", "что такое LoRA"),
        ("Чем отличается эр а гэ от ку лоры?", "Чем отличается RAG от QLoRA?"),
        ("как работает ку-да в пай торч", "как работает CUDA в PyTorch"),
        ("флэш атеншен", "FlashAttention"),
        ("Что такое Ло-Ра?", "Что такое LoRA?"),
        ("зачем рэг", "зачем RAG"),
        # a word that the channel has stays, whatever it sounds like
        ("Что такое рак?", "Что такое рак?"),
        ("внимание и она", "внимание и она"),
        # an unknown word that sounds like none stays too; so do a lone syllable and Latin as it is
        ("как работает велосипед", "как работает велосипед"),
        ("что такое ло", "что такое ло"),
        ("Что такое LoRA?", "Что такое LoRA?"),
        ("", ""),
    ],
)
def test_what_sounds_like_a_term_becomes_it(heard: str, meant: str) -> None:
    assert Sounds.of(terms_of(POSTS)).restored(heard, lambda word: word.lower() in HAS) == meant


def test_a_channel_without_terms_changes_nothing() -> None:
    assert Sounds.of([]).restored("Что такое ло ра?", lambda word: False) == "Что такое ло ра?"


def test_readings() -> None:
    assert sound("лора") == sound("ЛоРа") == sound("ло ра")
    assert sound("лора") in readings("LoRA")
    assert {sound("раг"), sound("рэг"), sound("эр а гэ"), sound("ар эй джи")} <= readings("RAG")
    assert readings("GPT-4") == set()
