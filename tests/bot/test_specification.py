"""The fake server sees what the published description of the Bot API does not allow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.bot_api.specification import problems, specification

pytestmark = pytest.mark.skipif(specification() is None, reason="the description of the Bot API is not here")
BUTTON = {"text": "Ещё", "callback_data": "more:1"}
LONG_DATA = {"inline_keyboard": [[{**BUTTON, "callback_data": "я" * 33}]]}
ENTITY = {"type": "bold", "offset": 0}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("sendMessage", {"chat_id": "1", "text": "a"}),
        ("sendMessage", {"chat_id": "@channel", "text": "<b>a</b>" * 4096, "parse_mode": "HTML"}),
        ("sendMessage", {"chat_id": "1", "text": "a", "reply_markup": {"inline_keyboard": [[BUTTON]]}}),
        ("sendPhoto", {"chat_id": "1", "photo": {"bytes": 3, "head": ""}}),
        ("setMessageReaction", {"chat_id": "1", "message_id": "2", "reaction": [{"type": "emoji", "emoji": "👀"}]}),
        ("getUpdates", {"allowed_updates": ["message"], "timeout": "10"}),
    ],
)
def test_what_is_allowed(method: str, params: dict[str, Any]) -> None:
    assert problems(method, params) == []


@pytest.mark.parametrize(
    ("method", "params", "said"),
    [
        ("sendMesage", {}, "no such method"),
        ("sendMessage", {"chat_id": "1"}, "text is required"),
        ("sendMessage", {"chat_id": "1", "text": "a", "colour": "red"}, "no field colour"),
        ("sendMessage", {"chat_id": "1", "text": "a" * 4097}, "1-4096"),
        ("sendMessage", {"chat_id": "1", "text": "a", "disable_notification": "yes"}, "no Boolean"),
        ("sendMessage", {"chat_id": "1", "text": "a", "message_thread_id": "topic"}, "no Integer"),
        (
            "sendMessage",
            {"chat_id": "1", "text": "a", "reply_markup": LONG_DATA},
            "1-64",
        ),
        ("sendMessage", {"chat_id": "1", "text": "a", "reply_markup": {"inline_keyboard": [BUTTON]}}, "is no list"),
        ("sendMessage", {"chat_id": "1", "text": "a", "entities": [ENTITY]}, "length is required"),
        ("setMyCommands", {"commands": [{"command": "x", "description": "d" * 257}]}, "1-256"),
        ("setMessageReaction", {"chat_id": "1", "message_id": "2", "reaction": [{"emoji": "👀"}]}, "type is required"),
        ("sendPoll", {"chat_id": "1", "question": "q" * 301, "options": [{"text": "a"}, {"text": "b"}]}, "1-300"),
    ],
)  # fmt: skip
def test_what_is_not(method: str, params: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in problems(method, params)), problems(method, params)
