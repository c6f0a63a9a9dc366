"""Drafts as files: one per draft, its media beside it, and a list of what is done so that a long run can resume."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from konspekt.conversion.document import MediaItem, Post
from konspekt.conversion.draft import Draft
from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import ConversionError
from konspekt.conversion.media import file_inside, is_address, open_inside
from konspekt.conversion.network import Network
from konspekt.conversion.pictures.fitting import fitted

STATE = ".konspekt-convert.json"
_MOST_MEDIA_BYTES = 200_000_000
_NAME_BYTES = 90  # of a post's id in a file name: file systems allow 255 for the whole name
_ENDING = re.compile(r"\.\w{1,8}")


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a draft went, and the media that could not be put beside it."""

    path: Path
    missing: tuple[MediaItem, ...] = ()


@dataclass(slots=True)
class DraftFolder:
    """A folder of drafts. `done` tells by name, settings and content which drafts it already holds."""

    path: Path
    done: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> DraftFolder:
        """Raises ConversionError where no folder can be."""
        with _writing(path):
            path.mkdir(parents=True, exist_ok=True)
        state = path / STATE
        try:
            done = json.loads(state.read_text("utf-8")) if state.exists() else {}
        except (OSError, ValueError):
            done = {}  # a torn file costs doing the work again, nothing else
        return cls(path, done if isinstance(done, dict) else {})

    def has(self, post: Post, network: Network, lang: str, settings: str) -> bool:
        name = file_name(post, network, lang)
        return self.done.get(name) == fingerprint(post, settings) and (self.path / name).exists()

    def save(self, post: Post, network: Network, draft: Draft, settings: str, asked_lang: str) -> Saved:
        """Writes a draft whole or not at all, copies its media, and remembers it. Raises ConversionError."""
        with _writing(self.path):
            return self._save(post, network, draft, settings, asked_lang)

    def _save(self, post: Post, network: Network, draft: Draft, settings: str, asked_lang: str) -> Saved:
        name = file_name(post, network, asked_lang)
        target = self.path / name
        _write(target, draft_text(draft, network))
        missing = self._copy_media(draft, post.folder, target.stem, network)
        self.done[name] = fingerprint(post, settings)
        _write(self.path / STATE, json.dumps(self.done, ensure_ascii=False, indent=1))
        return Saved(target, missing)

    def _copy_media(self, draft: Draft, folder: str | None, stem: str, network: Network) -> tuple[MediaItem, ...]:
        """Copies what is in the post's own folder, pictures as the network takes them, what each shows beside them;
        returns what is missing or too big."""
        missing: list[MediaItem] = []
        shown = [f"{place}. {item.caption}" for place, item in enumerate(draft.media, 1) if item.caption]
        if shown and not network.markdown:  # there it stands in the text
            _write(self.path / f"{stem}-media.txt", "\n".join(shown) + "\n")
        for position, item in enumerate(draft.media, start=1):
            if item.path and is_address(item.path):
                continue
            source = file_inside(item.path, folder)
            if source is None or source.stat().st_size > _MOST_MEDIA_BYTES:
                missing.append(item)
                continue
            ending = source.suffix if _ENDING.fullmatch(source.suffix) else ""
            try:
                file = open_inside(source)
            except OSError:
                missing.append(item)
                continue
            with file:
                picture = fitted(file.read(), network.photo) if network.photo and item.kind == "photo" else None
                if picture is not None:
                    (self.path / f"{stem}-{position}.jpg").write_bytes(picture)
                    continue
                file.seek(0)
                with (self.path / f"{stem}-{position}{ending}").open("wb") as copy:
                    shutil.copyfileobj(file, copy)
        return tuple(missing)


def file_name(post: Post, network: Network, lang: str) -> str:
    """A name that is safe on every file system and differs for every post."""
    readable = re.sub(r"[^\w-]+", "-", post.id or "post").strip("-")
    readable = readable.encode("utf-8", "replace")[-_NAME_BYTES:].decode("utf-8", "ignore")
    short = hashlib.sha256(post.id.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{readable}-{short}.{network.name}.{lang}.{'md' if network.markdown else 'txt'}"


def fingerprint(post: Post, settings: str) -> str:
    return hashlib.sha256(f"{post.blocks!r}{post.title}{post.url}{settings}".encode("utf-8", "replace")).hexdigest()[
        :24
    ]


def draft_text(draft: Draft, network: Network) -> str:
    """A draft as a person reads and pastes it: parts under a ruler, title on top where it stands apart."""
    show = network.readable or (lambda text: text)
    texts = [show(part.text) for part in draft.parts]
    if len(texts) > 1:
        ruler = "\n\n---\n\n" if network.markdown else "\n\n────────\n\n"
        body = ruler.join(texts)
    else:
        body = "".join(texts)
    if draft.title and network.finish is None:
        heading = f"# {draft.title}" if network.markdown else draft.title
        body = f"{heading}\n\n{body}"
    return body + "\n"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename or path
        raise ConversionError(wrong("unwritable", path=place, reason=error.strerror or error)) from error


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, "utf-8", errors="replace")
    temporary.replace(path)
