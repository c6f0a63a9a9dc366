"""`konspekt doctor`: is everything as it should be, and if not, what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from konspekt.app.settings import Settings, SettingsError
from konspekt.bilingual import Language, told
from konspekt.cli.commands.doctor.messages import say
from konspekt.cli.guard import FAILED, WRONG_USAGE, spoken_language

if TYPE_CHECKING:
    from konspekt.cli.commands.doctor.checks import Finding

SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Check settings, disk, database, index, models, Telegram, and say what to do about each.

    Changes nothing. Exit status: 0 everything works (warnings may remain), 1 something does not, 2 wrong settings.
    """
    import logging

    logging.disable(logging.CRITICAL)  # libraries would talk into the table, and httpx would show the token
    language = spoken_language()
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            _print(finding, language)
    if as_json:
        typer.echo(json.dumps([finding.to_json(language) for finding in findings], ensure_ascii=False, indent=2))
    wrong = {finding.check for finding in findings if finding.level == "error"}
    if wrong:
        raise typer.Exit(WRONG_USAGE if "settings" in wrong else FAILED)


def examine() -> Iterator[Finding]:
    """All findings, as they come. A check that breaks is a finding itself."""
    from konspekt.cli.commands.doctor.checks import CHECKS, NEEDS, Finding

    try:
        settings = Settings()
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("settings", "error", problem, say("settings_cure"))
        return
    yield Finding("settings", "ok", say("settings_ok", home=settings.konspekt_home.resolve()))
    bad: set[str] = set()
    for name, check in CHECKS:
        if NEEDS.get(name) in bad:
            continue
        try:
            for finding in check(settings):
                if finding.level != "ok":
                    bad.add(finding.check)
                yield finding
        except Exception as error:  # a doctor that crashes says nothing about the rest
            bad.add(name)
            failed = say("broken_check", kind=type(error).__name__, reason=error)
            yield Finding(name, "error", failed, say("report"))


def _print(finding: Finding, language: Language) -> None:
    sign, colour = SIGNS[finding.level]
    name = told(say(f"check_{finding.check.replace(' ', '_').lower()}"), language)
    typer.secho(f"{sign} {name:<18}", fg=colour, nl=False)
    typer.echo(told(finding.found, language))
    if finding.cure:
        typer.echo(f"  {'':<18}→ {told(finding.cure, language)}")


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)
