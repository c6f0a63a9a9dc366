"""MCP, asked by the official client: over HTTP, in memory, and (in tests/cli) over standard input and output."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from konspekt.answering.answer import Answer, AnswerEvent, Citation, Done, Part, Timings
from konspekt.answering.export import answer_fields
from konspekt.bilingual import Bilingual
from konspekt.indexer.errors import NoIndexError
from konspekt.web.mcp.marking import END, NOTE, escaped, marked
from konspekt.web.mcp.server import build_server
from konspekt.web.programs import Json, Within
from tests.web.programs.injections import ORDERS
from tests.web.programs.served import Served

mcp = pytest.importorskip("mcp")
QUESTION = "За сколько шагов DDIM делает выборку?"
TOOLS = {"search", "get_post", "list_posts", "ask", "convert_preview"}


def inside(text: str) -> Any:
    """What stands between the marks; fails where anything stands elsewhere."""
    note, opening, *body, closing, end = text.split("\n")
    assert (note, end) == (NOTE, END)
    name = re.fullmatch(r"<(data-[0-9a-f]{32})>", opening)
    assert name is not None
    assert closing == f"</{name[1]}>"
    assert "<" not in "".join(body)
    assert ">" not in "".join(body)
    return json.loads("\n".join(body))


@asynccontextmanager
async def connected(server: Served, token: str | None = "all") -> AsyncIterator[Any]:
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client

    headers = {"Authorization": f"Bearer {server.tokens[token]}"} if token else {}
    async with (
        create_mcp_http_client(headers=headers) as client,
        mcp.Client(streamable_http_client(f"{server.base}/mcp", http_client=client)) as asked,
    ):
        yield asked


async def called(client: Any, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    (content,) = result.content
    assert result.structured_content is None
    return inside(content.text)


# ---------------------------------------------------------------- over HTTP, over a real index


async def test_the_tools_say_what_the_api_says(server: Served) -> None:
    with server.client() as api:
        found = api.get("/api/v1/search", params={"q": QUESTION, "k": 2}).json()
        name = found[0]["document_id"]
        document = api.get(f"/api/v1/documents/{name}").json()
        listed = api.get("/api/v1/documents").json()
        answer = api.post("/api/v1/ask", json={"question": QUESTION}).json()
        drafts = api.post("/api/v1/convert", json={"post": name, "to": "x", "use_model": False}).json()
    async with connected(server) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS
        for tool in tools:
            assert tool.annotations.read_only_hint
            assert tool.annotations.destructive_hint is False
            assert tool.annotations.open_world_hint is False
        assert await called(client, "search", query=QUESTION, k=2) == found
        assert await called(client, "get_post", id=name) == document
        assert await called(client, "list_posts") == {"total": 3, "documents": listed}
        said = await called(client, "ask", question=QUESTION)
        assert said.pop("timings").keys() == answer.pop("timings").keys()
        assert said == answer
        assert await called(client, "convert_preview", post=name, to="x") == drafts
        templates = (await client.list_resource_templates()).resource_templates
        assert [one.uri_template for one in templates] == ["konspekt://posts/{id}"]
        resources = (await client.list_resources()).resources
        assert "Ignore previous" not in str(resources)  # a title is a post's text too
        for resource in resources:
            read = await client.read_resource(resource.uri)
            assert quote(inside(read.contents[0].text)["id"], safe="") == resource.uri.rsplit("/", 1)[1]


async def test_the_tokens_scopes_hold_for_tools_and_resources(server: Served) -> None:
    async with connected(server, "search") as client:
        assert await called(client, "search", query="KV cache")
        for tool, arguments in {
            "get_post": {"id": "course:notes/cache.md"},
            "list_posts": {},
            "ask": {"question": "x"},
            "convert_preview": {"text": "x", "to": "x"},
        }.items():
            refused = await client.call_tool(tool, arguments)
            assert refused.is_error
            assert "this token may not" in refused.content[0].text
        with pytest.raises(mcp.MCPError, match="this token may not"):
            await client.read_resource("konspekt://posts/" + quote("course:notes/cache.md", safe=""))


@pytest.mark.parametrize("token", [None, "gone"])
async def test_without_a_token_no_session_begins(server: Served, token: str | None) -> None:
    with pytest.raises((mcp.MCPError, httpx.HTTPStatusError, ExceptionGroup)):
        async with connected(server, token) as client:
            await client.list_tools()


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Content-Type": "text/plain"}]
)
def test_a_page_that_was_rebound_to_this_address_is_sent_away(server: Served, headers: dict[str, str]) -> None:
    sent = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json", **headers}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}})
    with server.client(**sent) as api:
        assert api.post("/mcp", content=body).status_code in (400, 403, 415, 421)


# ---------------------------------------------------------------- posts that give orders


class Hostile:
    """Programs whose every text, title, author and link is somebody's order."""

    question_max_chars = 1000

    def __init__(self, order: str) -> None:
        self.order = order

    def search(self, *_: Any) -> list[Json]:
        return [{"rank": 1, "document_id": "s/1", "title": self.order, "text": self.order, "source": self.order}]

    def documents(self, *_: Any, **__: Any) -> tuple[list[Json], int]:
        return [{"id": "s/1", "title": self.order, "url": self.order, "date": None, "characters": 5}], 1

    def document(self, id_or_url: str) -> Json | None:
        order = self.order
        fields = {"id": "s/1", "title": order, "text": order, "author": order, "url": order}
        return fields if id_or_url == "s/1" else None

    async def ask(self, question: str, *_: Any, **__: Any) -> AsyncGenerator[AnswerEvent]:
        yield Done(self.answer(question))

    def answer(self, question: str) -> Answer:
        cited = Citation(1, "s/1", self.order, self.order, None, self.order)
        parts = (Part(self.order, (1,)),)
        return Answer(
            question,
            question,
            self.order,
            "ru",
            False,
            True,
            (cited,),
            (),
            None,
            Timings(1, None, 1),
            self.order,
            parts,
        )

    async def convert(self, _: Any) -> list[Json]:
        return [{"network": "x", "parts": [{"text": self.order}], "warnings": [self.order]}]


