"""Traces by OpenTelemetry, for as long as a command runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from konspekt.app.messages import say
from konspekt.app.settings import Settings, SettingsError
from konspekt.bilingual import joined
from konspekt.tracing import spans


@contextmanager
def traces(settings: Settings) -> Iterator[None]:
    """Raises SettingsError where they are wanted and the extra is missing."""
    if settings.traces == "off":
        yield
        return
    try:
        spans.start(texts=settings.traces == "texts")
    except spans.TracingUnavailable:
        raise SettingsError([joined(": ", ("TRACES", say("no_otel")))]) from None
    try:
        yield
    finally:
        spans.stop()
