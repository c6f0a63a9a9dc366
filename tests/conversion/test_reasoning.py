"""A model that thinks aloud: its thinking is no part of a draft, whatever marks its family puts around it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

from konspekt.conversion.by_model.writer import Writer
from konspekt.conversion.draft import Draft
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.wishes import Wishes
from konspekt.llm_client import ChatModel
from tests.conversion.scripted_model import asked_line
from tests.fakes.openai_server import FakeOpenAIServer, Reply

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("konspekt.llm_client.reasoning") is None,
    reason="the client of the model does not take thinking out of answers",
)

POST = (
    "# Кеш ключей\n\nМы сжали кеш ключей до восьми бит. Память упала вдвое, качество не изменилось.\n\n"
    "Код: https://example.org/kv\n"
)
ENGLISH = {
    "Кеш": "Key cache",
    "восьми": "We compressed the key cache to eight bits. Memory dropped by half, quality did not change.",
    "Код": "Code: ⟦1⟧",
}
THOUGHT = "Okay, translate the line. 17 ways to say it, see https://thought.example.\n\nCache of keys."
WAYS: dict[str, Callable[[str], str]] = {
    "think": lambda said: f"<think>\n{THOUGHT}\n</think>\n\n{said}",
    "thinking": lambda said: f"<thinking>{THOUGHT}</thinking>{said}",
    "closed only": lambda said: f"{THOUGHT}\n</think>\n\n{said}",
    "empty": lambda said: f"<think>\n\n</think>\n\n{said}",
    "twice": lambda said: f"<think>{THOUGHT}</think><think>{THOUGHT}</think>{said}",
    "harmony": lambda said: (
        f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{said}"
    ),
    "mistral": lambda said: f"[THINK]{THOUGHT}[/THINK]{said}",
}


def translation(body: dict[str, Any]) -> str:
    line = asked_line(body)
    return next((english for word, english in ENGLISH.items() if word in line), "Key cache")


async def write_with(server: FakeOpenAIServer, free: bool, name: str = "bluesky") -> Draft:
    model = ChatModel(server.base_url, "key", "qwen3-32b")
    try:
        return await Writer(model, free=free).write(post_from_text(POST), network(name), "en", wishes=Wishes())
    finally:
        await model.close()


def assert_without_thoughts(draft: Draft) -> None:
    for sign in ("think", "THINK", "Okay", "17", "thought.example", "<|", "analysis"):
        assert sign not in draft.text, sign
    assert "thought.example" not in " ".join(draft.warnings)


@pytest.mark.parametrize("way", list(WAYS))
async def test_a_translation_is_what_the_model_says_after_it_has_thought(server: FakeOpenAIServer, way: str) -> None:
    server.answer = lambda body: Reply(WAYS[way](translation(body)))
    draft = await write_with(server, free=False)
    assert_without_thoughts(draft)
    assert "We compressed the key cache to eight bits. Memory dropped by half, quality did not change." in draft.text
    assert draft.text.startswith("Key cache")


@pytest.mark.parametrize("way", list(WAYS))
async def test_a_draft_in_the_models_own_words_is_without_its_thoughts(server: FakeOpenAIServer, way: str) -> None:
    server.answer = lambda body: Reply(WAYS[way](translation(body)))
    assert_without_thoughts(await write_with(server, free=True))


async def test_a_model_that_never_stops_thinking_has_translated_nothing(server: FakeOpenAIServer) -> None:
    server.answer = lambda body: Reply(f"<think>\n{THOUGHT}")
    draft = await write_with(server, free=False)
    assert_without_thoughts(draft)
    assert "Мы сжали кеш ключей" in draft.text, "the author's own words stay, and it is said"
    assert draft.warnings
