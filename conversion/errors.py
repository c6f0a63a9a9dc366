"""What can go wrong in conversion. Messages say what, where, and what to do."""

from __future__ import annotations


class ConversionError(Exception):
    """Base of every error that conversion raises on purpose."""


class WrongUsage(ConversionError):
    """A wish or a name that conversion does not know."""


class UnknownNetwork(WrongUsage):
    """A network name that no file in `conversion/networks/` describes."""


class PostNotFound(ConversionError):
    """The post that was named is neither indexed nor reachable."""


class FetchRefused(ConversionError):
    """An address that must not be fetched, or a page that is too slow, too big or not a post."""
