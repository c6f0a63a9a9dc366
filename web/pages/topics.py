"""The topic map: every post as a point by meaning and time."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from konspekt.indexer.errors import NoIndexError
from konspekt.web.access.visiting import Reading
from konspekt.web.pages.views import page
from konspekt.web.rendering.scatter import COLOURS, map_svg

router = APIRouter()
LISTED = 200  # of a group, for who cannot see the points


@router.get("/topics")
async def topics_page(request: Request, visit: Reading) -> Response:
    try:
        drawn = await asyncio.to_thread(visit.parts.topics.current)
    except NoIndexError:
        return page(request, visit, "topics.html", svg="", groups=[])
    groups = [
        (name, COLOURS[number % len(COLOURS)], [one for one in reversed(drawn.points) if one.group == number][:LISTED])
        for number, name in enumerate(drawn.names)
    ]
    svg = Markup(map_svg(drawn, visit.locale)) if drawn.points else ""  # noqa: S704 - written with everything escaped
    return page(request, visit, "topics.html", svg=svg, groups=groups)
