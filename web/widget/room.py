"""The widget as a room of the web. Without WIDGET_ORIGINS there is none."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from jinja2 import Environment, FileSystemLoader
from pydantic import ValidationError
from starlette.responses import Response, StreamingResponse

from konspekt.answering.answer import Turn
from konspekt.bilingual import Language
from konspekt.web.access.limits import Rate
from konspekt.web.api.asked import Question
from konspekt.web.api.gate import read_body
from konspekt.web.api.refusals import Refused, language_of, refusal
from konspekt.web.api.streaming import events_of
from konspekt.web.messages_api import say
from konspekt.web.parts import WebParts
from konspekt.web.programs import Programs, Within
from konspekt.web.widget.origins import Passes, origin_of
from konspekt.web.widget.texts import TEXTS

HERE = Path(__file__).parent
MOST_BYTES = 64 * 1024
PASS = "x-konspekt-widget"  # noqa: S105 - the header's name
ANYWHERE = {"Cross-Origin-Resource-Policy": "cross-origin"}  # other sites load it: that is what it is for


def widget(app: FastAPI, parts: WebParts) -> None:
    settings = parts.settings
    if parts.programs is None or not settings.widget_origins:
        return
    programs, sites = parts.programs.programs, frozenset(settings.widget_origins)
    passes = Passes(settings.key, sites)
    templates = Environment(loader=FileSystemLoader(HERE), autoescape=True)
    rate = Rate(settings.questions_per_minute)
    router = APIRouter(prefix="/widget", include_in_schema=False)
    _add_files(router)

    @router.get("/frame")
    async def frame(
        request: Request, site: Annotated[str, Query(max_length=300)], lang: Annotated[str, Query(max_length=8)] = "en"
    ) -> Response:
        """The browser itself keeps it out of other sites: `frame-ancestors` names the one that was let in."""
        if site not in sites:
            return refusal(request, Refused(403, say("bad_site")))
        language: Language = "ru" if lang == "ru" else "en"
        page = templates.get_template("frame.html").render(
            language=language,
            texts=TEXTS[language],
            site=site,
            longest=settings.question_max_chars,
            **{"pass": passes.issue(site)},
        )
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; "
            f"base-uri 'none'; frame-ancestors {site}"
        )
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": policy, **ANYWHERE})

    @router.post("/ask")
    async def ask(request: Request) -> Response:
        language = language_of(request.headers.get("accept-language"))
        try:
            _check(request, passes, settings.url)
            client = request.client.host if request.client else ""
            if wait := rate.wait(client, time.monotonic()):
                seconds = math.ceil(wait)
                raise Refused(429, say("too_often", seconds=seconds), {"Retry-After": str(seconds)})
            question = await _question(request, settings.question_max_chars)
        except Refused as refused:
            return refusal(request, refused)
        return StreamingResponse(
            _answer(programs, question, language),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    app.include_router(router)


def _add_files(router: APIRouter) -> None:
    def add(name: str, kind: str, headers: dict[str, str]) -> None:
        body = (HERE / name).read_bytes()

        async def file() -> Response:
            return Response(body, media_type=kind, headers={"Cache-Control": "max-age=3600", **headers})

        router.add_api_route(f"/{name}", file, methods=["GET"])

    add("widget.js", "text/javascript", ANYWHERE)
    add("frame.js", "text/javascript", {})
    add("frame.css", "text/css", {})


def _check(request: Request, passes: Passes, url: str | None) -> None:
    """The frame of this server asks, and was shown on a site that is let in. Raises Refused."""
    own = {origin_of(url)} if url else set()
    host = request.headers.get("host", "")
    own |= {origin_of(f"http://{host}"), origin_of(f"https://{host}")}
    if origin_of(request.headers.get("origin", "")) not in own - {None}:
        raise Refused(403, say("bad_site"))
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin" or not passes.holds(
        request.headers.get(PASS)
    ):
        raise Refused(403, say("bad_site"))


async def _question(request: Request, longest: int) -> Question:
    """Raises Refused."""
    body = await read_body(request.receive, MOST_BYTES)
    try:
        question = Question.model_validate_json(body)
    except ValidationError:
        raise Refused(422, say("not_json")) from None
    if len(question.question) > longest:
        raise Refused(422, say("too_long", most=longest))
    return question


async def _answer(programs: Programs, asked: Question, language: Language) -> AsyncIterator[bytes]:
    """Of what the body may say only question and talk count: a visitor chooses neither sources nor how much is read."""
    history = [Turn(said.role, said.text, tuple(said.cited)) for said in asked.history]
    answer: Any = programs.ask(asked.question, history, k=8, within=Within())
    events: Any = events_of(answer, language)
    async with aclosing(events):
        async for event in events:
            yield event
