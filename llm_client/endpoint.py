"""One OpenAI-compatible address: its client, its model's name, and its errors in our words."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import openai

from konspekt.llm_client.dialect import Dialect
from konspekt.llm_client.errors import LLMBadRequest
from konspekt.llm_client.failures import FORESEEN, refusal_of, translate

COOLDOWN = 20.0  # seconds an endpoint that failed is passed over while another one is there


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """`base_url` None is api.openai.com; `model` None is the first model that the endpoint lists."""

    base_url: str | None = None
    api_key: str | None = None
    model: str | None = None

    def __repr__(self) -> str:  # a key must not reach a log through a repr
        return f"EndpointSettings(host={self.host!r}, model={self.model!r})"

    @property
    def host(self) -> str:
        """Host and port only: an address may carry a name and a password."""
        parts = urlsplit(self.base_url or "https://api.openai.com")
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


class Endpoint:
    """Keeps one HTTP connection pool open; `close()` ends it. `dialect`: what its model turned out not to take."""

    def __init__(self, settings: EndpointSettings, *, timeout: float, max_retries: int) -> None:
        self.settings = settings
        self.host = settings.host
        self.client = openai.AsyncOpenAI(
            api_key=settings.api_key or "none",  # local servers need no key, the library wants one
            base_url=settings.base_url or "https://api.openai.com/v1",
            timeout=openai.Timeout(timeout, connect=min(10.0, timeout)),
            max_retries=max_retries,
        )
        self.dialect = Dialect()
        self._model = settings.model
        self._naming = asyncio.Lock()
        self._failed_at: float | None = None

    async def model_name(self) -> str:
        """The model that is asked; read once from `/v1/models` when the settings name none."""
        if self._model:
            return self._model
        async with self._naming:
            if self._model:
                return self._model
            try:
                listed = [model.id for model in (await self.client.models.list()).data or []]
            except FORESEEN as error:
                raise translate(error, self.host) from error
            if not listed:
                raise LLMBadRequest(f"{self.host} lists no model; name one in OPENAI_MODEL")
            self._model = listed[0]
            return self._model

    async def open(self, wanted: dict[str, Any]) -> Any:
        """The streamed response to a request. A refused parameter is left out or renamed, and that is remembered."""
        learned = self.dialect
        body = learned.body(wanted)
        try:
            return await self._create(body)
        except openai.APIStatusError as error:
            first, refusal = error, refusal_of(error)
        while (following := learned.after(refusal, body)) is not None and following != learned:
            learned, body = following, following.body(wanted)
            try:
                response = await self._create(body)
            except openai.APIStatusError as error:
                refusal = refusal_of(error)
            else:
                self.dialect = learned
                return response
        for guess in learned.guesses(refusal, body):
            try:
                response = await self._create(guess.body(wanted))
            except openai.APIStatusError:
                continue
            self.dialect = guess
            return response
        if refusal.status in {400, 422} and not learned.guessed:
            self.dialect = replace(self.dialect, guessed=True)
        raise first

    async def _create(self, body: dict[str, Any]) -> Any:
        return await self.client.chat.completions.create(**body, model=await self.model_name(), stream=True)

    @property
    def cooling(self) -> bool:
        return self._failed_at is not None and time.monotonic() - self._failed_at < COOLDOWN

    def failed(self) -> None:
        self._failed_at = time.monotonic()

    def worked(self) -> None:
        self._failed_at = None

    async def close(self) -> None:
        await self.client.close()
