"""`konspekt doctor`: is everything as it should be, and if not, what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli.guard import FAILED
from cli.settings import Settings, SettingsError

if TYPE_CHECKING:
    from cli.doctor_checks import Finding

SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Check settings, disk, database, index, models, Telegram, and say what to do about each.

    Changes nothing. Exit status: 0 everything works (warnings may remain), 1 something does not.
    """
    import logging

    logging.disable(logging.CRITICAL)  # libraries would talk into the table, and httpx would show the token
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(FAILED)


def examine() -> Iterator[Finding]:
    """All findings, as they come. A check that breaks is a finding itself."""
    from cli.doctor_checks import CHECKS, NEEDS, Finding

    try:
        settings = Settings()
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("settings", "error", problem, "Correct it in .env or in the environment.")
        return
    yield Finding("settings", "ok", f"KONSPEKT_HOME={settings.konspekt_home.resolve()}")
    bad: set[str] = set()
    for name, check in CHECKS:
        if NEEDS.get(name) in bad:
            continue
        try:
            for finding in check(settings):
                if finding.level != "ok":
                    bad.add(finding.check)
                yield finding
        except Exception as error:  # a doctor that dies tells nothing about the rest
            bad.add(name)
            yield Finding(
                name, "error", f"the check itself failed: {type(error).__name__}: {error}", "Please report this."
            )


def _print(finding: Finding) -> None:
    sign, colour = SIGNS[finding.level]
    typer.secho(f"{sign} {finding.check:<16}", fg=colour, nl=False)
    typer.echo(finding.found)
    if finding.cure:
        typer.echo(f"  {'':<16}→ {finding.cure}")


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)
