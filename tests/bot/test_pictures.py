"""Screenshots as questions: the caption first, the text of the picture beside it; an album is one question."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

import konspekt.bot.updates.albums
from konspekt.recognition import UnreadableError
from konspekt.storage.database import Database
from konspekt.storage.updates import Updates
from tests.bot.harness import running_bot
from tests.fakes.bot_api import FakeBotApi

ERROR = "RuntimeError: CUDA out of memory"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.updates.albums, "PAUSE", 0.3)


@dataclass
class ScriptedEyes:
    """Reads what the picture's bytes say."""

    read_so_far: list[bytes] = field(default_factory=list)

    async def read(self, picture: bytes) -> str:
        self.read_so_far.append(picture)
        if picture == b"broken":
            raise UnreadableError("broken")
        return picture.decode()


def seeing(eyes: ScriptedEyes) -> Any:
    return lambda parts, updates: replace(parts, eyes=eyes)


async def test_the_caption_asks_of_the_text_in_the_picture(api: FakeBotApi, store: Database) -> None:
    api.files["a"] = ERROR.encode()
    async with running_bot(api, store, more=seeing(ScriptedEyes())) as run:
        api.photo(7, 7, "Что это за ошибка?")
        await run.idle()
    ((question, history),) = run.answers.asked
    assert question == "Что это за ошибка?"
    assert history[-1].text == ERROR
    (answer,) = api.sent(7)
    assert answer["html"].startswith(f"<blockquote expandable>🖼 {ERROR}</blockquote>\n")
    assert "Картинку я не вижу" not in answer["text"]


async def test_without_a_caption_the_text_is_the_question(api: FakeBotApi, store: Database) -> None:
    api.files["a"] = ERROR.encode()
    async with running_bot(api, store, more=seeing(ScriptedEyes())) as run:
        api.photo(7, 7)
        await run.idle()
    assert [question for question, _ in run.answers.asked] == [ERROR]


@pytest.mark.parametrize("content", [b"", b"broken"])
async def test_a_picture_without_text_is_said_to_be_one(api: FakeBotApi, store: Database, content: bytes) -> None:
    api.files["a"] = content
    async with running_bot(api, store, more=seeing(ScriptedEyes())) as run:
        api.photo(7, 7)
        api.photo(7, 7, "что это за график?")
        api.photo(7, 7, "Что такое LoRA?")
        await run.idle()
    texts = api.texts(7)
    assert texts[:2] == 2 * [
        "Саму картинку я не вижу, только текст на ней, а текста нет. Напишите вопрос словами — отвечу."
    ]
    assert [question for question, _ in run.answers.asked] == ["Что такое LoRA?"]
    assert texts[2].startswith("🖼 Текста на картинке не видно, отвечаю по подписи.\nОтвет на «Что такое LoRA?»")


async def test_an_album_with_one_caption_is_one_question(api: FakeBotApi, store: Database) -> None:
    api.files["a"] = b"slide"
    eyes = ScriptedEyes()
    async with running_bot(api, store, more=seeing(eyes)) as run:
        for caption in (None, "О чём эти слайды?", None):
            api.photo(7, 7, caption, media_group_id="g1")
        await run.idle()
    assert len(eyes.read_so_far) == 3
    ((question, history),) = run.answers.asked
    assert (question, history[-1].text) == ("О чём эти слайды?", "slide\nslide\nslide")
    assert len(api.sent(7)) == 1


async def test_in_a_group_only_a_picture_shown_to_the_bot_is_read(api: FakeBotApi, store: Database) -> None:
    api.files["a"] = ERROR.encode()
    eyes = ScriptedEyes()
    async with running_bot(api, store, more=seeing(eyes)) as run:
        api.photo(-5, 7, "просто подпись")
        api.photo(-5, 7, "@konspekt_test_bot что за ошибка?")
        await run.idle()
    assert len(eyes.read_so_far) == len(api.sent(-5)) == 1


async def test_a_killed_bot_does_not_read_the_picture_again(api: FakeBotApi, store: Database) -> None:
    raw = api.photo(7, 7, "Что это за ошибка?")
    updates = Updates(store, "test")
    updates.take_in([raw])
    updates.begin(raw["update_id"])
    updates.save_effect(raw["update_id"], {"let_in": True, "seen": ERROR})
    eyes = ScriptedEyes()
    async with running_bot(api, store, more=seeing(eyes)) as run:
        await run.idle()
    assert eyes.read_so_far == []
    assert len(run.answers.asked) == len(api.sent(7)) == 1
