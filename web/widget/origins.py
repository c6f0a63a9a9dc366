"""Which sites may show the frame, and the pass that the frame asks with."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from itsdangerous import BadSignature, TimestampSigner

LASTING = 12 * 3600  # seconds that an open frame may ask


def origin_of(address: str) -> str | None:
    """`https://site.example`, or None where it is no http address; a path is left out, the usual port too."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if port in (None, usual) else f"{parts.scheme}://{host}:{port}"


class Passes:
    """Signed names of sites that were let in. Without a key, they end with this process."""

    def __init__(self, key: bytes, sites: frozenset[str]) -> None:
        self._signer = TimestampSigner(key or secrets.token_bytes(32), salt="konspekt.widget")
        self._sites = sites

    def issue(self, site: str) -> str:
        return self._signer.sign(site).decode()

    def holds(self, given: str | None) -> bool:
        try:
            site = self._signer.unsign(given or "", max_age=LASTING).decode()
        except (BadSignature, UnicodeError):
            return False
        return site in self._sites
