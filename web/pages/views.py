"""Templates: what every page knows, and the response that carries it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from konspekt.web.access.visiting import Visit, sessions_of, set_session
from konspekt.web.locales import Locale
from konspekt.web.rendering.links import post_path, safe_url

WEB = Path(__file__).parents[1]
STATIC = WEB / "static"
SEE_OTHER = 303

environment = Environment(
    loader=FileSystemLoader(WEB / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.filters["safe_url"] = safe_url
environment.globals["post_path"] = post_path

# Key of its title, path, and whether admins alone see it
NAVIGATION = (
    ("nav_ask", "/", False),
    ("nav_search", "/search", False),
    ("nav_topics", "/topics", False),
    ("nav_convert", "/convert", True),
    ("nav_library", "/library", True),
    ("nav_numbers", "/numbers", True),
    ("nav_evaluation", "/evaluation", True),
    ("nav_arena", "/arena", True),  # others too, where a setting lets them
)


@lru_cache(maxsize=32)
def static_path(name: str) -> str:
    """With the file's hash, so that a browser may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


environment.globals["static"] = static_path


def rendered(name: str, locale: Locale, **values: Any) -> str:
    return environment.get_template(name).render(t=locale, **values)


def is_fragment(request: Request) -> bool:
    """A part of the page is asked for, by a script of ours."""
    return "hx-request" in request.headers


def page(request: Request, visit: Visit, name: str, *, status: int = 200, **values: Any) -> Response:
    """A whole page, or a fragment of one. A first visit gets its session with it."""
    body = rendered(name, visit.locale, visit=visit, path=request.url.path, navigation=_seen(visit), **values)
    response = HTMLResponse(body, status)
    if visit.fresh:
        set_session(response, visit.parts, sessions_of(request), visit.session)
    return response


def bare_page(request: Request, locale: Locale, name: str, *, status: int = 200, **values: Any) -> Response:
    """A page for who is not (yet) known."""
    body = rendered(name, locale, visit=None, path=request.url.path, navigation=(), **values)
    return HTMLResponse(body, status)


def _seen(visit: Visit) -> list[tuple[str, str]]:
    let_in = {"/arena"} if visit.parts.settings.arena_readers else set()
    return [(key, path) for key, path, admins in NAVIGATION if visit.visitor.admin or not admins or path in let_in]


def back_to(path: str) -> Response:
    return RedirectResponse(path, SEE_OTHER)


def own_path(path: str | None) -> str:
    """A path of this page, or the first page: never an address elsewhere."""
    if not path or not path.startswith("/") or path[1:2] in {"/", "\\"} or any(ord(char) < 33 for char in path):
        return "/"
    return path
