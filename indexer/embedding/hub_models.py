"""Models of sentence-transformers by a folder or by their name on the model hub.

The libraries would ask an unreachable hub for every file, again and again, for more than a minute. So one question goes
first: is the model here, and if not, does the hub have it, and at which revision? That revision is noted in the hub's
own cache as a ref of ours, beside `main`, and kept: a repository that moves on does not change an index under way.

Weights are read only from safetensors. The older format is a pickle, which can run any code while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from konspekt.bilingual import Bilingual
from konspekt.indexer.errors import EmbeddingError, NoSuchModelError
from konspekt.indexer.messages import say

T = TypeVar("T")

HUB_SECONDS = 10.0
PATH_MARKS = ("/", "./", "../", "~", "\\")
REF = "konspekt"  # the ref that holds the revision of the first fetch
COMMIT = re.compile("[0-9a-f]{7,64}")
ORGANISATION = "sentence-transformers"  # of names without one


Load = Callable[[str, bool, str | None], T]  # (name or folder, local files only, revision)


def load_model(setting: str, name: str, load: Load[T]) -> T:
    """`load(name, local files only, revision)`, once it is known that there is something to load.

    Raises NoSuchModelError for a name or folder that does not exist, EmbeddingError for what cannot be loaded.
    """
    otherwise = say("or_default" if setting == "EMBEDDING_MODEL" else "or_no_reranker")
    said: dict[str, Any] = {"setting": setting, "name": name, "otherwise": otherwise}
    is_path = name.startswith(PATH_MARKS) or Path(name).exists()
    if is_path and not Path(name).expanduser().exists():
        raise NoSuchModelError(say("model_no_folder", setting=setting, name=name))
    revision: str | None = None
    if not is_path:
        if (kept := _kept(name)) is not None:
            with suppress(Exception):  # whatever it is: an interrupted download is resumed below
                return load(name, True, kept)
        revision = _ask_hub(name, kept, said)
    try:
        return load(str(Path(name).expanduser()) if is_path else name, is_path, revision)
    except Exception as error:  # the library raises whatever its loaders and HTTP client raise
        key = "model_no_safetensors" if "safetensors" in str(error) else "model_unloadable"
        raise EmbeddingError(say(key, reason=_first_line(error), **said)) from error


def _repositories(name: str) -> tuple[str, ...]:
    return (name,) if "/" in name else (f"{ORGANISATION}/{name}", name)


def _kept(name: str) -> str | None:
    """The revision that was fetched before, whole or in part; what other programs fetched as `main` counts."""
    for repository in _repositories(name):
        for ref in (REF, "main"):
            try:
                revision = _ref(repository, ref).read_text("utf-8").strip()
            except (OSError, ValueError):
                continue
            if COMMIT.fullmatch(revision):
                _keep(repository, revision)
                return revision
    return None


def _ref(repository: str, ref: str) -> Path:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model") / "refs" / ref


def _keep(repository: str, revision: str) -> None:
    """If the cache cannot be written, the question is asked again next time."""
    with suppress(OSError):
        path = _ref(repository, REF)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(revision, "utf-8")


def _ask_hub(name: str, kept: str | None, said: dict[str, Any]) -> str:
    """The revision to fetch: the kept one, else where the hub's repository stands now. Returns when the hub has it."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    for repository in _repositories(name):
        try:
            found = HfApi().model_info(repository, revision=kept, timeout=HUB_SECONDS)
        except (RepositoryNotFoundError, HFValidationError):
            continue
        except Exception as error:  # no network, a proxy's page, a server in trouble
            raise EmbeddingError(say("model_offline", reason=_first_line(error), **said)) from error
        revision = kept or found.sha
        if revision is None or not COMMIT.fullmatch(revision):
            raise EmbeddingError(say("model_offline", reason=say("model_no_revision"), **said))
        _keep(repository, revision)
        return revision
    raise NoSuchModelError(say("model_unknown", **said))


def _first_line(error: Exception) -> str | Bilingual:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
