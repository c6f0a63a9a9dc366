"""From a request to a visitor: the dependencies of every page."""

from __future__ import annotations

import ipaddress
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.responses import Response

from konspekt.web.access.sessions import LIFE, Session, Sessions
from konspekt.web.locales import Locale, locale_for
from konspekt.web.parts import Visitor, WebParts

FORBIDDEN, UNAUTHORISED, MISDIRECTED = 403, 401, 421
LANGUAGE_COOKIE = "konspekt-language"
MOST_FILES = 50  # of one upload
STALE_FORM = "the form is too old; load the page again"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: who asks, in which language, and the form token of their session."""

    parts: WebParts
    session: Session
    fresh: bool  # the session has no cookie yet
    visitor: Visitor
    locale: Locale
    csrf: str

    @property
    def key(self) -> Hashable:
        """By whom requests are counted: a person of Telegram's, else one login."""
        return self.session.nonce if self.session.owner else self.session.number


def cookie_name(parts: WebParts) -> str:
    return "__Host-konspekt" if _secure(parts) else "konspekt"


def _secure(parts: WebParts) -> bool:
    return (parts.settings.url or "").startswith("https://")


def set_session(response: Response, parts: WebParts, sessions: Sessions, session: Session) -> None:
    """A Mini App in a browser is a frame of Telegram's page: only there the cookie is let out of the site, and kept
    apart for that page (Partitioned), so that no third one makes the browser send it."""
    name, value = cookie_name(parts), sessions.written(session)
    if not _secure(parts):
        response.set_cookie(name, value, max_age=LIFE, httponly=True, samesite="strict", path="/")
    elif not session.owner:
        attributes = f"{name}={value}; Max-Age={LIFE}; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"
        response.headers.append("Set-Cookie", attributes)
    else:
        response.set_cookie(name, value, max_age=LIFE, httponly=True, secure=True, samesite="lax", path="/")


def language_of(request: Request, parts: WebParts) -> Locale:
    return locale_for(
        request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"), parts.settings.language
    )


def check_host(request: Request, parts: WebParts) -> None:
    """A page for this machine answers to this machine's names alone: a stranger's name that leads here (DNS rebinding)
    would make their script of the same origin. What a proxy passed on came from elsewhere."""
    if not parts.settings.local:
        return
    host = (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").rstrip(".")
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    passed_on = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via", "x-forwarded-host"))
    if not here or passed_on:
        raise HTTPException(MISDIRECTED, "this page is for 127.0.0.1 alone; set WEB_URL where a proxy leads to it")


def check_origin(request: Request, parts: WebParts) -> None:
    """Whatever changes something comes from a page of ours. Browsers send `Origin` with every such request."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(FORBIDDEN, "from another site")
    if origin is None:
        return
    own = {f"{scheme}://{request.headers.get('host', '')}" for scheme in ("http", "https")}
    if parts.settings.url:
        address = urlsplit(parts.settings.url)
        own = {f"{address.scheme}://{address.netloc}"}
    if origin not in own:
        raise HTTPException(FORBIDDEN, "from another site")


def parts_of(request: Request) -> WebParts:
    return cast(WebParts, request.app.state.parts)


def sessions_of(request: Request) -> Sessions:
    return cast(Sessions, request.app.state.sessions)


def visit_or_none(request: Request) -> Visit | None:
    """None for a stranger. At this machine everyone is its owner."""
    parts, sessions = parts_of(request), sessions_of(request)
    check_host(request, parts)
    session = sessions.read(request.cookies.get(cookie_name(parts)))
    fresh = session is None
    if session is None:
        if not parts.settings.local:
            return None
        session = Session.new()
    admin = session.owner or session.number in parts.settings.admins
    locale = language_of(request, parts)
    visitor = Visitor(session.number, session.number, admin, locale.language)
    return Visit(parts, session, fresh, visitor, locale, sessions.csrf(session))


def visit(request: Request) -> Visit:
    found = visit_or_none(request)
    if found is None:
        raise HTTPException(UNAUTHORISED, "log in")
    return found


def admin_visit(request: Request) -> Visit:
    found = visit(request)
    if not found.visitor.admin:
        raise HTTPException(FORBIDDEN, "for admins")
    return found


async def reading(request: Request) -> Visit:
    return visit(request)


async def reading_admin(request: Request) -> Visit:
    return admin_visit(request)


async def changing(request: Request) -> Visit:
    return await _checked(request, visit(request))


async def changing_admin(request: Request) -> Visit:
    return await _checked(request, admin_visit(request))


async def _checked(request: Request, found: Visit) -> Visit:
    check_origin(request, found.parts)
    given = request.headers.get("x-csrf-token")
    if given is None:
        form = await request.form(max_files=MOST_FILES, max_fields=200)
        field = form.get("csrf")
        given = field if isinstance(field, str) else None
    if found.fresh or not sessions_of(request).is_csrf(found.session, given):
        raise HTTPException(FORBIDDEN, STALE_FORM)
    return found


Reading = Annotated[Visit, Depends(reading)]
ReadingAdmin = Annotated[Visit, Depends(reading_admin)]
Changing = Annotated[Visit, Depends(changing)]
ChangingAdmin = Annotated[Visit, Depends(changing_admin)]
