"""Following topics in the real bot, over a real index, with a clock that the test moves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import konspekt.bot.updates.work
from konspekt.storage.database import Database
from tests.bot.following import CHANNEL, MONDAY, FakeClock, Home
from tests.bot.harness import Running, running_bot
from tests.fakes.bot_api import FakeBotApi

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READER, OTHER = 7, 8


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.updates.work, "TRY_AGAIN_AFTER", 0.1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def home(tmp_path: Path, store: Database, clock: FakeClock) -> Home:
    return Home(tmp_path, store, clock)


def buttons(message: dict[str, Any]) -> dict[str, str]:
    """Text -> what pressing it sends."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return {button["text"]: button["callback_data"] for row in rows for button in row}


async def settled(run: Running, clock: FakeClock, time: Any = None) -> None:
    """The time has come, and everything that is due by then is done."""
    if time is not None:
        await run.until(lambda: clock.sleepers)
        clock.set(time)
    await run.idle()
    await run.until(lambda: clock.sleepers and run.bot.workshop.pending == 0)


async def say(run: Running, api: FakeBotApi, text: str, reader: int = READER, **fields: Any) -> str:
    api.private_text(reader, text, **fields)
    await run.idle()
    return api.texts(reader)[-1]


async def test_a_live_post_is_told_at_once_and_once(api: FakeBotApi, home: Home, clock: FakeClock) -> None:
    async with running_bot(api, home.database, indexing=home.indexing, more=home.following()) as run:
        await say(run, api, "/follow квантизация")
        told = len(api.sent(READER))
        fields = {"date": int(clock.now().timestamp()) + 60}
        post = api.channel_post(CHANNEL, "Разбор: квантизации учат так", **fields)
        other = api.channel_post(CHANNEL, "Пост про погоду", **fields)
        await run.until(lambda: len(api.sent(READER)) > told)
        api.edited_channel_post(post, text="Разбор: квантизации учат иначе")
        api.edited_channel_post(other, text="Пост про погоду на завтра")
        await settled(run, clock, clock.now() + HOUR)
    (message,) = api.sent(READER)[told:]
    assert "Разбор: квантизации учат так" in message["text"]
    assert f"/kanal/{post['channel_post']['message_id']}" in message["html"] or "t.me" in message["html"]
    assert list(buttons(message)) == ["✕ Не следить"]


@pytest.mark.parametrize(
    ("topic", "post", "matches"),
    [
        ("квантизация", "Почему квантизацию боятся", True),
        ("квантизацией", "Квантизация весов", True),
        ("LoRA", "Как учить лору на своих картинках", True),
        ("лоры", "LoRA за вечер", True),
        ("flow matching", "Про Flow Matching одной картинкой", True),
        ("flow matching", "Matching networks и всё такое", False),
        ("квантизация", "Дистилляция весов", False),
        ("GPT-4", "Вышла gpt4 поменьше", True),
    ],
)
async def test_words_match_in_any_form(api: FakeBotApi, home: Home, topic: str, post: str, matches: bool) -> None:
    clock = home.clock
    async with running_bot(api, home.database, more=home.following()) as run:
        await say(run, api, f"/follow {topic}")
        told = len(api.sent(READER))
        clock.set(clock.now() + timedelta(minutes=1))
        home.post(5, post)
        await settled(run, clock, clock.now() + HOUR)
    assert len(api.sent(READER)) - told == int(matches)


async def test_transliterated_topics_are_read_by_the_index(api: FakeBotApi, home: Home, clock: FakeClock) -> None:
    home.post(1, "Квантизация и дистилляция: с чего начать")
    async with running_bot(api, home.database, more=home.following()) as run:
        await say(run, api, "/follow kvantizaciya")
        told = len(api.sent(READER))
        clock.set(clock.now() + HOUR)
        home.post(2, "Ещё раз о квантизации")
        await settled(run, clock, clock.now() + HOUR)
    assert [message["text"].count("Ещё раз") for message in api.sent(READER)[told:]] == [1]


