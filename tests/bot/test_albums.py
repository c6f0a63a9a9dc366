"""An album is one question with one answer, also through a crash."""

from __future__ import annotations

from typing import Any

import pytest

import konspekt.bot.updates.albums
from konspekt.bot.updates.albums import album_key, album_of, merged
from konspekt.storage.database import Database
from konspekt.storage.updates import Updates
from tests.bot.harness import running_bot
from tests.fakes.bot_api import FakeBotApi

GROUP = -1001
QUESTION = "Что такое LoRA?"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.updates.albums, "PAUSE", 0.3)


def send_album(api: FakeBotApi, *captions: str | None, chat: int = 7) -> list[dict[str, Any]]:
    return [api.photo(chat, 7, caption, media_group_id="g1") for caption in captions]


@pytest.mark.parametrize(
    "captions",
    [
        (QUESTION, None, None),
        (None, None, QUESTION),
        (None, QUESTION),
        (f"/ask {QUESTION}", None),
        (None, f"/ask\n{QUESTION}"),
        (f"@konspekt_test_bot\u00a0{QUESTION}", None),
    ],
)
async def test_an_album_in_private_is_one_question(
    api: FakeBotApi, store: Database, captions: tuple[str | None, ...]
) -> None:
    async with running_bot(api, store) as run:
        send_album(api, *captions)
        await run.idle()
    assert [question for question, _ in run.answers.asked] == [QUESTION]
    (answer,) = api.sent(7)
    assert "Картинку я не вижу" in answer["text"]


async def test_captions_of_one_album_are_one_question(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        send_album(api, "Что на первой", "@konspekt_test_bot", "и что на третьей?")
        await run.idle()
    assert [question for question, _ in run.answers.asked] == ["Что на первой\n\nи что на третьей?"]
    assert len(api.sent(7)) == 1


async def test_an_album_without_words_gets_one_hint(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        send_album(api, None, None, None)
        await run.idle()
    assert api.texts(7) == ["Картинок я не вижу. Напишите вопрос словами — отвечу."]


async def test_in_a_group_an_album_asks_when_the_bot_is_called_in_any_caption(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        send_album(api, None, f"/ask {QUESTION}", chat=GROUP)
        api.photo(GROUP, 7, "Просто подпись", media_group_id="g2")
        api.photo(GROUP, 7, f"{QUESTION} @konspekt_test_bot", media_group_id="g2")
        await run.idle()
    asked = {question for question, _ in run.answers.asked}  # two albums are complete in either order
    assert asked == {QUESTION, f"Просто подпись\n\n{QUESTION}"}
    assert len(api.sent(GROUP)) == 2


async def test_a_picture_that_comes_late_is_passed_over(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        send_album(api, QUESTION, None)
        await run.idle()
        send_album(api, None)
        await run.idle()
    assert len(api.sent(7)) == 1


@pytest.mark.parametrize("finished", [(), (0,), (0, 2)])
async def test_a_crash_after_the_leader_knew_its_album_neither_loses_nor_doubles_it(
    api: FakeBotApi, store: Database, finished: tuple[int, ...]
) -> None:
    """The leader's update holds the album; of the others, those in `finished` were done before the crash."""
    album = send_album(api, None, "Что на первой", "и на второй?")
    updates = Updates(store, "test")
    updates.take_in(album)
    updates.save_effect(album[1]["update_id"], {"album": [raw["message"] for raw in album]})
    for place in finished:
        updates.finish(album[place]["update_id"], "done")
    async with running_bot(api, store) as run:
        await run.idle()
    assert [question for question, _ in run.answers.asked] == ["Что на первой\n\nи на второй?"]
    assert len(api.sent(7)) == 1


async def test_a_crash_before_that_gathers_the_album_again(api: FakeBotApi, store: Database) -> None:
    Updates(store, "test").take_in(send_album(api, None, QUESTION, None))
    async with running_bot(api, store) as run:
        await run.idle()
    assert [question for question, _ in run.answers.asked] == [QUESTION]
    assert len(api.sent(7)) == 1


def test_marks_move_with_the_captions_that_are_joined() -> None:
    chat = {"id": 7}
    bold = {"type": "bold", "offset": 0, "length": 3}
    members = [
        {"message_id": 1, "chat": chat, "media_group_id": "g", "caption": "😀 раз", "caption_entities": [bold]},
        {"message_id": 2, "chat": chat, "media_group_id": "g"},
        {"message_id": 3, "chat": chat, "media_group_id": "g", "caption": "два", "caption_entities": [bold]},
    ]
    raw = {"update_id": 1, "message": members[0]}
    whole = merged(raw, members)
    assert album_key(raw) == ("message", 7, "g")
    assert album_of(raw) == [members[0]]
    assert album_of(whole) == members
    assert whole["message"]["caption"] == "😀 раз\n\nдва"
    assert [entity["offset"] for entity in whole["message"]["caption_entities"]] == [0, 8]
