"""The manner of a network: openings, short drafts, headings and hashtags are the post's own words."""

from __future__ import annotations

import re
from typing import Any

from konspekt.conversion.posts.reading import post_from_text
from tests.conversion.scripted_model import answering_lines, as_english, asked_line, chat_requests, write
from tests.fakes.openai_server import FakeOpenAIServer, Reply


async def test_a_thread_opens_with_the_strongest_sentence_of_the_post(server: FakeOpenAIServer) -> None:
    line = "SageAttention быстрее FlashAttention2 в 2.1 раза на RTX4090."
    post = post_from_text(
        "Новый attention\n\n" + "Подробности ниже, их много и они интересные. " * 24 + f"\n\n🔥 {line}"
    )
    server.answer = answering_lines(
        lambda given: as_english(given.replace("быстрее", "faster").replace("раза", "times"))
    )
    draft = await write(server, post, "x")
    assert draft.parts[0].text.startswith("word attention\n\nSageAttention faster FlashAttention2 word 2.1 times")
    assert "2.1" in draft.parts[-1].text
    assert all("Sentences of" not in request.prompt for request in chat_requests(server))


async def test_without_a_plain_result_the_model_chooses_the_opening_and_writes_none(server: FakeOpenAIServer) -> None:
    post = post_from_text(
        "Attention\n\n"
        + "The details are below and there are many. " * 24
        + "\n\nKeys are smoothed before they are quantised."
    )

    def reply(body: dict[str, Any]) -> Reply:
        numbers = re.findall(r"^(\d+)\. Keys are", body["messages"][-1]["content"], re.MULTILINE)
        return Reply(f"{numbers[0]}, because quantum leaps are 50 times cheaper!")

    server.answer = reply
    draft = await write(server, post, "x")
    assert draft.parts[0].text.startswith("Attention\n\nKeys are smoothed before they are quantised.")
    assert "quantum" not in draft.text


async def test_short_is_one_part_of_chosen_sentences_and_reports_what_it_leaves_out(server: FakeOpenAIServer) -> None:
    post = post_from_text(
        "Speed\n\nIt was always slow on every card. The new one is 2.1 times faster, see https://arxiv.org/abs/1\n\n"
        + "Details with the number 7.87 inside them. " * 30,
        lang="en",
    )
    server.answer = lambda body: Reply("999, nonsense")
    draft = await write(server, post, "x", length="short")
    assert len(draft.parts) == 1
    assert draft.parts[0].text.startswith("Speed\n\n")
    assert "2.1 times faster, see https://arxiv.org/abs/1" in draft.parts[0].text
    assert ("number", "7.87") not in {(item.kind, item.value) for item in draft.dropped} or draft.warnings
    assert any("own sentences" in warning for warning in draft.warnings)
    left = {item.value for item in draft.dropped}
    assert all((number in draft.text) != (number in left) for number in ("2.1", "7.87"))


async def test_an_article_gets_headings_from_lines_that_stand_as_such(server: FakeOpenAIServer) -> None:
    post = post_from_text(
        "Title\n\nSome text of the post.\n\nResults\n\nThey are good.\n\nMethod:\n• one\n• two", lang="en"
    )
    draft = await write(server, post, "habr")
    assert draft.parts[0].text == "Some text of the post.\n\n## Results\n\nThey are good.\n\n## Method\n\n- one\n- two"
    assert chat_requests(server) == []


async def test_headings_of_a_long_article_are_in_its_own_words_or_not_there(server: FakeOpenAIServer) -> None:
    paragraph = "Quantised attention needs smooth keys, and the outliers of keys sit in few channels. " * 8
    post = post_from_text("\n\n".join(["Title", paragraph, paragraph, paragraph]), lang="en")
    server.answer = lambda _body: Reply('"Smooth keys."')
    draft = await write(server, post, "medium")
    assert draft.parts[0].text.count("## Smooth keys\n") == 2
    server.answer = lambda _body: Reply("A revolution in computing")
    draft = await write(server, post, "medium")
    assert "##" not in draft.parts[0].text


async def test_hashtags_are_words_of_the_post_as_many_as_asked(server: FakeOpenAIServer) -> None:
    server.answer = lambda body: Reply(
        as_english(asked_line(body)) if asked_line(body) else "#attention #revolution #GPU #toomany"
    )
    draft = await write(server, post_from_text("Просто пост: Attention на GPU и модели."), "x", hashtags=2)
    assert draft.parts[0].text.endswith("#attention #GPU")
