"""MCP over streamable HTTP as a room of the web: with a token, whose scopes say which tools it may use."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as Connection

from konspekt.web.access.limits import Rate
from konspekt.web.messages_api import say
from konspekt.web.parts import WebParts, WebSettings
from konspekt.web.tokens import Scope, TokenStore

PATH = "/mcp"
MOST_BYTES = 512 * 1024
READING_PER_MINUTE = 600
ISSUER = "https://konspekt.invalid"  # the SDK wants one named; tokens are made by `konspekt tokens`, not by OAuth


def mcp(app: FastAPI, parts: WebParts) -> AbstractAsyncContextManager[None] | None:
    if parts.programs is None:
        return None
    from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
    from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
    from mcp.server.auth.provider import AccessToken
    from mcp.server.mcpserver import Context
    from mcp.server.mcpserver.exceptions import ToolError
    from starlette.middleware.authentication import AuthenticationMiddleware

    from konspekt.web.mcp.server import build_server

    questions, reading = Rate(parts.settings.questions_per_minute), Rate(READING_PER_MINUTE)

    def may(ctx: Context[Any, Any], scope: Scope) -> None:
        request: Any = ctx.request_context.request
        token: AccessToken | None = getattr(getattr(request, "user", None), "access_token", None)
        if token is None or scope not in token.scopes:
            raise ToolError(say("no_scope", scope=scope))
        limit = questions if scope in ("ask", "convert") else reading
        if wait := limit.wait(token.client_id, time.monotonic()):
            raise ToolError(say("too_often", seconds=math.ceil(wait)))

    server = build_server(parts.programs.programs, may)
    inner: Any = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,  # nothing to lose when the server is started again
        max_request_body_size=MOST_BYTES,
        transport_security=_security(parts.settings),
    )
    guarded: Any = RequireAuthMiddleware(inner, [])
    guarded = AuthContextMiddleware(guarded)
    guarded = AuthenticationMiddleware(guarded, backend=BearerAuthBackend(Verifier(parts.programs.tokens)))
    app.router.routes.append(Route(PATH, endpoint=_Endpoint(guarded)))
    return server.session_manager.run()


class Verifier:
    """`mcp.server.auth.provider.TokenVerifier` over the tokens of `konspekt tokens`."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    async def verify_token(self, token: str) -> Any:
        from mcp.server.auth.provider import AccessToken

        holder = await asyncio.to_thread(self._tokens.holder, token.strip())
        if holder is None:
            return None
        return AccessToken(token=token, client_id=str(holder.token_id), scopes=sorted(holder.scopes))


class _Endpoint:
    """An ASGI application as the endpoint of one path: a mount would answer `/mcp` with a redirect to `/mcp/`."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def _security(settings: WebSettings) -> Any:
    """A browser that some site leads here must not get through: Host and Origin are those of this server."""
    from mcp.server.transport_security import TransportSecuritySettings

    hosts = ["127.0.0.1:*", "localhost:*", "[::1]:*", "127.0.0.1", "localhost"]
    origins = [f"http://{host}" for host in hosts]
    if settings.url:
        public = urlsplit(settings.url)
        hosts += [public.netloc, f"{public.hostname}:*"]
        origins.append(f"{public.scheme}://{public.netloc}")
    elif not settings.local:  # any name of this machine; the token decides
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)
