"""What `serving` raises. A message says what was wrong, where, and what to do."""

from __future__ import annotations


class ServingError(Exception):
    """Base of the package's errors."""


class ModelFileError(ServingError):
    """The weights cannot be read: damaged, cut short, or not what the name says."""


class UnsupportedModelError(ServingError):
    """A well-formed model that this server cannot run; the message names what is missing."""


class NotEnoughMemoryError(ServingError):
    """The model does not fit into this machine's free memory."""


class InvalidRequestError(ServingError):
    """The caller's parameters are wrong (HTTP 400). `param` names the offending field, `code` the kind."""

    status = 400

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class NotServedError(InvalidRequestError):
    """The caller asks for a model that is not here (HTTP 404)."""

    status = 404

    def __init__(self, message: str) -> None:
        super().__init__(message, "model", "model_not_found")


class QueueFullError(ServingError):
    """More requests wait than the queue holds (HTTP 429). `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineStoppedError(ServingError):
    """The engine is shutting down or has failed (HTTP 503)."""


class UnavailableDeviceError(ServingError):
    """The device that was asked for is not on this machine, or cannot compute here."""
