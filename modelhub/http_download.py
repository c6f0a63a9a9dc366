"""One file over HTTP into a partial file, resuming where an earlier attempt stopped."""

from __future__ import annotations

from pathlib import Path

import httpx

from konspekt.modelhub.errors import FetchError
from konspekt.modelhub.messages import say
from konspekt.modelhub.progress import Progress, ProgressCallback

# A machine without network should learn so in seconds and go to the next place; a slow one may take its time to read.
TIMEOUT = httpx.Timeout(connect=5.0, read=60.0, write=30.0, pool=5.0)
ATTEMPTS = 5


def download(url: str, partial: Path, *, total: int | None, progress: ProgressCallback, place: str) -> None:
    """Append the rest of `url` to `partial`, resuming by Range; a cut connection is tried again while it advances.

    `partial` is a prefix of the file at every moment. Raises FetchError; what has arrived stays.
    """
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
        failures = 0
        while True:
            before = partial.stat().st_size if partial.exists() else 0
            try:
                _append(client, url, partial, total=total, progress=progress, place=place)
                return
            except httpx.ConnectError as error:  # no network, no name, refused: another attempt would only cost time
                raise FetchError(say("no_connection", reason=error)) from error
            except httpx.HTTPStatusError as error:
                raise FetchError(say("http_status", status=error.response.status_code, url=url)) from error
            except (httpx.TransportError, _ShortError) as error:
                after = partial.stat().st_size if partial.exists() else 0
                failures = 0 if after > before else failures + 1
                if failures >= ATTEMPTS:
                    raise FetchError(
                        say("connection_lost", at=after, reason=str(error) or type(error).__name__)
                    ) from error


class _ShortError(Exception):
    """The server closed the connection politely but early."""


def _append(
    client: httpx.Client, url: str, partial: Path, *, total: int | None, progress: ProgressCallback, place: str
) -> None:
    done = partial.stat().st_size if partial.exists() else 0
    if total is not None and done > total:
        partial.unlink()  # not a prefix of this file
        done = 0
    if total is not None and done == total:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # nothing after `done`: the file is complete or another one; the hash decides
            return
        response.raise_for_status()
        if done and response.status_code != 206:  # the server ignores Range
            done = 0
        if total is None and (length := response.headers.get("Content-Length")):
            total = done + int(length)
        with partial.open("ab" if done else "wb") as file:
            for chunk in response.iter_raw():
                file.write(chunk)
                done += len(chunk)
                progress(Progress(partial.name.removesuffix(".partial"), done, total, place))
    if total is not None and done < total:
        raise _ShortError(f"{done} of {total} bytes")
