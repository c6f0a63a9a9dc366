"""A bot that converts posts, for tests: real over HTTP, with a real database and a scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import konspekt.bot.runner
from konspekt.app.authoring.lessons import AuthorsLessons
from konspekt.app.in_bot.drafts import keeping, read_messages
from konspekt.bot.drafts.desk import ConvertParts
from konspekt.bot.drafts.feature import convert_feature
from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Card, Draft, Marked
from konspekt.conversion.drafting import lessons_for
from konspekt.conversion.errors import ConversionError
from konspekt.conversion.learnt.applying import learnt
from konspekt.conversion.network import Network, Options
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.targets import parse_targets
from konspekt.conversion.wishes import Wishes
from konspekt.storage.authoring.lessons import Lessons
from konspekt.storage.database import Database
from konspekt.storage.drafts import Drafts
from konspekt.storage.updates import Updates
from tests.bot.harness import ADMIN, Running, running_bot
from tests.fakes.bot_api import FakeBotApi

READER, OTHER_ADMIN = 7, 43
TEXT = "Attention в 2,7 раза быстрее\n\nКод: https://github.com/thu-ml/SageAttention и @karpathy"
LINK = "https://t.me/channel/5"


@dataclass
class ScriptedWriter:
    """Writes by rule and says which wishes it got; `gate` holds it up."""

    asked: list[tuple[str, str, Wishes]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    cancelled: int = 0
    unreachable: bool = False
    marked: tuple[Marked, ...] = ()
    cards: tuple[Card, ...] = ()
    better: str | None = None  # what another try at a line gives

    async def line(self, line: Marked, source: str, target: str, wishes: Wishes) -> str | None:
        return self.better

    async def write(
        self,
        post: Post,
        network: Network,
        lang: str | None = None,
        *,
        wishes: Wishes | None = None,
        options: Options | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Draft:
        assert wishes is not None
        self.asked.append((network.name, lang or post.lang, wishes))
        if progress:
            progress(1, 2)
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if self.unreachable:
            return convert(post, network)
        options = replace(options or Options(), lang=lang or post.lang)
        said, _ = learnt(post, lessons_for(options, network))
        draft = convert(said, network, options)
        return replace(draft, lang=lang or post.lang, model="scripted", marked=self.marked, cards=self.cards)


def _locate(link: str) -> Post:
    if link != LINK:
        raise ConversionError(f"{link}: this post is not in the index")
    return replace(post_from_text(TEXT), id="channel/5", url=LINK)


@asynccontextmanager
async def converting(
    api: FakeBotApi,
    store: Database,
    monkeypatch: Any,
    *,
    writer: ScriptedWriter | None = None,
    auto: str = "",
    **changes: Any,
) -> AsyncIterator[Running]:
    made = writer or ScriptedWriter()
    parts = ConvertParts(
        drafts=Drafts(store),
        keep=keeping(Drafts(store), Updates(store, "test")),
        find=lambda link: _locate(link) if link == LINK else None,
        fetch=_locate,
        read=read_messages,
        writer_for=lambda _speak: made,
        lessons=AuthorsLessons(Lessons(store)),
        auto=tuple(parse_targets(auto)) if auto else (),
    )
    original = konspekt.bot.runner.Bot
    monkeypatch.setattr("tests.bot.harness.Bot", lambda given: original(given, (convert_feature(parts),)))
    async with running_bot(api, store, **{"admins": frozenset({ADMIN, OTHER_ADMIN}), **changes}) as running:
        yield running


def button(api: FakeBotApi, chat: int, label: str) -> tuple[str, int]:
    """Data and message of the newest button whose label has this in it."""
    for message in reversed([*api.messages.values()]):
        if message["chat"]["id"] != chat:
            continue
        for row in (message.get("reply_markup") or {}).get("inline_keyboard", []):
            for one in row:
                if label in one["text"]:
                    return one["callback_data"], message["message_id"]
    raise AssertionError(f"no button {label!r}")


async def press(running: Running, label: str, *, chat: int = ADMIN, user: int = ADMIN) -> None:
    data, message_id = button(running.api, chat, label)
    running.api.callback(chat, user, data, message_id)
    await running.idle()


def shown(api: FakeBotApi, chat: int = ADMIN) -> list[str]:
    return [str(m.get("text") or m.get("caption") or "") for m in api.messages.values() if m["chat"]["id"] == chat]


async def drafted(running: Running) -> None:
    running.api.private_text(ADMIN, f"/convert {LINK}")
    await running.idle()
    await press(running, "Написать")
    await running.until(lambda: any("Готово" in text for text in shown(running.api)))
