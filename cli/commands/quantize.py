"""`konspekt quantize`: a low-bit model from an ordinary one, with a report of what it cost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from konspekt.app.settings import Settings
from konspekt.bilingual import told
from konspekt.cli.guard import (
    FAILED,
    INTERRUPTED,
    WRONG_USAGE,
    failure,
    spoken_language,
    tell,
)

EXAMPLES = """
\b
Examples:
  konspekt quantize smollm2-135m --format Q4_0 --out small --text prose.txt
  konspekt quantize model.gguf --format Q4_1 --method gptq \\
      --calibration prose.txt --text other.txt --out better
  konspekt quantize ./folder --format int4-g64 --method mse --out int4 --json
  konspekt quantize ./folder --format paretoq-4 --rotate --out rotated
  konspekt quantize --list

\b
Q8_0 to Q2_K become a GGUF file; the others a folder of packed tensors,
which `konspekt serve --device cuda` multiplies with as they are, and the
CPU turns into GGUF's blocks while it reads them. A folder packed by GPTQ,
AWQ or compressed-tensors is read too.
docs/quantisation.md explains each.
"""


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each stage on standard error."""
    if quiet:
        yield lambda what, done, of: None
        return
    from rich.console import Console
    from rich.progress import Progress

    language, console = spoken_language(), Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, object] = {}

        def show(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(told(what, language))
            bar.update(tasks[what], completed=done, total=of)  # type: ignore[arg-type]

        yield show


def _list(as_json: bool) -> None:
    from konspekt.quantization import FORMATS

    rows = [{"name": f.name, "what": str(f.what), "methods": list(f.methods), "gguf": f.gguf} for f in FORMATS.values()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for f in FORMATS.values():
        typer.echo(f"{f.name:13} {told(f.what, spoken_language()):39} {', '.join(f.methods)}")


def _quantize(  # noqa: PLR0917
    model: Annotated[
        str | None, typer.Argument(help="A GGUF file, a transformers folder, or a name of `konspekt models list`.")
    ] = None,
    format: Annotated[str | None, typer.Option(help="What to make; `--list` shows the formats.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write; it must not exist, or be empty.")] = None,
    method: Annotated[
        Literal["rtn", "mse", "gptq", "lsq", "ldlq"],
        typer.Option(
            help="rtn: round to nearest; mse: search scales. With --calibration: gptq: make up for errors; lsq: gptq, "
            "then learn the scales; ldlq: gptq for lattices."
        ),
    ] = "rtn",
    calibration: Annotated[
        list[Path] | None, typer.Option(help="A text to calibrate on, UTF-8; may be given several times.")
    ] = None,
    calibration_tokens: Annotated[int, typer.Option(min=64, help="How much of it is read, in tokens.")] = 8192,
    text: Annotated[
        list[Path] | None, typer.Option(help="Measure perplexity before and after on this text; not the calibration's.")
    ] = None,
    text_tokens: Annotated[int, typer.Option(min=64, help="How much of it is read, in tokens.")] = 4096,
    rotate: Annotated[
        bool,
        typer.Option(
            "--rotate",
            help="Rotate the weights first, so that few stick out (QuaRot): the same answers before quantising, fewer "
            "errors after. The output head gets a matrix of its own.",
        ),
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="Show the formats and leave.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    if listed:
        return _list(as_json)
    from konspekt.quantization.messages import say

    missing = [name for name, value in (("MODEL", model), ("--format", format), ("--out", out)) if value is None]
    if missing:
        raise failure(say("missing_words", names=", ".join(missing)), WRONG_USAGE)
    assert model is not None
    assert format is not None
    assert out is not None
    from konspekt.app.model_fetch import fetch_with_progress
    from konspekt.modelhub import ModelHubError, UnknownModelError
    from konspekt.quantization import (
        Job,
        QuantizationError,
        WrongRequestError,
        quantize,
    )

    job = Job(
        Path(model), format, out, method, tuple(calibration or ()), tuple(text or ()), calibration_tokens, text_tokens,
        rotate,
    )  # fmt: skip
    try:
        job.checked()  # before a model is fetched
        if not job.source.exists():
            import dataclasses

            job = dataclasses.replace(job, source=fetch_with_progress(model, Settings().models))
        with _progress(as_json) as show:
            report = quantize(job, show)
    except (WrongRequestError, UnknownModelError) as error:
        raise failure(error, WRONG_USAGE) from None
    except (QuantizationError, ModelHubError) as error:
        raise failure(error, FAILED) from None
    except KeyboardInterrupt:
        tell(say("interrupted"))
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(json.dumps(report.as_json(), indent=1) if as_json else told(report.as_text(), spoken_language()))
    return None


def register(app: typer.Typer) -> None:
    app.command(
        "quantize",
        help="Make a low-bit model from an ordinary one, and report its size, errors and perplexity.\n" + EXAMPLES,
        no_args_is_help=True,
    )(_quantize)
