"""What can go wrong before a source is open. What goes wrong while it is read is a `Problem` among its documents."""

from __future__ import annotations


class SourceError(Exception):
    """A path or link that is no source: `where` it is, `what` is wrong with it, and the `cure`."""

    def __init__(self, where: str, what: str, cure: str) -> None:
        super().__init__(f"{where}: {what} — {cure}")
        self.where = where
        self.what = what
        self.cure = cure


class SourceMissingError(SourceError):
    """There is no such file or folder."""


class NothingRecognisedError(SourceError):
    """The file or folder is there, but nothing in it can be read as a source."""


class SourceUnreadableError(SourceError):
    """The file is there and cannot be opened, or is not what its name promises."""


class BadLinkError(SourceError):
    """A URL that is not a channel page."""


class BadOptionError(SourceError):
    """A setting of the form `name=value` that is not of that form."""
