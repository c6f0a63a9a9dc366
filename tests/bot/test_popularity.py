"""Reactions of posts as they come, and what is said of them."""

from __future__ import annotations

from konspekt.answering.finding import Scope
from konspekt.assistant.overview.overview import Overview
from konspekt.storage.database import Database
from konspekt.storage.index.popularity import Popularity, popularity_of, put_read
from konspekt.storage.models import IndexGenerationRow
from tests.bot.harness import ADMIN, running_bot
from tests.bot.places import CHANNEL, SOURCE, store_post
from tests.fakes.bot_api import FakeBotApi


def numbers(store: Database, number: int) -> Popularity | None:
    with store.read() as session:
        return popularity_of(session, [f"{SOURCE}/{number}"]).get(f"{SOURCE}/{number}")


async def test_reactions_are_stored_as_they_are_now_and_shown_in_sources(api: FakeBotApi, store: Database) -> None:
    store_post(store, 12)
    with store.session() as session:
        put_read(session, {f"{SOURCE}/12": Popularity(1200, 3)})
    async with running_bot(api, store) as run:
        api.reaction_count(CHANNEL, 12, {"🔥": 5, "👍": 4})
        await run.idle()
        api.reaction_count(CHANNEL, 12, {"🔥": 5})
        api.reaction_count(CHANNEL, 99, {"🔥": 1})
        await run.idle()
        api.private_text(ADMIN, "/sources")
        await run.idle()
    assert numbers(store, 12) == Popularity(1200, 5)
    assert numbers(store, 99) == Popularity(None, 1)
    assert "❤ 5 · 👁 1\u202f200 у 1 поста" in api.texts(ADMIN)[0]


async def test_without_numbers_sources_say_nothing_of_them(api: FakeBotApi, store: Database) -> None:
    store_post(store, 12)
    async with running_bot(api, store) as run:
        api.private_text(ADMIN, "/sources")
        await run.idle()
    assert "❤" not in api.texts(ADMIN)[0]


def test_what_is_read_never_makes_a_number_smaller(store: Database) -> None:
    for views, reactions in ((100, None), (None, 7), (90, 5), (120, 6)):
        with store.session() as session:
            put_read(session, {f"{SOURCE}/12": Popularity(views, reactions)})
    assert numbers(store, 12) == Popularity(120, 7)


def test_the_most_popular_of_a_period_is_named_with_its_numbers(store: Database) -> None:
    for number, text in ((3, "LoRA за час."), (12, "DDIM без шума."), (20, "ViT и патчи.")):
        store_post(store, number, text)
    with store.session() as session:
        session.add(IndexGenerationRow(model="m", dimension=1, kind="flat", filename="x", vector_count=0, current=True))
    overview = Overview(store)
    asked = "Что самое популярное в январе 2026?"
    unknown = overview.reply(asked, (), Scope(5, None, None, None), "ru")
    assert unknown is not None
    assert "ViT" not in _text(unknown)
    with store.session() as session:
        put_read(
            session,
            {
                f"{SOURCE}/3": Popularity(900, 2),
                f"{SOURCE}/12": Popularity(100, 30),
                f"{SOURCE}/20": Popularity(950, 2),
            },
        )
    for question in (asked, "самое популярное за всё время", "Самые популярные посты", "most popular posts"):
        planned = overview.reply(question, (), Scope(5, None, None, None), "ru")
        assert planned is not None, question
        text = _text(planned)
        assert text.index("DDIM") < text.index("ViT") < text.index("LoRA"), question
        assert "реакций: 30, просмотров: 100" in text
    later = overview.reply("самое популярное в мае 2026", (), Scope(5, None, None, None), "ru")
    assert later is None or "DDIM" not in _text(later)


def _text(planned: object) -> str:
    return "".join(part.before + part.text for part in planned.reply.parts)  # type: ignore[attr-defined]