async def test_only_posts_newer_than_the_follow_count_and_adverts_never(
    api: FakeBotApi, home: Home, clock: FakeClock
) -> None:
    async with running_bot(api, home.database, more=home.following(exclude="промокод")) as run:
        await say(run, api, "/follow квантизация")
        told = len(api.sent(READER))
        home.post(1, "Старая квантизация", date=int((clock.now() - DAY).timestamp()))
        clock.set(clock.now() + HOUR)
        home.post(2, "Квантизация. #реклама erid: 2VtzqwABCDE")
        home.post(3, "Квантизация со скидкой по ПРОМОКОДУ")
        home.post(4, "Новая квантизация")
        home.post(5, "Новая квантизация")  # the same once more: a forward
        await settled(run, clock, clock.now() + HOUR)
    (message,) = api.sent(READER)[told:]
    assert "Новая квантизация" in message["text"]
    assert "Старая" not in message["text"]


async def test_at_night_news_wait_for_the_morning(api: FakeBotApi, home: Home, clock: FakeClock) -> None:
    """Moscow's, until the reader says which clock theirs is."""
    async with running_bot(api, home.database, more=home.following()) as run:
        await say(run, api, "/follow квантизация")
        told = len(api.sent(READER))
        clock.set(MONDAY.replace(hour=19, minute=5))  # 22:05
        home.post(1, "Ночная квантизация")
        await settled(run, clock, MONDAY.replace(hour=20))
        await settled(run, clock, MONDAY + DAY - timedelta(hours=2, minutes=1))  # 7:59
        assert len(api.sent(READER)) == told
        await settled(run, clock, MONDAY + DAY - timedelta(hours=2))
        assert len(api.sent(READER)) == told + 1


async def test_the_reader_says_once_what_time_it_is(api: FakeBotApi, home: Home, clock: FakeClock) -> None:
    async with running_bot(api, home.database, more=home.following()) as run:
        await say(run, api, "/follow квантизация")
        asked = api.sent(READER)[-1]
        assert asked["text"].startswith("Который у вас сейчас час?")
        choices = buttons(asked)
        assert choices["14:00"] == "fl:z:420"  # 7:00 UTC
        assert choices["Другое время"] == "fl:z:all"
        api.callback(READER, READER, "fl:z:all")
        await run.until(lambda: "12:30" in buttons(api.sent(READER)[-1]))  # India
        api.callback(READER, READER, "fl:z:420")
        await run.until(lambda: api.texts(READER)[-1] == "Запомнил: у вас сейчас 14:00.")
        count = len(api.sent(READER))
        await say(run, api, "/follow дистилляция")
        assert len(api.sent(READER)) == count + 1  # not asked again
        clock.set(MONDAY.replace(hour=16))  # 19:00 in Moscow, 23:00 there
        home.post(1, "Квантизация")
        await settled(run, clock, clock.now() + timedelta(minutes=1))
        assert len(api.sent(READER)) == count + 1


async def test_digests_come_at_the_readers_hour_with_everything_in_one(
    api: FakeBotApi, home: Home, clock: FakeClock
) -> None:
    async with running_bot(api, home.database, more=home.following()) as run:
        for topic, mode in (("квантизация", "daily"), ("дистилляция", "daily"), ("погода", "weekly")):
            await say(run, api, f"/follow {topic}")
            follow = [data for data in buttons(_last_with(api, "fl:m:")).values() if data.endswith(mode)]
            api.callback(READER, READER, follow[0], _last_with(api, "fl:m:")["message_id"])
            await run.idle()
        api.callback(READER, READER, "fl:h:18")
        await run.idle()
        told = len(api.sent(READER))
        clock.set(MONDAY + HOUR)
        home.post(1, "Квантизация за час")
        home.post(2, "Дистилляция и квантизация вместе")
        home.post(3, "Погода на неделю")
        await settled(run, clock, MONDAY.replace(hour=14, minute=59))
        assert len(api.sent(READER)) == told
        await settled(run, clock, MONDAY.replace(hour=15))  # 18:00 in Moscow; Monday: both kinds
        digests = api.sent(READER)[told:]
        assert sorted(message["text"].splitlines()[0] for message in digests) == [
            "Дайджест за день",
            "Дайджест за неделю",
        ]
        daily = next(message["text"] for message in digests if "день" in message["text"].splitlines()[0])
        assert daily.count("Дистилляция и квантизация вместе") == 1
        assert daily.count("Квантизация за час") == 1
        await settled(run, clock, MONDAY.replace(hour=15) + DAY)  # nothing new: no digest
        assert len(api.sent(READER)) == told + 2