def test_there_are_fifty_of_them() -> None:
    assert len(set(ORDERS)) == 50


async def test_whatever_a_post_orders_comes_back_as_data() -> None:
    hostile = Hostile("")
    async with mcp.Client(build_server(hostile, lambda _context, _scope: None)) as client:  # type: ignore[arg-type]
        for hostile.order in ORDERS:
            assert await called(client, "search", query="x") == hostile.search()
            assert await called(client, "get_post", id="s/1") == hostile.document("s/1")
            assert await called(client, "list_posts") == {"total": 1, "documents": hostile.documents()[0]}
            assert await called(client, "ask", question="x") == answer_fields(hostile.answer("x"))
            assert await called(client, "convert_preview", text="x", to="x") == await hostile.convert(None)
            read = await client.read_resource("konspekt://posts/s%2F1", cache_mode="bypass")
            assert inside(read.contents[0].text) == hostile.document("s/1")
            unmarked = str((await client.list_resources(), await client.list_tools(), client.instructions))
            assert hostile.order.strip() not in unmarked


@pytest.mark.parametrize("order", ORDERS, ids=range(50))
def test_nothing_in_the_block_is_invisible_or_ends_it(order: str) -> None:
    text = escaped({"text": order, order: [order]})
    assert json.loads(text) == {"text": order, order: [order]}
    assert not re.search("[<>\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufe00-\ufe0f]", text)
    assert not any(0xE0000 <= ord(letter) <= 0xE01EF for letter in text)


def test_a_mark_cannot_be_known_beforehand() -> None:
    names = {re.search(r"<data-(\w+)>", marked("x"))[1] for _ in range(100)}  # type: ignore[index]
    assert len(names) == 100
    seen = marked("x")
    assert inside(marked(seen)) == seen  # one block that is quoted within another


def test_russian_stays_readable() -> None:
    assert "Квантизация — 4 бита, «INT4» 🎉" in escaped(["Квантизация — 4 бита, «INT4» 🎉"])


# ---------------------------------------------------------------- what goes wrong is told


class Failing(Hostile):
    def search(self, *_: Any) -> list[Json]:
        raise NoIndexError(Bilingual("nothing is indexed yet", "ещё ничего не проиндексировано"))

    def document(self, id_or_url: str) -> Json | None:
        raise RuntimeError("a secret of the server")


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("search", {"query": "x"}, "nothing is indexed yet"),
        ("search", {"query": "x" * 1001}, "longer than 1000"),
        ("search", {"query": "x", "since": "yesterday"}, "not a date"),
        ("search", {"query": ""}, "at least 1 character"),
        ("search", {"query": "x", "k": 10**9}, "less than or equal to 50"),
        ("convert_preview", {"to": "x"}, "either `post`"),
        ("convert_preview", {"to": "x", "post": "a", "text": "b"}, "either `post`"),
        ("delete_post", {"id": "s/1"}, "delete_post"),
    ],
)
async def test_a_tool_that_cannot_says_why(tool: str, arguments: dict[str, Any], said: str) -> None:
    async with mcp.Client(build_server(Failing("x"), lambda _context, _scope: None)) as client:  # type: ignore[arg-type]
        result = await client.call_tool(tool, arguments)
        assert result.is_error
        assert said in result.content[0].text


async def test_an_error_of_the_program_tells_nothing_of_it() -> None:
    async with mcp.Client(build_server(Failing("x"), lambda _context, _scope: None)) as client:  # type: ignore[arg-type]
        result = await client.call_tool("get_post", {"id": "s/1"})
        assert result.is_error
        assert "secret" not in result.content[0].text
        for uri in (
            "konspekt://posts/..%2F..%2Fetc%2Fpasswd",
            "konspekt://posts/%2Fetc%2Fpasswd",
            "file:///etc/passwd",
        ):
            with pytest.raises(mcp.MCPError) as raised:
                await client.read_resource(uri)
            assert "secret" not in str(raised.value)


def test_within_reads_dates_to_their_last_moment() -> None:
    from konspekt.web.mcp.tools import within

    assert within(None, None) == Within(None, None, None)
    until = within("2024", "2024").until
    assert until is not None
    assert (until.month, until.day, until.hour) == (12, 31, 23)
