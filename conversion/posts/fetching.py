"""Fetching one public post, or an instance's rules, without ever reaching into a private network.

A link comes from a person and may point anywhere: every address that a name resolves to must be public, the
connection goes to exactly the address that was checked, and a redirect is checked like a first request.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx

from konspekt.conversion.document import Post
from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import FetchRefused, PostNotFound
from konspekt.conversion.posts.reading import post_from_document
from konspekt.indexer.deadline import Deadline
from konspekt.indexer.documents import Document

MAX_BYTES = 2 << 20
MAX_SECONDS = 15.0
MAX_REDIRECTS = 3
_USER_AGENT = b"konspekt (reads one public post for its author)"


class PublicNetwork(httpcore.SyncBackend):
    """Connects only to public addresses. `allowed` names addresses that tests use instead."""

    def __init__(self, allowed: frozenset[str] = frozenset()) -> None:
        self._allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = self._checked(host, port)
        return super().connect_tcp(address, port, timeout, local_address, socket_options)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise FetchRefused(wrong("socket_file"))

    def _checked(self, host: str, port: int) -> str:
        try:
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except (OSError, UnicodeError) as error:  # no such name, or no name at all: `foo..bar`
            raise FetchRefused(wrong("no_host", host=host, reason=error)) from error
        for address in found:
            if address not in self._allowed and not is_public(address):
                raise FetchRefused(wrong("not_public", host=host, address=address))
        return sorted(found, key=lambda address: ":" in address)[0]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet: not private, loopback, link-local, shared, multicast or reserved,
    also not by way of an IPv4 address inside an IPv6 one."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class Fetcher:
    """A guarded client for small pages."""

    def __init__(
        self,
        *,
        base_url: str = "https://t.me",
        allowed: frozenset[str] = frozenset(),
        ports: frozenset[int] = frozenset({80, 443}),
        max_bytes: int = MAX_BYTES,
        max_seconds: float = MAX_SECONDS,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._backend = PublicNetwork(allowed)
        self._ports = ports
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds

    def post(self, channel: str, number: int) -> Post:
        """The post of a public channel, from its embeddable page. Raises PostNotFound, FetchRefused."""
        page = self.get(f"{self._base}/{channel}/{number}?embed=1&mode=tme").decode("utf-8", "replace")
        document = _document(page, channel, number)
        if document is None:
            raise PostNotFound(wrong("no_public_post", link=f"t.me/{channel}/{number}"))
        return post_from_document(document)

    def get(self, url: str) -> bytes:
        """The body at an address, redirects followed. Raises FetchRefused."""
        deadline = time.monotonic() + self._max_seconds
        context = httpx.create_ssl_context()
        backend = Deadline(self._backend, self._max_seconds)
        with httpcore.ConnectionPool(network_backend=backend, ssl_context=context) as pool:
            for _ in range(MAX_REDIRECTS + 1):
                url = self._address(url)
                body, location = self._once(pool, url, deadline)
                if location is None:
                    return body
                try:
                    url = urljoin(url, location)
                except ValueError as error:
                    raise FetchRefused(wrong("no_address", url=location[:200], reason=error)) from error
        raise FetchRefused(wrong("redirects", url=url[:200], count=MAX_REDIRECTS))

    def _address(self, url: str) -> str:
        """The address as it goes over the wire: the host in IDNA, everything else percent-encoded."""
        try:
            parts = httpx.URL(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchRefused(wrong("no_address", url=url[:200], reason=error)) from error
        if parts.scheme not in ("http", "https") or not parts.host or parts.userinfo or port not in self._ports:
            raise FetchRefused(wrong("plain_http", url=url[:200]))
        return str(parts)

    def _once(self, pool: httpcore.ConnectionPool, url: str, deadline: float) -> tuple[bytes, str | None]:
        left = max(deadline - time.monotonic(), 0.001)
        timeout = {"connect": left, "read": left, "write": left, "pool": left}
        try:
            with pool.stream(
                "GET", url, headers={b"User-Agent": _USER_AGENT}, extensions={"timeout": timeout}
            ) as response:
                headers = {name.lower(): value for name, value in response.headers}
                if response.status in (301, 302, 303, 307, 308) and b"location" in headers:
                    return b"", headers[b"location"].decode("utf-8", "replace")
                if response.status != 200:
                    raise FetchRefused(wrong("status", url=url[:200], status=response.status))
                return self._read(response, url, deadline), None
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as error:
            raise FetchRefused(
                wrong("connection", url=url[:200], reason=f"{type(error).__name__} {error}".rstrip())
            ) from error
        except UnicodeError as error:
            raise FetchRefused(wrong("no_address", url=url[:200], reason=error)) from error

    def _read(self, response: httpcore.Response, url: str, deadline: float) -> bytes:
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > self._max_bytes:
                raise FetchRefused(wrong("too_big", url=url[:200], size=f"{self._max_bytes:,}"))
            if time.monotonic() > deadline:
                raise FetchRefused(wrong("too_slow", url=url[:200], seconds=f"{self._max_seconds:.0f}"))
        return bytes(body)


def _document(page: str, channel: str, number: int) -> Document | None:
    from konspekt.indexer.sources.options import SourceOptions
    from konspekt.indexer.sources.telegram.albums import post_document
    from konspekt.indexer.sources.telegram.ids import username_source_id
    from konspekt.indexer.sources.telegram.web_page import read_page

    options = SourceOptions()
    parts = [part for part in read_page(page).parts if part.id == number]
    if not parts:
        return None
    return post_document(parts, source_id=username_source_id(channel, options), username=channel, language="ru")


def fetch_post(channel: str, number: int) -> Post:
    """A public post of t.me."""
    return Fetcher().post(channel, number)


def fetch_json(url: str) -> dict[str, Any]:
    """A small JSON object, such as a Mastodon instance's rules."""
    try:
        value = json.loads(Fetcher().get(url))
    except ValueError as error:
        raise FetchRefused(wrong("no_json", url=url)) from error
    if not isinstance(value, dict):
        raise FetchRefused(wrong("no_json", url=url))
    return value
