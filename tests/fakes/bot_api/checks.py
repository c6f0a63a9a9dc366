"""What the server refuses, in Telegram's own words: missing parameters, broken markup, texts that are too long."""

from __future__ import annotations

from typing import Any

from tests.fakes.telegram_text import Malformed, parse_html, utf16_length

MESSAGE_LIMIT, CAPTION_LIMIT = 4096, 1024


class ApiError(Exception):
    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def required(params: dict[str, Any], *names: str) -> None:
    for name in names:
        if params.get(name) in (None, ""):
            raise ApiError(400, f"Bad Request: parameter {name!r} is required")


def formatted(params: dict[str, Any], name: str, limit: int, *, empty_ok: bool = False) -> tuple[str, str]:
    """The visible text and the source text; errors worded as Telegram's."""
    raw = str(params.get(name) or "")
    text = raw
    if str(params.get("parse_mode", "")).lower() == "html":
        try:
            text = parse_html(raw)
        except Malformed as error:
            raise ApiError(400, f"Bad Request: can't parse entities: {error}") from error
    if not text.strip() and not empty_ok:
        raise ApiError(400, "Bad Request: message text is empty")
    if utf16_length(text) > limit:
        what = "message is too long" if limit == MESSAGE_LIMIT else "message caption is too long"
        raise ApiError(400, f"Bad Request: {what}")
    return text, raw


def markup_of(params: dict[str, Any]) -> Any:
    markup = params.get("reply_markup") or None
    for row in (markup or {}).get("inline_keyboard", ()):
        for button in row:
            if not button.keys() - {"text", "style"}:
                raise ApiError(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
            data, url = button.get("callback_data"), button.get("url")
            if data is not None and not 1 <= len(data.encode()) <= 64:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
            if url is not None and not url.startswith(("http://", "https://", "tg://")):
                raise ApiError(400, "Bad Request: BUTTON_URL_INVALID")
    return markup


def file_of(params: dict[str, Any], name: str) -> dict[str, Any]:
    required(params, name)
    given = params[name] if isinstance(params[name], dict) else {}
    return {"file_id": "f1", "file_unique_id": "u1", "width": 10, "height": 10, **given}
