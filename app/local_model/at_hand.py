"""Which model a command uses: the configured endpoint, the server that runs here, or one of its own meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr

from konspekt.app.local_model.choosing import with_chosen_model
from konspekt.app.local_model.messages import say
from konspekt.app.local_model.running import at_usual_port, find_running
from konspekt.app.local_model.verdicts import verdict_on
from konspekt.app.settings import QUOTES_ONLY, Settings
from konspekt.bilingual import Bilingual

if TYPE_CHECKING:
    from konspekt.app.local_server import LocalServer


@contextmanager
def model_at_hand(
    settings: Settings, tell: Callable[[Bilingual], None], *, lasting: bool = False, announced: bool = False
) -> Iterator[tuple[Settings, LocalServer | None]]:
    """The settings, pointing at a model, and the server that was started for them; what is used is told.

    `lasting`: for a service: it fetches a model that is not here, and leans on no server that may end before it. Other
    commands start only a model that is here. `announced`: others may find the server that is started.
    """
    if settings.openai_base_url or settings.openai_api_key or settings.local_model.lower() == QUOTES_ONLY:
        yield settings, None
        return
    running = find_running(settings.konspekt_home)
    if running is None and not lasting:
        running = at_usual_port(settings.local_port)
    if running is not None and (running.lasting or not lasting):
        tell(say("running_model", name=running.model, url=running.base_url))
        yield _using(settings, running.base_url, running.api_key, running.model, tell), None
        return
    from konspekt import modelhub
    from konspekt.app.local_server import LocalServer, LocalServerError

    settings = with_chosen_model(settings, network=lasting)
    name = settings.local_model
    if not lasting and modelhub.find(name, settings.models) is None:
        tell(say("model_not_here", name=name))
        yield settings, None
        return
    server: LocalServer | None = None
    with ExitStack() as stack:
        if not lasting:
            tell(say("own_model", name=name))
        try:
            stays = lasting and settings.telegram_bot_token is not None  # without one, `run` is a chat
            server = stack.enter_context(LocalServer(settings, lasting=stays, announced=announced or lasting))
        except LocalServerError as error:
            tell(say("quotes_only", reason=error))
        else:
            settings = _using(settings, server.base_url, server.api_key, server.model, tell)
        yield settings, server


def with_judge(settings: Settings) -> Settings:
    """Pointing at the server that runs here for its judgement alone, where one does; none is started."""
    running = find_running(settings.konspekt_home)
    return settings if running is None else _judging(settings, running.base_url, running.api_key)


def _judging(settings: Settings, base_url: str, api_key: str) -> Settings:
    if settings.judge_base_url:
        return settings
    return settings.model_copy(update={"judge_base_url": base_url, "judge_api_key": SecretStr(api_key)})


def _using(settings: Settings, base_url: str, api_key: str, model: str, tell: Callable[[Bilingual], None]) -> Settings:
    """With that model, for what it is fit for: one that was not checked is read only. What it makes of a text says
    something whatever it writes."""
    settings = _judging(settings, base_url, api_key)
    verdict = verdict_on(settings.konspekt_home, model)
    if verdict is not None and verdict.purpose == "neither":
        tell(say("model_unfit", name=model))
        return settings
    words = verdict is not None and verdict.purpose == "words" and not settings.llm_copies
    points = settings.llm_points or (verdict is not None and verdict.purpose == "points")
    own = {"openai_base_url": base_url, "openai_api_key": SecretStr(api_key)}
    return settings.model_copy(update={**own, "openai_model": model, "llm_copies": not words, "llm_points": points})
