"""Which questions are about the talk, and what they are about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.memory.understanding.past import past_question

NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kind", "topic"),
    [
        ("Что ты мне зимой говорил про LoRA?", "told", "LoRA"),
        ("что ты отвечал мне про ранг LoRA?", "told", "ранг LoRA"),
        ("ты мне рассказывал про KV-кэш?", "told", "KV-кэш"),
        ("напомни, что ты говорил про SageAttention", "told", "SageAttention"),
        ("как ты мне объяснял внимание?", "told", "внимание"),
        ("О чём я спрашивал вчера?", "asked", ""),
        ("я уже спрашивал про RAG?", "asked", "RAG"),
        ("когда я спрашивал про RAG?", "asked", "RAG"),
        ("сколько раз я спрашивал про GAN", "asked", "GAN"),
        ("что мы обсуждали на прошлой неделе", "asked", ""),
        ("мои вопросы за неделю", "asked", ""),
        ("Мы обсуждали с тобой квантизацию весной — напомни", "asked", "квантизацию"),
        ("о чём был наш прошлый разговор?", "asked", ""),
        ("какой пост ты мне советовал?", "recommended", ""),
        ("какую ссылку ты кидал про диффузию?", "recommended", "диффузию"),
        ("а что ты мне советовал почитать зимой?", "recommended", ""),
        ("какой пост мне советовал про видео?", "recommended", "видео"),
        ("What did you tell me about LoRA in winter?", "told", "LoRA"),
        ("which post did you recommend?", "recommended", ""),
        ("did I ask about RAG?", "asked", "RAG"),
        ("what did we discuss last week", "asked", ""),
    ],
)
def test_a_question_about_the_talk_is_told_by_who_spoke(text: str, kind: str, topic: str) -> None:
    found = past_question(text, NOW)
    assert found is not None
    assert (found.kind, found.topic) == (kind, topic)


@pytest.mark.parametrize(
    "text",
    [
        "что автор говорил про LoRA?",
        "что такое LoRA?",
        "какую модель вы использовали в посте про LoRA?",
        "какую модель вы показали в видео?",
        "как работает внимание, о котором говорил автор?",
        "мне вчера рассказали про LoRA, что это?",
        "мне посоветовал коллега GAN, что это?",
        "я спросил у коллеги, что такое LoRA?",
        "что мне почитать про GAN?",
        "что ты знаешь про LoRA?",
        "Мой вопрос: как работает LoRA?",
        "Ответь на мои вопросы: что такое LoRA?",
        "can you tell me about LoRA?",
        "could you show me a post about GAN?",
        "may I ask about LoRA",
        "мы это проходили",
    ],
)
def test_a_question_to_the_channel_is_none(text: str) -> None:
    assert past_question(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "topic", "question"),
    [
        ("Ты рассказывал про LoRA. А сколько нужно для FLUX?", "LoRA", "А сколько нужно для FLUX?"),
        ("ты зимой рассказывал про LoRA, а какой там ранг лучше?", "LoRA", "а какой там ранг лучше?"),
        ("помнишь, я спрашивал про LTX-Video? Какой там шаг?", "LTX-Video", "Какой там шаг?"),
    ],
)
def test_what_leans_on_the_talk_says_on_what(text: str, topic: str, question: str) -> None:
    found = past_question(text, NOW)
    assert found is not None
    assert (found.kind, found.topic, found.question) == ("reference", topic, question)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    past_question(text, NOW)
    past_question(f"что ты мне говорил {text}?", NOW)
