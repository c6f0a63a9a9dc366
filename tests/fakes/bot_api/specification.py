"""Every request beside the published description of the Bot API: methods, fields, types and lengths.

The description is read from the folder of published test data; without it nothing is checked.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.fakes.telegram_text import Malformed, parse_html, utf16_length

FILE = ROOT.parent / "shared" / "conformance" / "bot-api-10.1.json"
_LENGTH = re.compile(r"(?<![\d-])(\d+)-(\d+) (characters|[Bb]ytes)(?P<parsed> after entit)?")
_ITEMS = re.compile(r"list of (\d+)-(\d+) ")
LATER = Path(__file__).with_name("later.json")  # of 10.2 and 10.3, which the description does not have yet
LATER_METHODS: frozenset[str] = frozenset()
LATER_FIELDS: frozenset[tuple[str, str]] = frozenset()


@lru_cache(maxsize=1)
def specification() -> dict[str, Any] | None:
    if not FILE.exists():
        return None
    described: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    later = json.loads(LATER.read_text("utf-8"))
    described["types"].update(later["types"])
    for method, fields in later["methods"].items():
        body = described["methods"][method]
        body["fields"] = [*(body.get("fields") or ()), *fields]
    return described


def problems(method: str, params: dict[str, Any]) -> list[str]:
    """What is wrong with a call, each `method.field: why`; nothing where the description is not there."""
    described = specification()
    if described is None or method in LATER_METHODS:
        return []
    if method not in described["methods"]:
        return [f"{method}: there is no such method"]
    return _fields(method, described["methods"][method].get("fields") or (), params)


def _fields(place: str, fields: Any, given: dict[str, Any]) -> list[str]:
    known = {field["name"]: field for field in fields}
    found = [f"{place}: {name} is required" for name, field in known.items() if field["required"] and name not in given]
    for name, value in given.items():
        if (place, name) in LATER_FIELDS or _is_file(value):
            continue
        if name not in known:
            found.append(f"{place}: there is no field {name}")
            continue
        found += _value(f"{place}.{name}", known[name], value, given)
    return found


def _value(place: str, field: dict[str, Any], value: Any, beside: dict[str, Any]) -> list[str]:
    tries = [_of_type(place, kind, value) for kind in field["types"]]
    best = min(tries, key=len)
    return best or _length(place, field["description"], value, beside)


def _of_type(place: str, kind: str, value: Any) -> list[str]:
    if kind.startswith("Array of "):
        items = _parsed(value)
        if not isinstance(items, list):
            return [f"{place}: {value!r:.60} is no list"]
        return [found for item in items for found in _of_type(f"{place}[]", kind.removeprefix("Array of "), item)]
    if kind in ("Integer", "Float"):
        number = re.fullmatch(r"-?\d+" if kind == "Integer" else r"-?\d+(\.\d+)?", str(value))
        return [] if number and not isinstance(value, bool) else [f"{place}: {value!r:.60} is no {kind}"]
    if kind == "Boolean":
        return [] if str(value).lower() in ("true", "false") else [f"{place}: {value!r:.60} is no Boolean"]
    if kind == "String":
        return [] if isinstance(value, str) else [f"{place}: {value!r:.60} is no String"]
    if kind == "InputFile":
        return [] if _is_file(value) or isinstance(value, str) else [f"{place}: {value!r:.60} is no file"]
    return _of_object(place, kind, _parsed(value))


def _of_object(place: str, kind: str, value: Any) -> list[str]:
    described = specification()
    assert described is not None
    body = described["types"].get(kind)
    if body is None or not isinstance(value, dict):
        return [f"{place}: {value!r:.60} is no {kind}"]
    if body.get("subtypes"):
        return min((_of_object(place, one, value) for one in body["subtypes"]), key=len)
    return _fields(place, body.get("fields") or (), value)


def _length(place: str, description: str, value: Any, beside: dict[str, Any]) -> list[str]:
    items = _ITEMS.search(description)
    given = _parsed(value)
    if items and isinstance(given, list) and not int(items[1]) <= len(given) <= int(items[2]):
        return [f"{place}: {len(given)} items, {items[1]}-{items[2]} are allowed"]
    bounds = _LENGTH.search(description)
    if bounds is None or not isinstance(value, str):
        return []
    text = value
    if bounds["parsed"] and str(beside.get("parse_mode", "")).lower() == "html":
        try:
            text = parse_html(value)
        except Malformed as error:
            return [f"{place}: {error}"]
    size = len(text.encode()) if bounds[3].lower() == "bytes" else utf16_length(text)
    if int(bounds[1]) <= size <= int(bounds[2]):
        return []
    return [f"{place}: {size} {bounds[3]}, {bounds[1]}-{bounds[2]} are allowed"]


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"bytes", "head"}
