"""`konspekt models`: which models there are, which one fits this machine, fetching one, and what it is good for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from konspekt.app.local_model.messages import say as say_of_model
from konspekt.app.messages import say
from konspekt.app.model_fetch import fetch_with_progress
from konspekt.app.settings import Settings
from konspekt.bilingual import Bilingual, Language, told
from konspekt.cli.guard import (
    FAILED,
    INTERRUPTED,
    failure,
    guarded,
    tell,
)
from konspekt.modelhub.ladder import BOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from konspekt.app.local_model.choosing import Candidate
    from konspekt.app.local_model.suite import Task
    from konspekt.app.local_model.verdicts import Verdict
    from konspekt.modelhub import Model


def _row(model: Model, models_dir: Path) -> dict[str, object]:
    from konspekt import modelhub

    path = modelhub.find(model.name, models_dir)
    return {
        "name": model.name,
        "kind": model.kind,
        "size": model.size,
        "licence": model.licence,
        "description": model.description,
        "path": str(path) if path else None,
        "sha256": model.sha256,
        "places": [str(place) for place in model.places],
    }


def _list(as_json: Annotated[bool, typer.Option("--json", help="One JSON array for scripts.")] = False) -> None:
    """Show the models known by name, and whether they are on this machine."""
    from konspekt import modelhub

    rows = [_row(model, Settings().models) for model in modelhub.MODELS]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "size", "licence", "here", "what it is", box=None, pad_edge=False)
    for row in rows:
        size = f"{int(str(row['size'])) / 1e6:,.0f} MB"
        here = "yes" if row["path"] else "no"
        table.add_row(str(row["name"]), size, str(row["licence"]), here, str(row["description"]))
    Console().print(table)


def _fetch(
    name: Annotated[str, typer.Argument(help="A name of `models list`, or org/repo[:file] of huggingface.co.")],
) -> None:
    """Fetch a model (resuming an interrupted fetch), check its hash, and print where it lies."""
    with guarded():
        try:
            path = fetch_with_progress(name, Settings().models)
        except OSError as error:
            raise failure(say("model_not_written", reason=error), FAILED) from None
        except KeyboardInterrupt:
            raise failure(say("fetch_interrupted"), INTERRUPTED) from None
        typer.echo(str(path))


def _recommend(as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False) -> None:
    """Show which model LOCAL_MODEL=auto takes here, and why not the others: memory, reach, what a check found."""
    with guarded():
        from konspekt.app.local_model.choosing import best, free_memory, look_around
        from konspekt.app.local_model.verdicts import verdict_on

        settings = Settings()
        candidates = look_around(settings)
        chosen, free = best(candidates), free_memory()
        checks = {one.rung.name: verdict_on(settings.konspekt_home, one.rung.name) for one in candidates}
        if as_json:
            rows = [_ladder_row(one, checks[one.rung.name]) for one in candidates]
            report = {"chosen": chosen.name, "free": free, "models": rows}
            typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
            return
        _print_ladder(candidates, checks, settings.spoken)
        if free is not None:
            tell(say_of_model("free", free=_gigabytes(free), bot=_gigabytes(BOT)))
        tell(say_of_model("recommended", name=chosen.name))
        ahead = [
            one.rung for one in candidates[: [one.rung for one in candidates].index(chosen)] if one.state == "reachable"
        ]
        if ahead:
            tell(say_of_model("better", name=ahead[0].name))
        if checks[chosen.name] is None:
            tell(say_of_model("to_check", name=chosen.name))


def _ladder_row(one: Candidate, check: Verdict | None) -> dict[str, object]:
    rung = one.rung
    return {
        "name": rung.name,
        "title": rung.title,
        "source": rung.source,
        "size": rung.size,
        "memory": rung.memory,
        "licence": rung.licence,
        "state": one.state,
        "here": one.here,
        "check": asdict(check) if check is not None else None,
    }


def _print_ladder(candidates: Sequence[Candidate], checks: Mapping[str, Verdict | None], language: Language) -> None:
    from rich.console import Console
    from rich.table import Table

    heads = {
        "en": ("name", "what it is", "file", "memory", "licence", "here", "fit for"),
        "ru": ("имя", "что это", "файл", "память", "лицензия", "здесь", "для чего"),
    }
    table = Table(*heads[language], box=None, pad_edge=False)
    for one in candidates:
        rung, check = one.rung, checks[one.rung.name]
        fit = say_of_model(check.purpose) if check is not None else say_of_model("unchecked")
        state = told(say_of_model(one.state), language)
        size, memory = _gigabytes(rung.size), _gigabytes(rung.memory)
        table.add_row(rung.name, rung.title, size, memory, rung.licence, state, told(fit, language))
    Console().print(table)


def _gigabytes(count: int) -> Bilingual:
    return Bilingual(f"{count / 1e9:.1f} GB", f"{count / 1e9:.1f} ГБ")


def _check(
    name: Annotated[
        str, typer.Argument(help="A name of `models recommend` or `models list`, a path, or org/repo:file.")
    ],
    *,
    answers: Annotated[bool, typer.Option("--answers", help="Show every answer.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """Ask a model 30 small things in Russian: does it word answers, point at sentences, or neither?

    One that only translates (OPUS-MT, NLLB, M2M100, MADLAD; `{pair}` in its name stands for both directions) is asked
    for translations alone: TRANSLATION_MODEL=auto takes what was found best. Fetches the model if it is not here,
    serves it for as long as this takes (minutes), and keeps the result: the bot acts on it.
    """
    with guarded():
        from konspekt.app.authoring.choosing import only_translates
        from konspekt.app.local_model.checking import check
        from konspekt.app.local_model.verdicts import FILE, record
        from konspekt.app.local_server import LocalServer, LocalServerError
        from konspekt.llm_client import ChatModel, LLMError

        settings = Settings()
        language = settings.spoken

        def follow(task: Task, answer: str, right: bool) -> None:
            mark = "+" if right else "-"
            if answers and not as_json:
                typer.echo(f"{mark} {task.skill}: {' '.join(answer.split())}")

        if only_translates(name):
            _check_translator(name, settings, follow, as_json=as_json)
            return
        try:
            with LocalServer(settings.model_copy(update={"local_model": name})) as server:
                client = ChatModel(server.base_url, server.api_key, server.model, timeout=settings.llm_timeout)
                verdict = asyncio.run(check(client, server.pid, follow))
        except LocalServerError as error:
            raise failure(error, FAILED) from None
        except LLMError as error:
            raise failure(say_of_model("check_failed", reason=error), FAILED) from None
        record(settings.konspekt_home, _names(name, settings), verdict)
        if as_json:
            typer.echo(json.dumps({"name": name, **asdict(verdict)}, ensure_ascii=False, indent=2))
            return
        for skill, share in verdict.shares.items():
            typer.echo(f"{share:4.0%}  {told(say_of_model(SHOWN.get(skill, skill)), language)}")
        speed = {"read": verdict.read, "written": verdict.written, "memory": _gigabytes(verdict.memory)}
        typer.echo(told(say_of_model("checked_speed", **speed), language))
        purpose = say_of_model(verdict.purpose)
        typer.secho(told(say_of_model("verdict", name=name, purpose=purpose), language), bold=True)
        tell(say_of_model("check_kept", path=settings.konspekt_home / FILE))


def _check_translator(
    name: str, settings: Settings, follow: Callable[[Task, str, bool], None], *, as_json: bool
) -> None:
    from konspekt import modelhub
    from konspekt.app.authoring.checking import check_translator
    from konspekt.app.local_model.verdicts import FILE, record
    from konspekt.conversion.machine.families import TranslationError

    try:
        verdict = check_translator(settings, name, follow)
    except TranslationError as error:
        raise failure(say_of_model("check_failed", reason=error), FAILED) from None
    path = modelhub.find(name.replace("{pair}", "ru-en"), settings.models)
    names = {name} if path is None else {name, str(path.with_name(path.name.replace("ru-en", "{pair}")))}
    record(settings.konspekt_home, names, verdict)
    if as_json:
        typer.echo(json.dumps({"name": name, **asdict(verdict)}, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{verdict.shares['translates']:4.0%}  {told(say_of_model('translates'), settings.spoken)}")
    tell(say_of_model("check_kept", path=settings.konspekt_home / FILE))


# the skills whose names mean a verdict elsewhere
SHOWN = {"words": "says", "points": "finds"}


def _names(name: str, settings: Settings) -> set[str]:
    """What servers call this model: as it was asked for, or after its file."""
    from konspekt import modelhub

    path = modelhub.find(name, settings.models)
    same = {model.name for model in modelhub.MODELS if path is not None and model.file == path.name}
    return {name, *same, *([path.name, path.stem] if path is not None else [])}


def register(app: typer.Typer) -> None:
    models = typer.Typer(help="List, choose, fetch and check models.", no_args_is_help=True)
    models.command("list")(_list)
    models.command("recommend")(_recommend)
    models.command("fetch")(_fetch)
    models.command("check")(_check)
    app.add_typer(models, name="models")
