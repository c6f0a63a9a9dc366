"""`milvus://…` as VECTOR_STORE says it: a server, or a folder of Milvus Lite."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from konspekt.storage.errors import VectorStoreSettingError
from konspekt.storage.messages import say

PORT = 19530
SCHEMES = {"milvus": "http", "milvus+https": "https"}
LITE_SUFFIX = ".db"  # by which pymilvus tells Milvus Lite from a server


@dataclass(frozen=True, slots=True)
class MilvusAddress:
    """`shown` is fit for messages: it holds no password."""

    uri: str
    shown: str
    database: str = ""
    token: str = field(default="", repr=False)

    @property
    def is_lite(self) -> bool:
        return "://" not in self.uri


def milvus_address(url: str) -> MilvusAddress:
    """`milvus://[user:password@]host[:port][/database]`, `milvus+https://…`, or `milvus:///path/to/file.db`.

    Raises VectorStoreSettingError.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise VectorStoreSettingError(say("bad_milvus")) from None
    if parts.scheme not in SCHEMES or parts.query or parts.fragment:
        raise VectorStoreSettingError(say("bad_milvus"))
    if not parts.netloc:
        path = unquote(parts.path)
        if parts.scheme != "milvus" or not path.endswith(LITE_SUFFIX):
            raise VectorStoreSettingError(say("bad_milvus"))
        return MilvusAddress(path, path)
    database = parts.path.strip("/")
    if not host or "/" in database:
        raise VectorStoreSettingError(say("bad_milvus"))
    named = f"[{host}]" if ":" in host else host
    shown = f"{named}:{port or PORT}{f'/{database}' if database else ''}"
    token = ""
    if parts.username is not None:
        token = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return MilvusAddress(f"{SCHEMES[parts.scheme]}://{named}:{port or PORT}", shown, database, token)
