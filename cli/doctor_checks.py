"""The checks of `konspekt doctor`. Each looks at one part, changes nothing, and says what to do about what is wrong."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cli.settings import Settings

Level = Literal["ok", "warning", "error"]
GIB = 1 << 30
LITTLE_SPACE, NO_SPACE = 2 * GIB, GIB // 4  # the local model takes 1.1 GB, an index of 100,000 posts about 0.5 GB
NETWORK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `cure` says what to do; empty where nothing needs to be done."""

    check: str
    level: Level
    found: str
    cure: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def check_pairs(settings: Settings) -> Iterator[Finding]:
    """Settings of the form `name=value`; they show nowhere else until a reindex."""
    from indexer.sources.errors import BadOptionError
    from indexer.sources.options import SourceOptions

    try:
        SourceOptions.from_pairs(settings.channel_usernames, settings.video_urls)
    except BadOptionError as error:
        yield Finding("settings", "error", f"{error.where}: {error.what}", error.cure)


def check_disk(settings: Settings) -> Iterator[Finding]:
    home = settings.konspekt_home.resolve()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    if not place.is_dir():
        yield Finding("disk", "error", f"{place} is a file, not a folder", "Set KONSPEKT_HOME to a folder.")
        return
    if not os.access(place, os.W_OK | os.X_OK):
        yield Finding("disk", "error", f"{place} may not be written to", _ownership(place))
        return
    for name in ("konspekt.db", "index"):
        path = home / name
        if path.exists() and not os.access(path, os.W_OK):
            yield Finding("disk", "error", f"{path} may not be written to", _ownership(path))
    free = shutil.disk_usage(place).free
    found = f"{free / GIB:.1f} GB free at {place}"
    cure = "Free some space, or move KONSPEKT_HOME to a larger disk."
    yield Finding("disk", "error" if free < NO_SPACE else "warning" if free < LITTLE_SPACE else "ok", found,
                  cure if free < LITTLE_SPACE else "")  # fmt: skip


def _ownership(path: Path) -> str:
    return f"Give it to the user that runs Konspekt: sudo chown -R $(id -un) {path}"


