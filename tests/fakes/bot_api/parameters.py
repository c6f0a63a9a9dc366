"""The parameters of a call, however they were sent."""

from __future__ import annotations

import contextlib
import json
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.small_http import Request


def parameters(request: Request) -> dict[str, Any]:
    """Query, form, multipart or JSON; values that are JSON are parsed, as the real server does for nested objects."""
    params: dict[str, Any] = dict(request.query)
    body = request.body
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return {**params, **json.loads(body or b"{}")}
    if kind.startswith("multipart/form-data"):
        parsed = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        for part in parsed.get_payload():
            name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
            content = part.get_payload(decode=True)  # type: ignore[union-attr]
            is_file = part.get_filename() is not None  # type: ignore[union-attr]
            params[str(name)] = {"file_bytes": content} if is_file else content.decode()  # type: ignore[union-attr]
    else:
        params.update(parse_qsl(body.decode(), keep_blank_values=True))
    structured = ("reply_markup", "reply_parameters", "entities", "media", "result", "results", "commands",
                  "allowed_updates", "link_preview_options", "reaction", "scope", "caption_entities", "options",
                  "correct_option_ids", "menu_button", "ephemeral_message_parameters",
                  "suggested_post_parameters")  # fmt: skip
    for name in structured:
        if isinstance(params.get(name), str):
            with contextlib.suppress(ValueError):
                params[name] = json.loads(params[name])
    for name, value in params.items():
        if isinstance(value, dict) and "file_bytes" in value:
            params[name] = {"bytes": len(value["file_bytes"]), "head": value["file_bytes"][:8].hex()}
    return params
