"""The web's objects, opened together and closed together."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from konspekt.app.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from konspekt.web.parts import WebParts, WebSettings

KEY_BYTES = 32


def web_settings(settings: Settings) -> WebSettings:
    """Raises konspekt.web.errors.WebError where the page would stand open to strangers."""
    from konspekt.web.errors import check_protected
    from konspekt.web.parts import WebSettings

    host, _, port = settings.web_listen.rpartition(":")
    secret, token = settings.web_secret, settings.telegram_bot_token
    password = secret.get_secret_value() if secret else None
    own = WebSettings(
        host=host.strip("[]") or "0.0.0.0",  # noqa: S104 - ":8700" asks for it
        port=int(port),
        secret=password,
        bot_token=token.get_secret_value().strip() if token else None,
        admins=settings.admins,
        url=settings.web_url,
        language=None if settings.language == "auto" else settings.language,
        questions_per_minute=settings.questions_per_minute,
        question_max_chars=settings.question_max_chars,
        concurrent_answers=settings.concurrent_answers,
        memory_turns=settings.memory_turns,
    )
    check_protected(own)
    return own


def signing_key(home: Path, password: str | None) -> bytes:
    """Signs sessions: kept in KONSPEKT_HOME, so that they outlive a restart; another password ends them all."""
    from konspekt.storage.private import private_file

    kept = home / "web.key"
    if not kept.is_file() or kept.stat().st_size != KEY_BYTES:
        private_file(kept)
        kept.write_bytes(secrets.token_bytes(KEY_BYTES))
    return hashlib.sha256(kept.read_bytes() + (password or "").encode()).digest()


@asynccontextmanager
async def open_page(settings: Settings, *, with_model: bool = True) -> AsyncIterator[WebParts]:
    """Everything the web is handed. Raises StorageError, WebError."""
    from konspekt.app.build import build_answerer, build_chat_model, build_database, build_embedder, build_searcher
    from konspekt.app.page.drafting import PageDrafting
    from konspekt.app.page.stored import StoredDocuments, StoredTalks
    from konspekt.web.parts import WebParts

    own = web_settings(settings)
    database = build_database(settings)  # makes the home
    own = replace(own, key=signing_key(settings.konspekt_home, own.secret))
    model = build_chat_model(settings) if with_model else None
    try:
        embedder = build_embedder(settings)
        searcher = build_searcher(settings, database, embedder)
        answerer = build_answerer(settings, database, searcher, embedder, model=model, with_model=with_model)
        yield WebParts(
            settings=own,
            answers=answerer,
            search=searcher,
            documents=StoredDocuments(database),
            drafting=PageDrafting(settings, database, model),
            talks=StoredTalks(database),
        )
    finally:
        if model is not None:
            await model.close()
        database.close()