def check_database(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy import text
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from storage.database import Database
    from storage.errors import StorageError

    try:
        url = make_url(settings.database)
    except ArgumentError:
        cure = "Write postgresql://user:password@host/name, or leave it empty."
        yield Finding("database", "error", "DATABASE_URL is not a database URL", cure)
        return
    name = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        yield Finding("database", "warning", f"{url.database} does not exist yet", "konspekt reindex PATH makes it.")
        return
    try:
        database = Database(settings.database)
        try:
            with database.read() as session:
                if database.is_sqlite and (state := session.scalar(text("PRAGMA quick_check"))) != "ok":
                    cure = "Restore a backup, or remove the file and run konspekt reindex (conversations are lost)."
                    yield Finding("database", "error", f"{name} is damaged: {state}", cure)
                    return
                session.execute(text("SELECT count(*) FROM documents"))
        finally:
            database.close()
    except StorageError as error:
        cure = "Check DATABASE_URL, and that the database server runs." if "sqlite" not in url.drivername else ""
        yield Finding("database", "error", str(error), cure)
        return
    except Exception as error:  # no table: another program's database, or one from before the first start
        if "documents" not in str(error):
            raise
        yield Finding(
            "database", "warning", f"{name} has no tables of Konspekt yet", "konspekt reindex PATH makes them."
        )
        return
    yield Finding("database", "ok", name)


def check_index(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy import func, select

    from storage.database import Database
    from storage.generations import current_generation
    from storage.models import ChunkRow, DocumentRow
    from storage.vectors import is_whole

    database = Database(settings.database)
    try:
        with database.read() as session:
            documents = session.scalar(select(func.count()).select_from(DocumentRow)) or 0
            chunks = session.scalar(select(func.count()).select_from(ChunkRow)) or 0
            generation = current_generation(session)
    finally:
        database.close()
    if not documents or generation is None:
        cure = "konspekt reindex PATH indexes a Telegram export, a folder of course files or a t.me/s link."
        yield Finding("index", "warning", "nothing is indexed", cure)
        return
    file = settings.index_dir / generation.filename
    if not file.exists():
        yield Finding(
            "index", "error", f"{file} is missing", "konspekt reindex writes it again from the stored vectors."
        )
        return
    if not is_whole(file):
        yield Finding("index", "error", f"{file} is damaged", "konspekt reindex writes it again from the vectors.")
        return
    if generation.model != settings.embedding_model and not generation.model.startswith(settings.embedding_model):
        found = f"indexed with {generation.model}, but EMBEDDING_MODEL is {settings.embedding_model}"
        yield Finding("index", "error", found, "konspekt reindex --full, or set EMBEDDING_MODEL back.")
        return
    found = f"{documents} documents, {chunks} passages, {generation.kind} index of {generation.model}"
    yield Finding("index", "ok", found)


def check_embedding_model(settings: Settings) -> Iterator[Finding]:
    import modelhub
    from indexer.embeddings import DEFAULT_MODEL, open_embedder
    from indexer.errors import IndexerError

    name = settings.embedding_model
    if name == DEFAULT_MODEL and modelhub.find(name, settings.models) is None:
        model = modelhub.by_name(name)
        if model is not None and (file := settings.models / model.file).exists():
            cure = f"Delete the file; konspekt models fetch {name} fetches it again."
            yield Finding("embedding model", "error", f"{file} is damaged: it has not the size of {name}", cure)
            return
        cure = f"It is fetched at the first reindex (72 MB), or now: konspekt models fetch {name}"
        yield Finding("embedding model", "warning", f"{name} is not in {settings.models} yet", cure)
        return
    try:
        vector = open_embedder(name, settings.models).embed_queries(["проверка"])[0]
    except (IndexerError, modelhub.ModelHubError, OSError, ValueError) as error:
        cure = "Check EMBEDDING_MODEL and the network; konspekt models lists what is here."
        yield Finding("embedding model", "error", f"{name}: {error}", cure)
        return
    yield Finding("embedding model", "ok", f"{name}, {len(vector)} dimensions")


def check_language_model(settings: Settings) -> Iterator[Finding]:
    import modelhub
    from cli.build import build_chat_model
    from llm_client import LLMError

    model = build_chat_model(settings)
    if model is None:
        name = settings.local_model
        if name == "none":
            cure = "Set LOCAL_MODEL, or OPENAI_BASE_URL and OPENAI_API_KEY, for written answers."
            yield Finding("language model", "warning", "none: answers are quotations", cure)
        elif modelhub.find(name, settings.models) is None:
            cure = f"konspekt run fetches it at its first start, or now: konspekt models fetch {name}"
            yield Finding("language model", "warning", f"{name} is not in {settings.models} yet", cure)
        else:
            yield Finding("language model", "ok", f"{name}, served by konspekt run on this machine")
        return
    place = urlsplit(settings.openai_base_url or "https://api.openai.com").hostname

    async def ask() -> str:
        try:
            await model.complete([{"role": "user", "content": "Say yes."}], max_tokens=1)
            return await model.model_name()
        finally:
            await model.close()

    try:
        name = asyncio.run(asyncio.wait_for(ask(), NETWORK_SECONDS * 4))
    except (LLMError, TimeoutError) as error:
        cure = "Check OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL. Until then answers are quotations."
        yield Finding("language model", "error", f"{place}: {error or 'no answer within a minute'}", cure)
        return
    yield Finding("language model", "ok", f"{name} at {place}")


def check_telegram(settings: Settings) -> Iterator[Finding]:
    import httpx

    from bot.wire import api_base

    if settings.telegram_bot_token is None:
        cure = "Optional: get a token from @BotFather (/newbot) and put it into .env as TELEGRAM_BOT_TOKEN."
        yield Finding("Telegram", "warning", "no token: answers in the terminal only", cure)
        return
    base = api_base(settings.telegram_api_url) + settings.telegram_bot_token.get_secret_value().strip()
    host = urlsplit(base).hostname
    try:
        with httpx.Client(timeout=NETWORK_SECONDS) as client:
            reply = client.get(base + "/getMe")
            me = reply.json()
            hook = client.get(base + "/getWebhookInfo").json().get("result") or {}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        cure = "Check the network and TELEGRAM_API_URL. Where Telegram is blocked, set HTTPS_PROXY."
        yield Finding("Telegram", "error", f"{host} cannot be reached, or is no Bot API server", cure)
        return
    if not me.get("ok"):
        cure = "Copy it again from @BotFather (/mybots → API Token), without quotes or spaces."
        yield Finding("Telegram", "error", f"{host} does not know the token ({reply.status_code})", cure)
        return
    bot = me["result"]
    yield Finding("Telegram", "ok", f"@{bot.get('username')} at {host}")
    yield from _telegram_details(settings, bot, hook)


def _telegram_details(settings: Settings, bot: dict[str, object], hook: dict[str, object]) -> Iterator[Finding]:
    if not bot.get("supports_inline_queries"):
        yield Finding("Telegram", "warning", "inline mode is off", "Optional: @BotFather, /setinline.")
    if not settings.admin_ids:
        cure = "Set ADMIN_IDS to your user id (write to @userinfobot) for /reindex, /stats, /convert."
        yield Finding("Telegram", "warning", "ADMIN_IDS is empty", cure)
    if settings.webhook_url and not settings.webhook_url.startswith("https://"):
        yield Finding(
            "Telegram", "error", "WEBHOOK_URL is not an https address", "Telegram calls https addresses only."
        )
    if hook.get("last_error_message"):
        cure = "Look at the proxy in front of WEBHOOK_LISTEN, its certificate, and the path in WEBHOOK_URL."
        yield Finding("Telegram", "warning", f"webhook: {hook['last_error_message']}", cure)


def check_addresses(settings: Settings) -> Iterator[Finding]:
    """Whether METRICS_LISTEN (and WEBHOOK_LISTEN where it is used) can be listened on."""
    wanted = {"METRICS_LISTEN": settings.metrics_listen}
    if settings.webhook_url:
        wanted["WEBHOOK_LISTEN"] = settings.webhook_listen
    for name, address in wanted.items():
        if not address:
            continue
        host, _, port = address.rpartition(":")
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host.strip("[]") or "0.0.0.0", int(port)))  # noqa: S104 - only to see whether it is free
        except (OSError, ValueError, OverflowError) as error:
            found = f"{name}={address} cannot be listened on ({error})"
            yield Finding("addresses", "warning", found, "Fine if the bot runs right now; else choose another port.")
        else:
            yield Finding("addresses", "ok", f"{name}={address} is free")


CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", check_pairs),
    ("disk", check_disk),
    ("database", check_database),
    ("index", check_index),
    ("embedding model", check_embedding_model),
    ("language model", check_language_model),
    ("Telegram", check_telegram),
    ("addresses", check_addresses),
)
NEEDS = {"index": "database"}  # pointless where the other did not come out well
