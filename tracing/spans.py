"""Spans of OpenTelemetry. Off, and where its packages are missing, each of these does nothing, at next to no cost.

    with span("konspekt.search") as one:
        found = search()
        one.set("konspekt.found", len(found))

What readers write is no attribute, unless `start(texts=True)` said so. The names of OpenTelemetry's own conventions are
used where there are any: https://opentelemetry.io/docs/specs/semconv/gen-ai/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Value = str | int | float | bool
P = ParamSpec("P")
T = TypeVar("T")


class TracingUnavailable(Exception):
    """Traces were asked for, and the extra `konspekt[otel]` is not installed."""


class Span:
    """A stretch of time with attributes; this one is kept by nobody."""

    def set(self, name: str, value: Value) -> None:
        """Says something about it. Never a reader's words."""

    def set_text(self, name: str, text: str) -> None:
        """Says a reader's or a model's words, where that was asked for."""

    def end(self, error: BaseException | None = None) -> None:
        """Its end, and what went wrong: the kind of error alone."""


class _Kept(Span):
    def __init__(self, span: Any, texts: bool) -> None:
        self.span, self._texts = span, texts

    def set(self, name: str, value: Value) -> None:
        self.span.set_attribute(name, value)

    def set_text(self, name: str, text: str) -> None:
        if self._texts:
            self.span.set_attribute(name, text)

    def end(self, error: BaseException | None = None) -> None:
        if error is not None:
            from opentelemetry.trace import StatusCode

            self.span.set_attribute("error.type", type(error).__name__)
            self.span.set_status(StatusCode.ERROR)
        self.span.end()


class _Tracing:
    tracer: Any = None
    provider: Any = None
    texts = False


_NOBODYS = Span()
_tracing = _Tracing()


def start(*, texts: bool = False, instance: str | None = None, exporter: Any = None) -> None:
    """From here on spans are kept and sent by the standard settings of OpenTelemetry (`OTEL_EXPORTER_OTLP_ENDPOINT`,
    `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, …), which its own library reads. `texts`: readers' words too.

    Raises TracingUnavailable.
    """
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError as error:
        raise TracingUnavailable from error
    about = {"service.name": "konspekt"} | ({"service.instance.id": instance} if instance else {})
    provider = TracerProvider(resource=Resource.create(about))
    if exporter is None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        except ImportError as error:
            raise TracingUnavailable from error
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    else:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    _tracing.provider, _tracing.texts = provider, texts
    _tracing.tracer = trace.get_tracer("konspekt", tracer_provider=provider)


def stop() -> None:
    """Sends what was kept; after that nothing is kept."""
    if _tracing.provider is not None:
        _tracing.provider.shutdown()
    _tracing.provider = _tracing.tracer = None


def begin(name: str) -> Span:
    """A span that ends with `end`, for what begins and ends in different places. It is nobody's parent."""
    if _tracing.tracer is None:
        return _NOBODYS
    return _Kept(_tracing.tracer.start_span(name), _tracing.texts)


@contextmanager
def span(name: str) -> Iterator[Span]:
    """The span of a block; what begins within is part of it, in other threads too that `asyncio.to_thread` starts."""
    if _tracing.tracer is None:
        yield _NOBODYS
        return
    from opentelemetry import trace

    kept = _Kept(_tracing.tracer.start_span(name), _tracing.texts)
    failure: BaseException | None = None
    try:
        with trace.use_span(kept.span, end_on_exit=False, record_exception=False, set_status_on_exception=False):
            yield kept
    except BaseException as error:
        failure = error
        raise
    finally:
        kept.end(failure)


def traced(
    name: str, about: Callable[[Any], dict[str, Value]] | None = None
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """The span of every call of a function that is no coroutine. `about`: attributes, from its result."""

    def around(call: Callable[P, T]) -> Callable[P, T]:
        @wraps(call)
        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            with span(name) as one:
                result = call(*args, **kwargs)
                for key, value in (about(result) if about is not None else {}).items():
                    one.set(key, value)
                return result

        return measured

    return around