def _last_with(api: FakeBotApi, data: str) -> dict[str, Any]:
    found = [m for m in api.sent(READER) if any(value.startswith(data) for value in buttons(m).values())]
    return found[-1]


async def test_a_digest_missed_while_the_bot_was_down_comes_once(api: FakeBotApi, home: Home, clock: FakeClock) -> None:
    async with running_bot(api, home.database, more=home.following()) as run:
        await say(run, api, "/follow квантизация")
        api.callback(READER, READER, "fl:m:1:daily", _last_with(api, "fl:m:")["message_id"])
        await run.idle()
        told = len(api.sent(READER))
        await settled(run, clock)
    clock.sleepers.clear()
    clock.set(MONDAY + HOUR)
    home.post(1, "Квантизация без бота")
    clock.set(MONDAY + 3 * DAY + 14 * HOUR)  # midnight in Moscow, three days later
    async with running_bot(api, home.database, more=home.following()) as run:
        await settled(run, clock)
        assert len(api.sent(READER)) == told  # quiet at night
        await settled(run, clock, MONDAY + 3 * DAY + 22 * HOUR)
        assert len(api.sent(READER)) == told + 1
        await settled(run, clock, MONDAY + 4 * DAY + 6 * HOUR)
    assert len(api.sent(READER)) == told + 1


async def test_who_stopped_the_bot_is_sent_nothing_until_they_start_it_again(
    api: FakeBotApi, home: Home, clock: FakeClock
) -> None:
    async with running_bot(api, home.database, more=home.following()) as run:
        await say(run, api, "/follow квантизация")
        await say(run, api, "/follow квантизация", OTHER)
        api.fail("sendMessage", 1, 403, "Forbidden: bot was blocked by the user")
        clock.set(MONDAY + HOUR)
        home.post(1, "Квантизация раз")
        calls = len(api.called("sendMessage"))
        await settled(run, clock, MONDAY + 2 * HOUR)
        assert [call.ok for call in api.called("sendMessage")[calls:]] == [False, True]
        gone = int(api.called("sendMessage")[calls].params["chat_id"])
        home.post(2, "Квантизация два")
        await settled(run, clock, MONDAY + 3 * HOUR)
        assert len(api.called("sendMessage")) == calls + 3
        _member(api, gone, "member")
        await settled(run, clock, MONDAY + 4 * HOUR)
        home.post(3, "Квантизация три")
        await settled(run, clock, MONDAY + 5 * HOUR)
        assert sum("три" in text for text in api.texts(gone)) == 1
        _member(api, gone, "kicked")
        await settled(run, clock, MONDAY + 6 * HOUR)
        home.post(4, "Квантизация четыре")
        await settled(run, clock, MONDAY + 7 * HOUR)
        assert not any("четыре" in text for text in api.texts(gone))


def _member(api: FakeBotApi, user_id: int, status: str) -> None:
    who = {"id": user_id, "is_bot": False, "first_name": "x"}
    me = {"id": 1234567, "is_bot": True, "first_name": "Konspekt"}
    chat = {"id": user_id, "type": "private", "first_name": "x"}
    old, new = ({"user": me, "status": kind, "until_date": 0} for kind in ("member", status))
    body = {"chat": chat, "from": who, "date": 1, "old_chat_member": old, "new_chat_member": new}
    api.inject("my_chat_member", body)


