"""What can go wrong with the database and the files beside it."""

from __future__ import annotations


class StorageError(Exception):
    """The message says what was wrong, where, and what to do; it is fit for the user."""
