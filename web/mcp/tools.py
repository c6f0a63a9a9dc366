"""The tools, as an assistant sees them: each reads, none changes anything here or anywhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from konspekt.answering.answer import Done, Status
from konspekt.answering.export import answer_fields
from konspekt.bilingual import told
from konspekt.conversion.errors import ConversionError
from konspekt.indexer.errors import IndexerError
from konspekt.indexer.moments import moment
from konspekt.storage.errors import StorageError
from konspekt.web.mcp.marking import marked
from konspekt.web.messages_api import say
from konspekt.web.programs import LONGEST_TEXT, Conversion, Mode, Programs, Within
from konspekt.web.tokens import Scope

May = Callable[[Context[Any, Any], Scope], None]
"""Raises ToolError where whoever calls may not do this, or does it too often."""

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
STEPS = ("rewriting", "searching", "writing", "checking")
EXPECTED = (IndexerError, StorageError, ConversionError)

Query = Annotated[str, Field(min_length=1, description="What to look for, in any words and language")]
K = Annotated[int, Field(ge=1, le=50, description="How many passages")]
Since = Annotated[str | None, Field(description="Only posts of this date or later: 2024-05-17, 2024-05 or 2024")]
Until = Annotated[str | None, Field(description="Only posts of this date or earlier")]
Sources = Annotated[list[str] | None, Field(description="Only these sources, by id or title")]


def data(value: Any) -> CallToolResult:
    """Only text: many clients hand structured content to their model without what stands around it."""
    return CallToolResult(content=[TextContent(type="text", text=marked(value))])


def within(since: str | None, until: str | None, sources: list[str] | None = None) -> Within:
    try:
        return Within(
            moment(since) if since else None, moment(until, end_of_day=True) if until else None, sources or None
        )
    except (ValueError, OverflowError):
        raise ToolError(say("bad_date")) from None


def add_tools(server: MCPServer[Any], programs: Programs, may: May) -> None:
    def checked(text: str) -> str:
        text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").strip()
        if len(text) > programs.question_max_chars:
            raise ToolError(say("too_long", most=programs.question_max_chars))
        return text

    async def looked_up(work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        try:
            return await asyncio.to_thread(work, *arguments, **named)
        except EXPECTED as error:
            raise ToolError(told(error, "en")) from error

    @server.tool(title="Search the channel", annotations=READS, structured_output=False)
    async def search(  # noqa: PLR0917 - the SDK passes them by name
        ctx: Context[Any, Any],
        query: Query,
        k: K = 8,
        since: Since = None,
        until: Until = None,
        sources: Sources = None,
        mode: Annotated[Mode | None, Field(description="Leave it out for the best there is")] = None,
    ) -> CallToolResult:
        """Passages of posts and course files that fit a query, best first, each with its document id, link and date."""
        may(ctx, "search")
        where = within(since, until, sources)
        return data(await looked_up(programs.search, checked(query), k, where, mode))

    @server.tool(title="Read a post", annotations=READS, structured_output=False)
    async def get_post(
        ctx: Context[Any, Any],
        id: Annotated[str, Field(min_length=1, max_length=2048, description="A document id, or the post's link")],
    ) -> CallToolResult:
        """One post or course file whole: text, formatting, date, author, what it forwards or answers."""
        may(ctx, "documents")
        found = await looked_up(programs.document, id)
        if found is None:
            raise ToolError(say("unknown_document"))
        return data(found)

    @server.tool(title="List posts", annotations=READS, structured_output=False)
    async def list_posts(  # noqa: PLR0917
        ctx: Context[Any, Any],
        source: Annotated[str | None, Field(description="Only this source, by id or title")] = None,
        since: Since = None,
        until: Until = None,
        limit: Annotated[int, Field(ge=1, le=200)] = 20,
        offset: Annotated[int, Field(ge=0, le=2**31)] = 0,
    ) -> CallToolResult:
        """What is indexed, the newest first: id, title, link, date, source, length. `total` says how many there are."""
        may(ctx, "documents")
        where = within(since, until)
        found, total = await looked_up(
            programs.documents, source, since=where.since, until=where.until, limit=limit, offset=offset
        )
        return data({"total": total, "documents": found})

    @server.tool(title="Ask the channel", annotations=READS, structured_output=False)
    async def ask(  # noqa: PLR0917
        ctx: Context[Any, Any],
        question: Annotated[str, Field(min_length=1, description="A question, in the reader's own words")],
        k: K = 8,
        since: Since = None,
        until: Until = None,
        sources: Sources = None,
        use_model: Annotated[bool, Field(description="false: quotations only, which is faster")] = True,
    ) -> CallToolResult:
        """An answer from the channel with numbered citations; `refused` is true when the material does not answer it.

        Nothing is remembered between calls.
        """
        may(ctx, "ask")
        where = within(since, until, sources)
        try:
            async with aclosing(programs.ask(checked(question), k=k, within=where, use_model=use_model)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        return data(answer_fields(event.answer))
                    if isinstance(event, Status):
                        await ctx.report_progress(STEPS.index(event.step) + 1, len(STEPS) + 1, event.step)
        except EXPECTED as error:
            raise ToolError(told(error, "en")) from error
        raise AssertionError("a stream ends with Done")

    @server.tool(title="Preview a post for other networks", annotations=READS, structured_output=False)
    async def convert_preview(  # noqa: PLR0917
        ctx: Context[Any, Any],
        to: Annotated[
            str,
            Field(min_length=1, max_length=1000, description="Networks: `x,linkedin:en`, or `all`; `:en` a language"),
        ],
        post: Annotated[str | None, Field(max_length=2048, description="A document id or the link of a post")] = None,
        text: Annotated[str | None, Field(max_length=LONGEST_TEXT, description="A text instead of a post")] = None,
        lang: Annotated[str | None, Field(max_length=8, description="Language of the drafts")] = None,
        length: Literal["short", "medium", "full"] | None = None,
        use_model: Annotated[bool, Field(description="true: a model translates and words it, slowly")] = False,
    ) -> CallToolResult:
        """Drafts of a post for other networks, each within its limits. Nothing is posted or stored anywhere."""
        may(ctx, "convert")
        if bool(post) == bool((text or "").strip()):
            raise ToolError(say("post_or_text"))
        wanted = Conversion(to=to, post=post, text=text, lang=lang, length=length, use_model=use_model)
        try:
            return data(await programs.convert(wanted))
        except EXPECTED as error:
            raise ToolError(told(error, "en")) from error
