"""What can go wrong before a source is open. What goes wrong while it is read is a `Problem` among its documents."""

from __future__ import annotations

from konspekt.bilingual import Bilingual
from konspekt.indexer.documents import Problem


class SourceError(Exception):
    """A path or link that is no source: `where` it is, `what` is wrong with it, and the `cure`."""

    def __init__(self, where: str, what: Bilingual, cure: Bilingual) -> None:
        self.message = Problem(where, what, cure).message
        super().__init__(self.message)
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


class NoMessageError(ValueError):
    """Something among the messages of an export that is not a message."""

    def __init__(self, what: Bilingual) -> None:
        super().__init__(what)
        self.what = what
