"""What `kernels` raises."""

from __future__ import annotations


class KernelError(ValueError):
    """The arguments cannot be computed: wrong shape, type or size. The message says which and what is expected."""


class BackendUnavailable(KernelError):
    """The backend asked for is not on this machine."""
