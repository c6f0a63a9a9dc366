"""What can go wrong between us and a language model. Messages name the endpoint's host, never a key or a text."""

from __future__ import annotations


class LLMError(Exception):
    """Base of the family. `retry_after` is in seconds where the endpoint named it."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LLMUnavailable(LLMError):
    """No connection, a connection cut in the middle, or an error of the server's own (5xx)."""


class LLMTimeout(LLMUnavailable):
    """Not a single new token within the stall timeout."""


class LLMQuotaExceeded(LLMError):
    """429: too many requests, or the account is out of money."""


class LLMRefused(LLMError):
    """401, 403: the key is wrong or may not use this model."""


class LLMBadRequest(LLMError):
    """400, 413, 422: the request itself, most often a prompt too long for the model."""


class LLMNotThere(LLMBadRequest):
    """404: no such model or address. Unlike other bad requests this is the endpoint's fault, or its address's."""


class LLMBadResponse(LLMError):
    """The endpoint answered with something that is not an answer of its protocol."""


class LLMFiltered(LLMError):
    """The endpoint's content filter withheld the answer or the rest of it, or the model declined to give one."""
