"""Fetching pages politely: one at a time, with a pause, a size limit, and patience when the server is busy."""

from __future__ import annotations

import time
from types import TracebackType

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from konspekt.bilingual import Bilingual
from konspekt.indexer.deadline import bounded
from konspekt.indexer.sources.messages import say

TIMEOUT_SECONDS = 20.0
PAGE_SECONDS = 60.0
MAX_PAGE_BYTES = 8 << 20  # a page of twenty long posts is under half a megabyte
MAX_ATTEMPTS = 4
MAX_WAIT_SECONDS = 60.0
USER_AGENT = "konspekt (reads a channel's public page for its own search)"


class FetchError(Exception):
    """A page that could not be fetched."""

    def __init__(self, what: Bilingual, cure: Bilingual) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


class _BusyError(Exception):
    """Worth another try. `wait` is what the server asked for, in seconds."""

    def __init__(self, what: Bilingual, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait


class PageFetcher:
    """A client for the pages of one channel. Redirects are not followed: t.me answers so when there is no preview."""

    def __init__(
        self,
        *,
        timeout: float = TIMEOUT_SECONDS,
        first_wait: float = 1.0,
        pause: float = 0.0,
        seconds: float = PAGE_SECONDS,
    ) -> None:
        """`timeout`: seconds without a byte; `seconds`: of a whole page, from its connection to its end."""
        self._pause = pause
        self._fetched = False
        self._client = httpx.Client(timeout=timeout, headers={"User-Agent": USER_AGENT}, follow_redirects=False)
        self._deadline = bounded(self._client, seconds)
        self._seconds = seconds
        self._backoff = wait_exponential(multiplier=first_wait, max=MAX_WAIT_SECONDS)

    def __enter__(self) -> PageFetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, url: str) -> str:
        """The page as text; empty for a redirect. Raises `FetchError`."""
        if self._fetched:
            time.sleep(self._pause)
        self._fetched = True
        try:
            for attempt in Retrying(
                stop=stop_after_attempt(MAX_ATTEMPTS),
                wait=self._wait,
                retry=retry_if_exception_type(_BusyError),
                reraise=True,
            ):
                with attempt:
                    return self._get(url)
        except _BusyError as error:
            raise FetchError(say("times_in_a_row", what=error, times=MAX_ATTEMPTS), say("later")) from error
        raise AssertionError("unreachable")

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, _BusyError) else None
        return min(asked, MAX_WAIT_SECONDS) if asked is not None else self._backoff(state)

    def _get(self, url: str) -> str:
        self._deadline.start(self._seconds)
        try:
            with self._client.stream("GET", url) as answer:
                if answer.is_redirect:
                    return ""
                if answer.status_code == 429 or answer.status_code >= 500:
                    raise _BusyError(say("server_answers", status=answer.status_code), _seconds(answer))
                if answer.status_code != 200:
                    raise FetchError(say("server_answers", status=answer.status_code), say("check_channel"))
                data = bytearray()
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > MAX_PAGE_BYTES:
                        raise FetchError(say("page_too_large", limit=MAX_PAGE_BYTES >> 20), say("no_channel_page"))
        except httpx.TimeoutException as error:
            raise _BusyError(say("no_answer")) from error
        except httpx.TransportError as error:
            raise _BusyError(say("no_connection", reason=error)) from error
        except (httpx.InvalidURL, httpx.HTTPError) as error:
            raise FetchError(say("not_fetched", reason=error), say("check_link")) from error
        return data.decode("utf-8", "replace")


def _seconds(answer: httpx.Response) -> float | None:
    try:
        return max(float(answer.headers["Retry-After"]), 0.0)
    except (KeyError, ValueError):
        return None
