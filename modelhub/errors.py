"""What can go wrong between a model's name and its file on disk."""

from __future__ import annotations


class ModelHubError(Exception):
    """Base of the package's errors: the message says what, where and what to do."""


class UnknownModelError(ModelHubError):
    """The name is not in the registry, not a path that exists and not a hub id."""


class FetchError(ModelHubError):
    """No place delivered the file; the message gives each place and its reason."""


class HashMismatchError(ModelHubError):
    """The bytes are not the published ones."""


class NoSpaceError(ModelHubError):
    """The disk has no room for the file; found before anything was downloaded."""
