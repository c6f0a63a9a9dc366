"""`konspekt serve`: an OpenAI-compatible server of a local model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from konspekt.app.local_model.messages import say as say_of_model
from konspekt.app.local_model.running import Running, announce, withdraw
from konspekt.app.messages import say
from konspekt.app.settings import Settings
from konspekt.bilingual import told
from konspekt.cli.commands.serve.configuring import IndexEmbeddings, numbers, recommended, server_config, server_key
from konspekt.cli.guard import (
    FAILED,
    INTERRUPTED,
    WRONG_USAGE,
    failure,
    spoken_language,
    tell,
)
from konspekt.serving.address import PORT
from konspekt.serving.model.weight_formats import FolderFormat

if TYPE_CHECKING:
    from konspekt.serving.engine.engine import Engine

EPILOG = """
[bold]Examples[/bold]

konspekt serve --model qwen2.5-coder-1.5b --port 8111 --threads 2

konspekt serve --model ./model.gguf --host 0.0.0.0 --api-key-file ./key     (or the key in SERVE_API_KEY)

konspekt serve --model ./folder --weight-format Q4_1     (a transformers folder, rounded while it is read)

konspekt serve --model qwen2.5-coder-1.5b --device cuda
"""


def _serve(
    *,
    model: Annotated[
        str | None,
        typer.Option(help="A name of `konspekt models list`, a path, or org/repo[:file]. Default: LOCAL_MODEL"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What clients call it. Default: as given to --model")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0: any free one")] = PORT,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads. Default: THREADS or the machine's cores")] = None,
    api_key_file: Annotated[
        Path | None,
        typer.Option(help="Ask clients for the key in this file. SERVE_API_KEY in the environment does the same"),
    ] = None,
    api_key: Annotated[str | None, typer.Option(hidden=True)] = None,
    no_key: Annotated[bool, typer.Option("--no-key", help="Open to the network without a key")] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Another name under which a server on 127.0.0.1 may be asked (a proxy's); repeatable"),
    ] = None,
    device: Annotated[
        Literal["cpu", "cuda", "auto"] | None,
        typer.Option(
            help="Where to compute; auto: a GPU if Triton can use one (the GPU kernels have run on no GPU yet). "
            "Default: LOCAL_DEVICE or cpu"
        ),
    ] = None,
    context: Annotated[int, typer.Option(min=64, help="Longest prompt and answer together, in tokens")] = 8192,
    cache_tokens: Annotated[
        int | None, typer.Option(min=64, help="Room of the KV cache over all requests. Default: twice the context")
    ] = None,
    sinks: Annotated[
        int,
        typer.Option(
            min=0,
            help="A chat that outgrows the context goes on with its first tokens, at least so many, and its latest. "
            "0: it is refused, or ends there",
        ),
    ] = 0,
    kv: Annotated[Literal["int8", "fp16", "int4"], typer.Option(help="How keys and values are stored")] = "int8",
    weight_format: Annotated[
        FolderFormat,
        typer.Option(help="Format that a folder of safetensors is quantised to", case_sensitive=False),
    ] = "Q8_0",
    bits: Annotated[
        str | None,
        typer.Option(
            help="Bits a weight to read of a MatQuant folder: 2, 4 or 8; one number for all layers, or one for each "
            "(8,4,4,2). Default: all that are there"
        ),
    ] = None,
    speculate: Annotated[
        bool,
        typer.Option(
            help="Guess tokens from the prompt, or by the model's own prediction head (the answer stays the same)"
        ),
    ] = True,
    draft_model: Annotated[
        str | None,
        typer.Option(help="A smaller model of the same vocabulary that guesses ahead (the answer stays the same)"),
    ] = None,
    reasoning_format: Annotated[
        Literal["auto", "none", "deepseek", "deepseek-legacy"],
        typer.Option(
            help="Where a model's thoughts go: auto and deepseek: into `reasoning_content`; none: they stay in the "
            "answer; deepseek-legacy: both"
        ),
    ] = "auto",
    sleep_minutes: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Minutes without a request after which the model gives its memory back; the next request waits until "
            "it is read again. 0: never. Default: LOCAL_SLEEP_MINUTES or 0",
        ),
    ] = None,
    embeddings: Annotated[bool, typer.Option(help="Serve the index's embedding model under /v1/embeddings")] = True,
    child: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input closes; report as JSON")] = False,
) -> None:
    """Serve a quantised model on this machine under /v1, for any OpenAI client."""
    from konspekt.app.local_model.choosing import chosen_model
    from konspekt.app.model_fetch import fetch_with_progress
    from konspekt.modelhub import ModelHubError, UnknownModelError
    from konspekt.serving.device import device_of
    from konspekt.serving.errors import ServingError
    from konspekt.serving.server import end_with_parent, serve

    settings = Settings()
    if child:
        end_with_parent()
    note: list[Running | None] = []
    model = chosen_model(settings.model_copy(update={"local_model": model or settings.local_model}))
    threads = threads or settings.threads

    def ready(url: str, engine: Engine) -> None:
        if child:
            typer.echo(json.dumps({"base_url": url, "model": served}))
        else:
            if engine.model.remark:
                tell(engine.model.remark)
            typer.echo(told(say("serve_ready", name=served, url=url, context=engine.context), spoken_language()))
            note.append(_announce(settings.konspekt_home, url, key, served))

    try:
        key = server_key(api_key, api_key_file)
        where = device_of(device or settings.local_device)
        path = fetch_with_progress(model, settings.models)
        draft_path = fetch_with_progress(draft_model, settings.models) if draft_model else None
        served = name or (path.stem if Path(model).exists() else model)
        if not child:
            tell(say("serve_loading", name=path.name))
        config = server_config(
            path,
            served,
            context=context,
            cache_tokens=cache_tokens,
            kv=kv,
            sinks=sinks,
            speculate=speculate,
            device=where,
            draft_path=draft_path,
            sleep_after=60 * (settings.local_sleep_minutes if sleep_minutes is None else sleep_minutes) or None,
            host=host,
            port=port,
            threads=threads,
            api_key=key,
            no_key=no_key,
            allow_hosts=tuple(allow_host or ()),
            reasoning=reasoning_format,
            weight_format=weight_format,
            bits=numbers(bits),
            sampling=recommended(path),
        )
        serve(config, IndexEmbeddings(settings, threads) if embeddings else None, ready)
    except UnknownModelError as error:
        raise failure(error, WRONG_USAGE) from None
    except (ServingError, ModelHubError) as error:
        raise failure(error, FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    finally:
        for mine in filter(None, note):
            withdraw(settings.konspekt_home, mine)


def _announce(home: Path, url: str, key: str | None, served: str) -> Running | None:
    """So that the other commands of this home use this server."""
    address = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    note = Running(address, key or "none", served, os.getpid(), lasting=True)
    try:
        announce(home, note)
    except OSError as error:
        tell(say_of_model("not_announced", reason=error))
        return None
    return note


def register(app: typer.Typer) -> None:
    app.command("serve", epilog=EPILOG)(_serve)
