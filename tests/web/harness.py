"""A real page on a real socket: a real database and index over posts, some of them hostile; no language model."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from konspekt.app.build import build_chat_model, build_database, build_reindexer
from konspekt.app.judging.arena import build_rival
from konspekt.app.page.opening import page_parts
from konspekt.app.page.serving import bound, server_for
from konspekt.app.settings import Settings
from konspekt.indexer.documents import Document
from konspekt.web.application import create_app
from konspekt.web.parts import WebParts, WebSettings
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.list_source import ListSource, post

TOKEN = "123456:test-token"
ADMIN, READER, OTHER = 42, 7, 8
SECRET = "a-long-enough-password"
KEY = b"k" * 32


def _titled(number: int, text: str) -> Document:
    return replace(post(number, text), title=text.split("\n")[0])


DDIM = _titled(
    1,
    "DDIM за двадцать шагов\n\nDDIM делает выборку за двадцать шагов вместо тысячи. Шаг задаётся формулой "
    "$x_{t-1} = \\sqrt{\\alpha}$ и не требует переобучения.",
)
LORA = _titled(2, "LoRA и квантизация\n\nПосле квантизации LoRA держат отдельной веткой в шестнадцати битах.")
ENGLISH = _titled(3, "Sampling steps\n\nFewer sampling steps are enough when the noise schedule is cosine.")


@dataclass
class Page:
    """A page that runs; `client` keeps the cookies of one browser."""

    url: str
    parts: WebParts

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=None)

    def visitor(self, user_id: int | None = None, **headers: str) -> Visiting:
        client = self.client(**headers)
        if user_id is not None:
            signed = init_data(user_id)
            assert client.post("/login/telegram", data={"init_data": signed}).status_code == 200
        return Visiting(client)


class Visiting:
    """A browser that has loaded a page: it sends its form token along."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        for cookie in client.cookies.jar:
            cookie.secure = False  # the tests speak HTTP where a proxy would speak HTTPS
        self.csrf = token_of(client.get("/").text)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get(path, params=params or None)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.client.post(path, data={"csrf": self.csrf, **fields})

    def ask(self, question: str) -> dict[str, Any]:
        """The last event of an answer."""
        response = self.client.post(
            "/ask", data={"csrf": self.csrf, "question": question}, headers={"accept": "text/event-stream"}
        )
        last = response.text.strip().split("\n\n")[-1]
        name, data = last.split("\n", 1)
        return {"event": name.removeprefix("event: "), **json.loads(data.removeprefix("data: "))}


def token_of(html: str) -> str:
    found = re.search(r'data-csrf="([0-9a-f]+)"', html)
    return found[1] if found else ""


def init_data(user_id: int, *, age: float = 10, token: str = TOKEN, **changes: str) -> str:
    """As Telegram signs it."""
    fields = {
        "auth_date": str(int(time.time() - age)),
        "query_id": "AAA",
        "user": json.dumps({"id": user_id, "first_name": "Вера", "language_code": "ru"}, ensure_ascii=False),
        **changes,
    }
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    return urlencode({**fields, "hash": hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()})


@contextmanager
def running(
    home: Path,
    documents: Sequence[Document] = (DDIM, LORA, ENGLISH),
    *,
    own: WebSettings | None = None,
    change: Callable[[WebParts], WebParts] = lambda parts: parts,
    location: str = "/nowhere/channel",
    **more: Any,
) -> Iterator[Page]:
    """`more`: further settings, an endpoint's for one."""
    settings = Settings(_env_file=None, konspekt_home=home, local_model="none", **more)  # type: ignore[call-arg]
    own = own or WebSettings(key=KEY, questions_per_minute=0)
    database = build_database(settings)
    embedder: Any = HashEmbedder()
    if documents:
        source = ListSource(items=documents, location=location)
        build_reindexer(settings, database, embedder).index_documents(source, documents)
    model, rival = build_chat_model(settings), build_rival(settings)
    parts = change(page_parts(settings, own, database, embedder, model, rival=rival))
    listening = bound(WebSettings(port=0))
    server = server_for(create_app(parts))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Page(f"http://127.0.0.1:{listening.getsockname()[1]}", parts)
    finally:
        server.should_exit = True
        thread.join()
        database.close()
