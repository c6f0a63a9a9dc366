"""The checks of `konspekt doctor`. Each looks at one part, changes nothing, and says what to do about what is wrong."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from konspekt.app.settings import Settings
from konspekt.bilingual import (
    Bilingual,
    Language,
    of,
    told,
)
from konspekt.cli.commands.doctor.messages import say
from konspekt.cli.unknown_settings import unknown_settings
from konspekt.storage.private import open_to_others

if TYPE_CHECKING:
    from konspekt.llm_client import EndpointSettings

Level = Literal["ok", "warning", "error"]
GIB = 1 << 30
LITTLE_SPACE, NO_SPACE = 2 * GIB, GIB // 4  # the local model takes 1.1 GB, an index of 100,000 posts about 0.5 GB
NETWORK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `cure` says what to do; empty where nothing needs to be done."""

    check: str
    level: Level
    found: Bilingual
    cure: Bilingual | None = None

    def to_json(self, language: Language) -> dict[str, str]:
        cure = told(self.cure, language) if self.cure else ""
        return {"check": self.check, "level": self.level, "found": told(self.found, language), "cure": cure}


Check = Callable[[Settings], Iterator[Finding]]


def check_settings(settings: Settings) -> Iterator[Finding]:
    """What shows nowhere else until a reindex: names in .env that are no settings, and settings like `name=value`."""
    from konspekt.indexer.sources.errors import BadOptionError
    from konspekt.indexer.sources.options import SourceOptions

    for message in unknown_settings():
        yield Finding("settings", "warning", message, say("unknown_setting_cure"))
    try:
        SourceOptions.from_pairs(settings.channel_usernames, settings.video_urls)
    except BadOptionError as error:
        yield Finding("settings", "error", say("setting", where=error.where, what=error.what), error.cure)


def check_disk(settings: Settings) -> Iterator[Finding]:
    home = settings.konspekt_home.resolve()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    if not place.is_dir():
        yield Finding("disk", "error", say("not_folder", place=place), say("set_home"))
        return
    if not os.access(place, os.W_OK | os.X_OK):
        yield Finding("disk", "error", say("not_writable", place=place), say("ownership", place=place))
        return
    for name in ("konspekt.db", "index"):
        path = home / name
        if path.exists() and not os.access(path, os.W_OK):
            yield Finding("disk", "error", say("not_writable", place=path), say("ownership", place=path))
    for path in open_to_others(home):
        yield Finding("disk", "warning", say("open_to_others", path=path), say("open_to_others_cure", path=path))
    free = shutil.disk_usage(place).free
    level: Level = "error" if free < NO_SPACE else "warning" if free < LITTLE_SPACE else "ok"
    cure = say("free_cure") if free < LITTLE_SPACE else None
    yield Finding("disk", level, say("free", free=free / GIB, place=place), cure)


