"""One OpenAI-compatible address: its client, its model's name, and its errors in our words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import openai

from konspekt.llm_client import metrics
from konspekt.llm_client.dialect import Dialect
from konspekt.llm_client.errors import LLMBadRequest, LLMError, LLMQuotaExceeded
from konspekt.llm_client.failures import FORESEEN, refusal_of, translate
from konspekt.llm_client.health import Health

PROBE_SECONDS = 5.0
NO_NAME = "default"  # what servers that list no model are asked for: they have one, whatever it is called
UNLISTED = frozenset({404, 405, 501})  # statuses of /v1/models where there is no such thing (TGI before 3)


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
        self._hasty = self.client.with_options(max_retries=0)
        self.dialect = Dialect()
        self._model = settings.model
        self._naming = asyncio.Lock()
        self.health = Health()
        self.busy = 0  # answers being written

    async def model_name(self, *, patient: bool = True) -> str:
        """The model that is asked; read once from `/v1/models` when the settings name none."""
        if self._model:
            return self._model
        async with self._naming:
            if self._model:
                return self._model
            try:
                client = self.client if patient else self._hasty
                listed = [model.id for model in (await client.models.list()).data or []]
            except FORESEEN as error:
                if not (isinstance(error, openai.APIStatusError) and error.status_code in UNLISTED):
                    raise translate(error, self.host) from error
                listed = [NO_NAME]
            if not listed:
                raise LLMBadRequest(f"{self.host} lists no model; name one in OPENAI_MODEL")
            self._model = listed[0]
            return self._model

    async def open(self, wanted: dict[str, Any], *, patient: bool = True) -> Any:
        """The streamed response to a request. A refused parameter is left out or renamed, and that is remembered.

        `patient`: with the library's own retries.
        """
        learned = self.dialect
        body = learned.body(wanted)
        try:
            return await self._create(body, patient)
        except openai.APIStatusError as error:
            first, refusal = error, refusal_of(error)
        while (following := learned.after(refusal, body)) is not None and following != learned:
            learned, body = following, following.body(wanted)
            try:
                response = await self._create(body, patient)
            except openai.APIStatusError as error:
                refusal = refusal_of(error)
            else:
                self.dialect = learned
                return response
        for guess in learned.guesses(refusal, body):
            try:
                response = await self._create(guess.body(wanted), patient)
            except openai.APIStatusError:
                continue
            self.dialect = guess
            return response
        if refusal.status in {400, 422} and not learned.guessed:
            self.dialect = replace(self.dialect, guessed=True)
        raise first

    async def _create(self, body: dict[str, Any], patient: bool) -> Any:
        client = self.client if patient else self._hasty
        name = await self.model_name(patient=patient)
        return await client.chat.completions.create(**body, model=name, stream=True)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While it writes an answer."""
        self.busy += 1
        metrics.RUNNING.labels(self.host).set(self.busy)
        try:
            yield
        finally:
            self.busy -= 1
            metrics.RUNNING.labels(self.host).set(self.busy)

    def failed(self, error: LLMError) -> None:
        self.health.failed(error, time.monotonic())
        self._count("limited" if isinstance(error, LLMQuotaExceeded) else "failed")

    def worked(self) -> None:
        self.health.worked()
        self._count("answered")

    def _count(self, outcome: str) -> None:
        metrics.REQUESTS.labels(self.host, outcome).inc()
        metrics.RESTING.labels(self.host).set(self.health.unproven)

    async def probe(self) -> None:
        """Whether it is up again, at the price of listing its models. One that does not list them is up, too."""
        try:
            await self._hasty.models.list(timeout=PROBE_SECONDS)
        except openai.APIStatusError as error:
            alive = error.status_code in UNLISTED
        except FORESEEN:
            alive = False
        else:
            alive = True
        if alive:
            self.health.probed = True
        else:
            self.health.rest(time.monotonic())

    async def close(self) -> None:
        await self.client.close()
