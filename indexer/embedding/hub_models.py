"""Models of sentence-transformers by a folder or by their name on the model hub.

The libraries would ask an unreachable hub for every file, again and again, for more than a minute. So one question goes
first: is the model here, and if not, does the hub have it?
"""

from __future__ import annotations

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
MARKERS = ("modules.json", "config.json")  # one of them is in every model
ORGANISATION = "sentence-transformers"  # of names without one


def load_model(setting: str, name: str, load: Callable[[str, bool], T]) -> T:
    """`load(name, local files only)`, once it is known that there is something to load.

    Raises NoSuchModelError for a name or folder that does not exist, EmbeddingError for what cannot be loaded.
    """
    otherwise = say("or_default" if setting == "EMBEDDING_MODEL" else "or_no_reranker")
    said: dict[str, Any] = {"setting": setting, "name": name, "otherwise": otherwise}
    is_path = name.startswith(PATH_MARKS) or Path(name).exists()
    if is_path and not Path(name).expanduser().exists():
        raise NoSuchModelError(say("model_no_folder", setting=setting, name=name))
    if not is_path:
        if _is_cached(name):
            with suppress(Exception):  # whatever it is: a download that broke off is gone on with below
                return load(name, True)
        _ask_hub(name, said)
    try:
        return load(str(Path(name).expanduser()) if is_path else name, is_path)
    except Exception as error:  # the library raises whatever its loaders and HTTP client raise
        raise EmbeddingError(say("model_unloadable", reason=_first_line(error), **said)) from error


def _repositories(name: str) -> tuple[str, ...]:
    return (name,) if "/" in name else (f"{ORGANISATION}/{name}", name)


def _is_cached(name: str) -> bool:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return any(
            isinstance(try_to_load_from_cache(repository, marker), str)
            for repository in _repositories(name)
            for marker in MARKERS
        )
    except HFValidationError:
        return False


def _ask_hub(name: str, said: dict[str, Any]) -> None:
    """Returns when the hub has the model."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    for repository in _repositories(name):
        try:
            HfApi().model_info(repository, timeout=HUB_SECONDS)
        except (RepositoryNotFoundError, HFValidationError):
            continue
        except Exception as error:  # no network, a proxy's page, a server in trouble
            raise EmbeddingError(say("model_offline", reason=_first_line(error), **said)) from error
        return
    raise NoSuchModelError(say("model_unknown", **said))


def _first_line(error: Exception) -> str | Bilingual:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