def check_database(settings: Settings) -> Iterator[Finding]:
    from konspekt.storage.database import Database, parsed_url, shown
    from konspekt.storage.errors import DatabaseUrlError, StorageError

    try:
        url = parsed_url(settings.database)
    except DatabaseUrlError:
        yield Finding("database", "error", say("bad_url"), say("bad_url_cure"))
        return
    name = shown(url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        yield Finding("database", "warning", say("no_database", path=url.database), say("no_database_cure"))
        return
    try:
        database = Database(settings.database)
        try:
            if (state := database.damage()) is not None:
                damaged = say("damaged_database", name=name, reason=state)
                yield Finding("database", "error", damaged, say("damaged_database_cure"))
                return
        finally:
            database.close()
    except StorageError as error:
        cure = None if "sqlite" in url.drivername else say("database_server")
        yield Finding("database", "error", of(error), cure)
        return
    except Exception as error:  # no table: another program's database, or one before the first start
        if "documents" not in str(error):
            raise
        yield Finding("database", "warning", say("no_tables", name=name), say("no_tables_cure"))
        return
    yield Finding("database", "ok", of(name))


def check_index(settings: Settings) -> Iterator[Finding]:
    from konspekt.storage.database import Database
    from konspekt.storage.errors import StorageError
    from konspekt.storage.index.documents import count_chunk_rows, count_documents
    from konspekt.storage.index.generations import current_generation
    from konspekt.storage.messages import say as storage_say
    from konspekt.storage.vectors.choosing import FAISS, open_store

    database = Database(settings.database)
    try:
        with database.read() as session:
            documents, chunks = count_documents(session), count_chunk_rows(session)
            generation = current_generation(session)
        whole = generation is not None and open_store(settings.vector_store, database, settings.index_dir).is_whole(
            generation
        )
    except StorageError as error:
        yield Finding("index", "error", of(error))
        return
    finally:
        database.close()
    if not documents or generation is None:
        yield Finding("index", "warning", say("nothing_indexed"), say("nothing_indexed_cure"))
        return
    file = settings.index_dir / generation.filename
    if settings.vector_store != FAISS and not whole:
        missing = storage_say("vectors_not_there", store=settings.vector_store.rpartition("@")[2])
        yield Finding("index", "error", missing, say("index_cure"))
        return
    if settings.vector_store == FAISS and not file.exists():
        yield Finding("index", "error", say("index_missing", file=file), say("index_cure"))
        return
    if not whole:
        yield Finding("index", "error", say("index_damaged", file=file), say("index_cure"))
        return
    if generation.model != settings.embedding_model and not generation.model.startswith(settings.embedding_model):
        found = say("other_model", made=generation.model, wanted=settings.embedding_model)
        yield Finding("index", "error", found, say("other_model_cure"))
        return
    size = {"documents": documents, "chunks": chunks}
    yield Finding("index", "ok", say("index_ok", **size, kind=generation.kind, model=generation.model))


def check_embedding_model(settings: Settings) -> Iterator[Finding]:
    from konspekt import modelhub
    from konspekt.indexer.embedding.choosing import open_embedder
    from konspekt.indexer.embedding.embeddings import DEFAULT_MODEL
    from konspekt.indexer.errors import IndexerError

    name = settings.embedding_model
    if name == DEFAULT_MODEL and modelhub.find(name, settings.models) is None:
        model = modelhub.by_name(name)
        if model is not None and (file := settings.models / model.file).exists():
            torn = say("torn_model", file=file, name=name)
            yield Finding("embedding model", "error", torn, say("torn_model_cure", name=name))
            return
        missing = say("no_model", name=name, folder=settings.models)
        yield Finding("embedding model", "warning", missing, say("no_embedding_model_cure", name=name))
        return
    try:
        vector = open_embedder(name, settings.models).embed_queries(["проверка"])[0]
    except IndexerError as error:  # says itself what to do
        yield Finding("embedding model", "error", of(error))
        return
    except (modelhub.ModelHubError, OSError, ValueError) as error:
        found = say("embedding_model_error", name=name, reason=error)
        yield Finding("embedding model", "error", found, say("embedding_model_cure"))
        return
    yield Finding("embedding model", "ok", say("embedding_model_ok", name=name, dimension=len(vector)))


def check_language_model(settings: Settings) -> Iterator[Finding]:
    from konspekt import modelhub
    from konspekt.app.build import configured_endpoints
    from konspekt.app.local_model.choosing import chosen_model

    endpoints = configured_endpoints(settings)
    if not endpoints:
        name = chosen_model(settings, network=False)
        if name.lower() == "none":
            yield Finding("language model", "warning", say("quotes_only"), say("quotes_only_cure"))
        elif modelhub.find(name, settings.models) is not None:
            yield Finding("language model", "ok", say("local_model_ok", name=name))
        elif not modelhub.is_name(name):
            known = ", ".join(known.name for known in modelhub.MODELS if known.kind == "language")
            unknown = say("unknown_local_model", name=name, known=known)
            yield Finding("language model", "error", unknown, say("unknown_local_model_cure"))
        else:
            missing = say("no_model", name=name, folder=settings.models)
            yield Finding("language model", "warning", missing, say("no_local_model_cure", name=name))
        return
    found = [_asked(endpoint, settings.llm_timeout) for endpoint in endpoints]
    some = any(finding.level == "ok" for finding in found)
    for finding in found:  # one that is away is no error while another one answers
        yield replace(finding, level="warning") if some and finding.level == "error" else finding


def _asked(endpoint: EndpointSettings, timeout: float) -> Finding:
    """Whether an endpoint's model answers."""
    from konspekt.llm_client import ChatModel, LLMError

    place = endpoint.host

    async def ask() -> str:
        model = ChatModel.at([endpoint], timeout=timeout)
        try:
            await model.complete([{"role": "user", "content": "Say yes."}], max_tokens=1)
            return await model.model_name()
        finally:
            await model.close()

    try:
        name = asyncio.run(asyncio.wait_for(ask(), NETWORK_SECONDS * 4))
    except (LLMError, TimeoutError) as error:
        reason = of(error) if isinstance(error, LLMError) else say("endpoint_slow")
        found = say("endpoint_error", place=place, reason=reason)
        return Finding("language model", "error", found, say("endpoint_cure"))
    return Finding("language model", "ok", say("endpoint_ok", name=name, place=place))


def check_telegram(settings: Settings) -> Iterator[Finding]:
    import httpx

    from konspekt.bot.wire.request import api_base
    from konspekt.indexer.deadline import bounded

    if settings.telegram_bot_token is None:
        yield Finding("Telegram", "warning", say("no_token"), say("no_token_cure"))
        return
    base = api_base(settings.telegram_api_url) + settings.telegram_bot_token.get_secret_value().strip()
    host = urlsplit(base).hostname
    try:
        with httpx.Client(timeout=NETWORK_SECONDS) as client:
            bounded(client, NETWORK_SECONDS * 2)
            reply = client.get(base + "/getMe")
            me = reply.json()
            hook = client.get(base + "/getWebhookInfo").json().get("result") or {}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        yield Finding("Telegram", "error", say("telegram_away", host=host), say("telegram_away_cure"))
        return
    if not me.get("ok"):
        refused = say("wrong_token", host=host, status=reply.status_code)
        yield Finding("Telegram", "error", refused, say("wrong_token_cure"))
        return
    bot = me["result"]
    yield Finding("Telegram", "ok", say("bot_ok", name=bot.get("username"), host=host))
    yield from _telegram_details(settings, bot, hook)


def _telegram_details(settings: Settings, bot: dict[str, object], hook: dict[str, object]) -> Iterator[Finding]:
    if not bot.get("supports_inline_queries"):
        yield Finding("Telegram", "warning", say("no_inline"), say("no_inline_cure"))
    if not settings.admin_ids:
        yield Finding("Telegram", "warning", say("no_admins"), say("no_admins_cure"))
    if settings.webhook_url and not settings.webhook_url.startswith("https://"):
        yield Finding("Telegram", "error", say("bad_webhook"), say("bad_webhook_cure"))
    if hook.get("last_error_message"):
        trouble = say("webhook_error", reason=hook["last_error_message"])
        yield Finding("Telegram", "warning", trouble, say("webhook_error_cure"))


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
            found = say("not_free", setting=name, address=address, reason=error)
            yield Finding("addresses", "warning", found, say("not_free_cure"))
        else:
            yield Finding("addresses", "ok", say("address_free", setting=name, address=address))


CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", check_settings),
    ("disk", check_disk),
    ("database", check_database),
    ("index", check_index),
    ("embedding model", check_embedding_model),
    ("language model", check_language_model),
    ("Telegram", check_telegram),
    ("addresses", check_addresses),
)
NEEDS = {"index": "database"}  # pointless where the other check failed
