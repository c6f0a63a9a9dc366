"""A message in two languages: it passes as English, and every package's messages are complete in both."""

from __future__ import annotations

import ast
import copy
import errno
import importlib
import pickle
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from konspekt.bilingual import (
    LANGUAGES,
    Bilingual,
    Texts,
    fill,
    joined,
    of,
    told,
)

ROOT = Path(__file__).parents[2]
MODULES = (
    "konspekt.storage.messages",
    "konspekt.modelhub.messages",
    "konspekt.indexer.messages",
    "konspekt.indexer.sources.messages",
    "konspekt.bot.messages",
    "konspekt.app.messages",
    "konspekt.cli.commands.doctor.messages",
    "konspekt.serving.messages",
    "konspekt.quantization.messages",
)
PACKAGES = ("storage", "modelhub", "indexer", "bot", "app", "cli", "serving", "quantization")
TEXTS: Texts = {
    "full": {"en": "{path}: {reason}; make room", "ru": "{path}: {reason}; освободите место"},
    "lost": {"en": "lost", "ru": "потеряно"},
}


def messages(module: str) -> Texts:
    found: Texts = importlib.import_module(module).MESSAGES
    return found


def fields(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("module", MODULES)
def test_every_message_is_in_both_languages_with_the_same_values(module: str) -> None:
    for key, texts in messages(module).items():
        assert set(texts) == set(LANGUAGES), key
        assert all(texts.values()), key
        assert fields(texts["en"]) == fields(texts["ru"]), key


def test_most_russian_messages_are_russian() -> None:
    """Those without a Cyrillic letter are pure form, such as `{where}: {what}`, or a name."""
    for module in MODULES:
        for key, texts in messages(module).items():
            cyrillic = any("а" <= letter <= "я" for letter in texts["ru"].lower())
            assert cyrillic or texts["ru"] == texts["en"], (module, key)


def sources(package: str) -> Iterator[Path]:
    return (path for path in (ROOT / package).glob("**/*.py") if not path.name.endswith("messages.py"))


def homes(module: str) -> tuple[str, ...]:
    """The packages whose files may name a message of this module: what `app` says, the command says too."""
    package = module.split(".")[1]
    return ("app", "cli") if package == "app" else (package,)


def said(module: str) -> Iterator[str]:
    """Keys written in calls of `say` in the files that take it from this module; of f-strings their beginning."""
    for path in (path for package in PACKAGES for path in sources(package)):
        tree = ast.parse(path.read_text("utf-8"))
        imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == module)
        called = {name.asname or name.name for node in imports for name in node.names if name.name == "say"}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in called:
                key = node.args[0]
                parts = (key.body, key.orelse) if isinstance(key, ast.IfExp) else (key,)
                for part in parts:
                    start = part.values[0] if isinstance(part, ast.JoinedStr) else part
                    if isinstance(start, ast.Constant):
                        yield str(start.value)


@pytest.mark.parametrize("module", MODULES)
def test_what_is_said_exists_and_what_exists_is_said(module: str) -> None:
    keys, used = set(messages(module)), set(said(module))
    starts = {key for key in used if key.endswith("_")}
    assert used - starts <= keys
    texts = "".join(path.read_text("utf-8") for package in homes(module) for path in sources(package))
    named = {key for key in keys if f'"{key}"' in texts or key.startswith(tuple(starts) or "\0")}
    assert keys - used - named == set()


def test_a_message_passes_as_english_and_knows_its_russian() -> None:
    inner = fill(TEXTS, "lost")
    message = fill(TEXTS, "full", path="notes/x", reason=inner)
    assert message == "notes/x: lost; make room"
    assert told(message, "ru") == "notes/x: потеряно; освободите место"
    assert told(RuntimeError(message), "ru") == told(message, "ru")
    assert told(ValueError("plain"), "ru") == "plain"
    assert joined(" + ", (inner, "x")).ru == "потеряно + x"


def test_what_the_system_says_is_said_in_russian_too() -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    message = fill(TEXTS, "full", path="/data", reason=error)
    assert message == "/data: No space left on device; make room"
    assert message.ru == "/data: на диске не осталось места; освободите место"
    assert told(OSError(errno.EXDEV, "Cross-device link"), "ru") == "Cross-device link"
    assert told(OSError("no number"), "ru") == "no number"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text)), of])
def test_a_copy_keeps_both_languages(copied: object) -> None:
    message = copied(Bilingual("lost", "потеряно"))  # type: ignore[operator]
    assert (str(message), message.ru) == ("lost", "потеряно")
