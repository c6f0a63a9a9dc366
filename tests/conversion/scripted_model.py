"""A scripted model for tests of drafts: it answers line by line, as a test says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from konspekt.conversion.by_model.writer import Writer
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Draft
from konspekt.conversion.networks import network
from konspekt.conversion.wishes import Wishes
from konspekt.llm_client import ChatModel
from tests.fakes.openai_server import FakeOpenAIServer, Reply, Request

SOURCE = re.compile(r"(?:Russian|English): (.*)\n(?:Russian|English):\Z", re.DOTALL)


def asked_line(body: dict[str, Any]) -> str:
    """The line of the post that a translation request asks about."""
    match = SOURCE.search(body["messages"][-1]["content"])
    return match[1] if match else ""


def answering_lines(answer: Callable[[str], str]) -> Callable[[dict[str, Any]], Reply]:
    def reply(body: dict[str, Any]) -> Reply:
        line = asked_line(body)
        return Reply(answer(line) if line else "Nothing to say.")

    return reply


def chat_requests(server: FakeOpenAIServer) -> list[Request]:
    return [request for request in server.requests if request.body]


def as_english(line: str) -> str:
    """A translator that keeps what is not Cyrillic."""
    return re.sub(r"[а-яёА-ЯЁ]+", "word", line)


async def write(server: FakeOpenAIServer, post: Post, name: str = "markdown", lang: str = "en", **wishes: Any) -> Draft:
    model = ChatModel(server.base_url, "key")
    try:
        return await Writer(model, free=False).write(post, network(name), lang, wishes=Wishes(**wishes))
    finally:
        await model.close()
