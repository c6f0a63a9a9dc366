"""`org/repo[:file]`: a model of the publisher's repository that the registry does not know.

What the repository says about its revisions and files (size, SHA-256 of LFS files, git's hash of the others) comes from
the hub's API: https://huggingface.co/docs/hub/api
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from konspekt.modelhub.errors import FetchError, UnknownModelError
from konspekt.modelhub.messages import say

_HUB_ID = re.compile(r"^(?P<repo>[\w.-]+/[\w.-]+?)(:(?P<file>[\w./ -]+))?$")
_COMMIT = re.compile(r"^[0-9a-f]{7,64}$")
_PART = re.compile(r"^(?P<stem>.+)-\d{5}-of-(?P<count>\d{5}\.gguf)$")  # a model in several files
_FOLDER_FILES = re.compile(
    r"^(.*\.safetensors|.*\.safetensors\.index\.json|config\.json|generation_config\.json|"
    r"tokenizer.*|special_tokens_map\.json|vocab\..*|merges\.txt|chat_template\..*|"
    r"(source|target)\.spm|sentencepiece\.bpe\.model|spiece\.model)$"
)
_CONVERTED_FILES = re.compile(  # Whisper or a translation model, as CTranslate2 reads it
    r"^(model\.bin|config\.json|preprocessor_config\.json|tokenizer\.json|(shared_|source_|target_)?vocabulary\.(txt|json)"
    r"|tokenizer_config\.json|special_tokens_map\.json|vocab\.json|(source|target)\.spm|sentencepiece\.bpe\.model"
    r"|spiece\.model)$"
)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """`sha256` is None for a small file that the repository keeps in git itself; `git` is its name there, the SHA-1 of
    its contents as a blob."""

    path: str
    size: int
    sha256: str | None
    git: str | None = None


def parse(name: str) -> tuple[str, str | None] | None:
    """(`org/repo`, file or None), or None when `name` is not written like a hub id."""
    match = _HUB_ID.match(name)
    if match is None or ".." in name or name.startswith((".", "/")):
        return None
    return match["repo"], match["file"]


def revision_of(hub_url: str, repo: str) -> str:
    """The commit that the repository's main branch stands at. Raises FetchError, UnknownModelError (none such)."""
    found = _ask(hub_url, repo, f"{hub_url}/api/models/{repo}/revision/main")
    revision = found.get("sha") if isinstance(found, dict) else None
    if not isinstance(revision, str) or not _COMMIT.match(revision):
        raise FetchError(say("no_revision", hub=hub_url, repo=repo))
    return revision


def list_files(hub_url: str, repo: str, revision: str) -> list[RemoteFile]:
    """The files of the repository at a commit. Raises FetchError, UnknownModelError (no such repository)."""
    files = []
    for entry in _ask(hub_url, repo, f"{hub_url}/api/models/{repo}/tree/{revision}"):
        path = PurePosixPath(str(entry["path"]))
        if entry.get("type") == "file" and not path.is_absolute() and ".." not in path.parts:
            lfs = entry.get("lfs") or {}
            sha256 = str(lfs["oid"]).removeprefix("sha256:") if "oid" in lfs else None
            git = str(entry["oid"]) if not lfs and "oid" in entry else None
            files.append(RemoteFile(str(path), int(lfs.get("size", entry.get("size", 0))), sha256, git))
    return files


def _ask(hub_url: str, repo: str, url: str) -> Any:
    import httpx  # a quarter second that a model which is here does not cost

    from konspekt.modelhub.http_download import TIMEOUT

    try:
        response = httpx.get(url, params={"recursive": "true"}, timeout=TIMEOUT, follow_redirects=True)
    except httpx.TransportError as error:
        raise FetchError(say("hub_unreachable", hub=hub_url, reason=error)) from error
    if response.status_code in (401, 404):
        raise UnknownModelError(say("no_repository", hub=hub_url, repo=repo))
    if response.status_code != 200:
        raise FetchError(say("file_list", hub=hub_url, status=response.status_code, repo=repo))
    return response.json()


def choose(repo: str, files: list[RemoteFile], wanted: str | None) -> list[RemoteFile]:
    """The files to fetch: the named one, else the Q4_K_M (or only) GGUF, each with all of its parts, else config,
    tokenizer and safetensors.

    Raises UnknownModelError with the possible names.
    """
    if wanted is not None:
        if found := [file for file in files if file.path == wanted]:
            return _with_siblings(found[0], files)
        raise UnknownModelError(say("no_file", repo=repo, file=wanted, names=_names(files)))
    ggufs = [file for file in files if file.path.endswith(".gguf")]
    preferred = [file for file in ggufs if "q4_k_m" in file.path.lower()] or ggufs
    if preferred and len(whole := _with_siblings(preferred[0], files)) == len(preferred):
        return whole
    if ggufs:
        raise UnknownModelError(say("several_files", repo=repo, names=_names(ggufs)))
    folder = [file for file in files if _FOLDER_FILES.match(file.path)]
    if any(file.path.endswith(".safetensors") for file in folder):
        return folder
    found = [file for file in files if _CONVERTED_FILES.match(file.path)]
    if {"model.bin", "config.json"} <= {file.path for file in found} and any("vocabulary" in f.path for f in found):
        return found  # a model.bin of CTranslate2 holds numbers, no code
    raise UnknownModelError(say("no_weights", repo=repo))


def _with_siblings(file: RemoteFile, files: list[RemoteFile]) -> list[RemoteFile]:
    """All parts of a model in several files, in order; any other file alone."""
    same = _whole(file.path)
    return (
        [file] if same is None else sorted((one for one in files if _whole(one.path) == same), key=lambda one: one.path)
    )


def _whole(path: str) -> tuple[str, str] | None:
    """What the parts of one model have in common; None for a file that is no part."""
    found = _PART.match(path)
    return (found["stem"], found["count"]) if found is not None else None


def part_count(path: str) -> int:
    """How many files the model has that this one belongs to."""
    found = _PART.match(path)
    return int(found["count"].removesuffix(".gguf")) if found is not None else 1


def siblings(paths: list[str], path: str) -> list[str]:
    """Those of `paths` that are parts of the same model as `path`, in order."""
    same = _whole(path)
    return [path] if same is None else sorted(one for one in paths if _whole(one) == same)


def _names(files: list[RemoteFile]) -> str:
    return ", ".join(file.path for file in files[:40])
