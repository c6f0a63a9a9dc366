"""Voice messages, video notes and audio as questions: recognised once, answered once, put right by the reader."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from konspekt.recognition import BusyError, Heard, RecognitionError, TooLongError, UnreadableError
from konspekt.storage.database import Database
from konspekt.storage.updates import Updates
from tests.bot.harness import running_bot
from tests.fakes.bot_api import BOT, FakeBotApi
from tests.fakes.bot_api.methods import public

GROUP = -1001
QUESTION = "Что такое LoRA?"
SOUND = b"OggS a voice of a reader"


@dataclass
class ScriptedEars:
    """Hears `result`, or raises it."""

    result: Heard | RecognitionError = field(default_factory=lambda: Heard(QUESTION, 2.5))
    heard: list[tuple[bytes, str]] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def hear(self, audio: bytes, language: str, *, longest: float) -> Heard:
        self.heard.append((audio, language))
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.result, RecognitionError):
            raise self.result
        return self.result


def listening(ears: ScriptedEars) -> Any:
    return lambda parts, updates: replace(parts, ears=ears)


@pytest.mark.parametrize("kind", ["voice", "video_note", "audio"])
async def test_what_was_said_is_answered_and_stands_above_the_answer(
    api: FakeBotApi, store: Database, kind: str
) -> None:
    ears = ScriptedEars()
    async with running_bot(api, store, more=listening(ears)) as run:
        api.recording(7, 7, SOUND, kind=kind)
        await run.idle()
    assert ears.heard == [(SOUND, "ru")]
    assert [question for question, _ in run.answers.asked] == [QUESTION]
    (answer,) = api.sent(7)
    assert answer["html"].startswith(f"<blockquote expandable>🎙 {QUESTION}</blockquote>\nОтвет на «{QUESTION}»")
    assert answer["reply_markup"]["inline_keyboard"][-1][0]["text"] == "✏️ Поправить"


async def test_what_is_said_badly_is_shown_as_such_and_never_as_markup(api: FakeBotApi, store: Database) -> None:
    ears = ScriptedEars(Heard("что такое <b>лора</b> & зачем", 2.5, sure=False))
    async with running_bot(api, store, more=listening(ears)) as run:
        api.recording(7, 7, SOUND)
        await run.idle()
    assert api.sent(7)[0]["text"].startswith("🎙 Расслышано плохо: что такое <b>лора</b> & зачем\n")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"seconds": 121}, "Запись длится 121 с, а я слушаю до 120 с."),
        ({"described": {"file_size": 21_000_000}}, "Файл слишком большой: бот может получить до 20 МБ."),
    ],
)
async def test_what_is_too_long_or_too_large_is_never_fetched(
    api: FakeBotApi, store: Database, fields: dict[str, Any], told: str
) -> None:
    ears = ScriptedEars()
    async with running_bot(api, store, more=listening(ears)) as run:
        api.recording(7, 7, SOUND, **fields)
        await run.idle()
    assert api.called("getFile") == []
    assert ears.heard == []
    (only,) = api.texts(7)
    assert only.startswith(told)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (TooLongError("x"), "Запись длится > 120 с"),
        (UnreadableError("x"), "Не удалось прочитать эту запись."),
        (BusyError("x"), "Сейчас много голосовых сообщений"),
        (Heard("", 2.0), "В записи не слышно слов."),
        (Heard("…", 2.0), "В записи не слышно слов."),
    ],
)
async def test_whatever_goes_wrong_is_said_once_and_kindly(
    api: FakeBotApi, store: Database, result: Heard | RecognitionError, told: str
) -> None:
    async with running_bot(api, store, more=listening(ScriptedEars(result))) as run:
        api.recording(7, 7, SOUND)
        await run.idle()
    (only,) = api.texts(7)
    assert only.startswith(told)
    assert run.answers.asked == []


async def test_a_file_that_telegram_no_longer_has(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, more=listening(ScriptedEars())) as run:
        api.recording(7, 7, SOUND, described={"file_id": "gone"})
        await run.idle()
    assert [text.split(".")[0] for text in api.texts(7)] == ["Не удалось прочитать эту запись"]


async def test_without_a_model_a_clear_sentence_and_a_caption_is_answered(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.recording(7, 7, SOUND)
        api.recording(7, 7, SOUND, caption="Что такое RAG?")
        await run.idle()
    assert api.called("getFile") == []
    assert api.texts(7)[0] == "Голосовые здесь не распознаются. Напишите вопрос словами — отвечу."
    assert [question for question, _ in run.answers.asked] == ["Что такое RAG?"]


async def test_a_caption_stands_before_what_was_said(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, more=listening(ScriptedEars())) as run:
        api.recording(7, 7, SOUND, caption="Про статью из поста:")
        await run.idle()
    assert [question for question, _ in run.answers.asked] == [f"Про статью из поста:\n{QUESTION}"]


async def test_in_a_group_only_what_is_said_to_the_bot_is_listened_to(api: FakeBotApi, store: Database) -> None:
    ears = ScriptedEars()
    async with running_bot(api, store, more=listening(ears)) as run:
        api.recording(GROUP, 7, SOUND)
        api.recording(GROUP, 7, SOUND, caption="@konspekt_test_bot")
        replied = {"message_id": 1, "date": 1, "chat": {"id": GROUP, "type": "supergroup"}, "from": BOT, "text": "Да"}
        api.recording(GROUP, 7, SOUND, reply_to_message=replied)
        await run.idle()
    assert len(ears.heard) == 2
    assert len(api.sent(GROUP)) == 2


async def test_the_reader_puts_it_right_and_the_wrong_question_is_forgotten(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, more=listening(ScriptedEars(Heard("Что такое лоры?", 2.0)))) as run:
        api.recording(7, 7, SOUND)
        await run.idle()
        fix = api.sent(7)[0]["reply_markup"]["inline_keyboard"][-1][0]["callback_data"]
        api.callback(7, 7, fix)
        await run.idle()
        asking = api.sent(7)[-1]
        assert asking["text"].startswith("#v")
        api.private_text(7, QUESTION, reply_to_message=public(asking))
        await run.idle()
        api.private_text(7, "А как её обучают?")
        await run.idle()
    assert [question for question, _ in run.answers.asked] == ["Что такое лоры?", QUESTION, "А как её обучают?"]
    history = [turn.text for turn in run.answers.asked[-1][1]]
    assert "Что такое лоры?" not in history
    assert QUESTION in history


async def test_nobody_else_corrects_it(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, more=listening(ScriptedEars())) as run:
        api.recording(GROUP, 7, SOUND, caption="@konspekt_test_bot")
        await run.idle()
        fix = api.sent(GROUP)[0]["reply_markup"]["inline_keyboard"][-1][0]["callback_data"]
        api.callback(GROUP, 8, fix)
        api.callback(GROUP, 7, "fix:999")
        await run.idle()
    assert [call.params["text"] for call in api.called("answerCallbackQuery")] == [
        "Эти кнопки — для того, кто спрашивал.",
        "Этого ответа у меня уже нет: просто задайте вопрос ещё раз.",
    ]
    assert len(api.sent(GROUP)) == 1


async def test_a_recording_counts_once_against_the_limit(api: FakeBotApi, store: Database) -> None:
    ears = ScriptedEars()
    async with running_bot(api, store, more=listening(ears), questions_per_minute=2) as run:
        for _ in range(3):
            api.recording(7, 7, SOUND)
        await run.idle()
    assert len(ears.heard) == 2
    assert len(run.answers.asked) == 2
    assert "Не успеваю" in api.texts(7)[-1]


async def test_others_are_answered_while_somebody_is_listened_to(api: FakeBotApi, store: Database) -> None:
    ears = ScriptedEars(gate=asyncio.Event())
    async with running_bot(api, store, more=listening(ears)) as run:
        api.recording(7, 7, SOUND)
        await run.until(lambda: ears.heard)
        api.private_text(8, "Что такое RAG?")
        await run.until(lambda: api.sent(8))
        assert api.sent(7) == []
        assert ears.gate is not None
        ears.gate.set()
        await run.idle()
    assert len(api.sent(7)) == 1


@pytest.mark.parametrize(
    "effect",
    [
        {},
        {"let_in": True},
        {"let_in": True, "heard": {"text": QUESTION, "sure": True}},
    ],
)
async def test_a_killed_bot_takes_it_up_again_and_answers_once(
    api: FakeBotApi, store: Database, effect: dict[str, Any]
) -> None:
    """What was recognised before the kill is not listened to again."""
    raw = api.recording(7, 7, SOUND)
    updates = Updates(store, "test")
    updates.take_in([raw])
    updates.begin(raw["update_id"])
    updates.save_effect(raw["update_id"], effect)
    ears = ScriptedEars()
    async with running_bot(api, store, more=listening(ears), questions_per_minute=1) as run:
        await run.idle()
    assert len(ears.heard) == (0 if "heard" in effect else 1)
    assert [question for question, _ in run.answers.asked] == [QUESTION]
    assert len(api.sent(7)) == 1


async def test_a_bot_stopped_while_listening_answers_after_its_next_start(api: FakeBotApi, store: Database) -> None:
    deaf = ScriptedEars(gate=asyncio.Event())
    async with running_bot(api, store, more=listening(deaf), stop_seconds=0.1) as run:
        api.recording(7, 7, SOUND)
        await run.until(lambda: deaf.heard)
    assert api.sent(7) == []
    async with running_bot(api, store, more=listening(ScriptedEars())) as run:
        await run.idle()
    assert len(api.sent(7)) == 1