async def test_the_list_ends_a_topic_with_one_tap(api: FakeBotApi, home: Home, clock: FakeClock) -> None:
    async with running_bot(api, home.database, more=home.following()) as run:
        assert "ни за чем не следите" in await say(run, api, "/follow")
        await say(run, api, "/follow квантизация")
        await say(run, api, "/follow дистилляция")
        await say(run, api, "/unfollow")
        shown = api.sent(READER)[-1]
        assert list(buttons(shown))[:2] == ["✕ квантизация · сразу", "✕ дистилляция · сразу"]
        api.callback(READER, READER, buttons(shown)["✕ квантизация · сразу"])
        await run.until(lambda: "✕ квантизация · сразу" not in buttons(api.sent(READER)[-1]))
        assert "✕ дистилляция · сразу" in buttons(api.sent(READER)[-1])
        assert await say(run, api, "/unfollow дистилляцию") == "За «дистилляция» больше не слежу."
        assert "ни за чем не следите" in await say(run, api, "/follow")
        assert "я и не слежу" in await say(run, api, "/unfollow футбол")


async def test_a_changed_button_touches_nobody_elses_topics(api: FakeBotApi, home: Home, clock: FakeClock) -> None:
    async with running_bot(api, home.database, more=home.following()) as run:
        await say(run, api, "/follow квантизация")
        await say(run, api, "/follow дистилляция", OTHER)
        for data in ("fl:x:1", "fl:m:1:daily", "fl:x:99", "fl:m:1:", "fl:h:3", "fl:z:99999", "fl:z:-900", "fl:"):
            api.callback(OTHER, OTHER, data, api.sent(OTHER)[0]["message_id"])
        await run.idle()
        await say(run, api, "/follow")
        assert "✕ квантизация · сразу" in buttons(api.sent(READER)[-1])


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("следи за квантизацией", "квантизацией"),
        ("Последи, пожалуйста, за LoRA", None),
        ("Следи за новыми постами про LoRA.", "LoRA"),
        ("подпиши меня на flow matching", "flow matching"),
        ("follow quantisation", "quantisation"),
        ("Please follow the topic “flow matching”", "flow matching"),
    ],
)
async def test_plain_words_are_understood(
    api: FakeBotApi, home: Home, clock: FakeClock, text: str, topic: str | None
) -> None:
    async with running_bot(api, home.database, more=home.following()) as run:
        api.private_text(READER, text)
        await run.idle()
        assert (topic is not None) == (run.answers.asked == [])
        if topic is not None:
            assert f"«{topic}»" in api.texts(READER)[0]


@pytest.mark.parametrize(
    "text",
    [
        "За чем следить при квантизации?",
        "follow up: а что с LoRA",
        "Следи за квантизацией или нет?",
        "Как следить за лоссом",
    ],
)
async def test_questions_stay_questions(api: FakeBotApi, home: Home, clock: FakeClock, text: str) -> None:
    async with running_bot(api, home.database, more=home.following()) as run:
        api.private_text(READER, text)
        await run.idle()
        assert [question for question, _ in run.answers.asked] == [text]


async def test_limits_and_groups(api: FakeBotApi, home: Home, clock: FakeClock) -> None:
    words = (
        "альфа бета гамма дельта эпсилон дзета эта йота каппа лямбда омикрон сигма тау ипсилон омега тета пси ро хи фи"
    )
    async with running_bot(api, home.database, more=home.following()) as run:
        said = [await say(run, api, f"/follow тема {word} сети") for word in [*words.split(), "мю"]]
        assert said[-1].startswith("Больше 20 тем сразу")
        assert "уже слежу" in await say(run, api, "/follow сети тема альфа")
        assert "Не понял тему" in await say(run, api, "/follow и")
        api.group_text(-100, READER, "/follow квантизация")
        await run.idle()
        assert "в личном чате" in api.texts(-100)[-1]


async def test_forget_erases_what_is_followed(api: FakeBotApi, home: Home, clock: FakeClock) -> None:
    async with running_bot(api, home.database, more=home.following()) as run:
        await say(run, api, "/follow квантизация")
        assert "1 подписка на тему" in await say(run, api, "/forget")
        told = len(api.sent(READER))
        clock.set(MONDAY + HOUR)
        home.post(1, "Квантизация")
        await settled(run, clock, MONDAY + 2 * HOUR)
        assert len(api.sent(READER)) == told
        assert "ни за чем не следите" in await say(run, api, "/follow")
