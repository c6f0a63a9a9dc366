"""An endpoint's errors in our words. What it says itself is looked through and never shown: it may quote the prompt."""

from __future__ import annotations

import importlib
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

import openai

from konspekt.llm_client.dialect import Refusal
from konspekt.llm_client.errors import (
    LLMBadRequest,
    LLMBadResponse,
    LLMError,
    LLMFiltered,
    LLMNotThere,
    LLMQuotaExceeded,
    LLMRefused,
    LLMTimeout,
    LLMUnavailable,
)

# The library changed its HTTP package between versions (httpx, httpx2): take the errors of the one it uses.
_http: Any = importlib.import_module(openai.Timeout.__init__.__module__.partition(".")[0])
TRANSPORT_ERRORS: tuple[type[Exception], ...] = (_http.HTTPError, _http.InvalidURL, OSError)
FORESEEN: tuple[type[Exception], ...] = (*TRANSPORT_ERRORS, openai.OpenAIError, ValueError, TypeError, AttributeError)


def translate(error: Exception, host: str) -> LLMError:
    """Our error for the library's. The endpoint's own words are left out: they may quote the prompt or the key."""
    if isinstance(error, LLMError):
        return error
    if isinstance(error, openai.APITimeoutError | _http.TimeoutException | TimeoutError):
        return LLMTimeout(f"{host} did not answer in time")
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, host)
    if isinstance(error, (openai.APIConnectionError, *TRANSPORT_ERRORS)):
        return LLMUnavailable(f"{host} cannot be reached, or closed the connection")
    if type(error) is openai.APIError:  # only an error within a stream has no class of its own
        return error_within(error.body, host)
    return LLMBadResponse(f"{host} did not answer in the protocol of OpenAI chat completions")


def error_within(body: object, host: str) -> LLMError:
    """What a server reports as an event of a stream that it had already answered with 200.

    SGLang says so that its queue is full, and vLLM that a prompt is too long.
    """
    said = body if isinstance(body, dict) else {}
    code = said.get("code")
    if str(code) == "429" or "overloaded" in str(said.get("type") or said.get("error_type") or ""):
        return LLMQuotaExceeded(f"{host} is over its limit")
    if str(code) in {"400", "413", "422"}:
        return LLMBadRequest(f"{host} rejected the request in the middle of its answer")
    return LLMUnavailable(f"{host} reported an error in the middle of its answer")


def refusal_of(error: openai.APIStatusError) -> Refusal:
    """What an error says of its cause. Its text is looked through and never shown."""
    return Refusal(error.status_code, str(error.code or ""), str(error.param or ""), error.response.text[:4000])


def _by_status(error: openai.APIStatusError, host: str) -> LLMError:
    status = error.status_code
    code = f" ({error.code})" if error.code and str(error.code).replace("_", "").isalnum() else ""
    if status == 429:
        return LLMQuotaExceeded(f"{host} is over its limit{code}", retry_after=_retry_after(error.response))
    if status in {401, 403}:
        return LLMRefused(f"{host} refused the key{code}; check OPENAI_API_KEY")
    if status == 404:
        return LLMNotThere(f"{host} knows no such model or address{code}; check OPENAI_MODEL and OPENAI_BASE_URL")
    if status == 408:
        return LLMTimeout(f"{host} did not answer in time")
    if "content_filter" in str(error.code) or "content_policy" in str(error.code):
        return LLMFiltered(f"{host} withheld the answer: its content filter stopped the request")
    if status < 500:
        return LLMBadRequest(f"{host} rejected the request with HTTP {status}{code}")
    return LLMUnavailable(f"{host} failed with HTTP {status}{code}", retry_after=_retry_after(error.response))


def _retry_after(response: Any) -> float | None:
    """Seconds; the header holds them, or milliseconds under another name, or a date (RFC 9110, 10.2.3)."""
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            seconds = float(response.headers[name]) / divisor
            return seconds if isfinite(seconds) and seconds >= 0 else None
    with suppress(KeyError, ValueError):
        at = parsedate_to_datetime(response.headers["retry-after"])
        return max(0.0, at.timestamp() - time.time())
    return None
