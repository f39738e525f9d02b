"""Traces and measurements: what a process tells about itself, and how a trace crosses processes."""

import json
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import prometheus_client
from opentelemetry import context, metrics, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, ExceptionContext

from chassis.settings import ProcessSettings

_SCOPE = "roundel"
_BEGAN = "roundel.began"
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|TABLE)\s+(?:ONLY\s+)?\"?(\w+)", re.IGNORECASE)
_USUAL = re.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_propagator = TraceContextTextMapPropagator()


class _Tracing:
    """The tracer in use; without an exporter it records nothing and only hands contexts on."""

    def __init__(self) -> None:
        self.provider: TracerProvider | None = None
        self.tracer: trace.Tracer = trace.NoOpTracer()


_tracing = _Tracing()


def start(service: str, settings: ProcessSettings) -> None:
    """Begin to record this process's spans, if somebody wants them, and its measurements."""
    _measure()
    exports_otlp = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    if not exports_otlp and settings.trace_file is None:
        return
    provider = TracerProvider(
        resource=Resource.create({"service.name": service}),
        sampler=ParentBasedTraceIdRatio(settings.trace_sampling),
    )
    if exports_otlp:
        # imported here: it is a tenth of every start, and most processes on a desk export nothing
        from chassis.tls_traces import RenewingExporter

        provider.add_span_processor(BatchSpanProcessor(RenewingExporter()))
    if settings.trace_file is not None:
        provider.add_span_processor(SimpleSpanProcessor(_lines_to(settings.trace_file)))
    _tracing.provider, _tracing.tracer = provider, provider.get_tracer(_SCOPE)


def shutdown() -> None:
    """Hand over the spans not exported yet and record no more."""
    if _tracing.provider is not None:
        _tracing.provider.shutdown()
    _tracing.provider, _tracing.tracer = None, trace.NoOpTracer()


@cache
def _measure() -> None:
    reader = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False)
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))


def _lines_to(path: Path) -> ConsoleSpanExporter:
    path.parent.mkdir(parents=True, exist_ok=True)
    return ConsoleSpanExporter(
        out=path.open("a", encoding="utf-8"), formatter=lambda span: span.to_json(indent=None) + "\n"
    )


def write_logs(environment: Literal["local", "production"]) -> None:
    """Log to stderr: lines for people where somebody develops, JSON for machines where somebody operates."""
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")
    handler.setFormatter(plain if environment == "local" else _JsonLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("alembic.runtime").setLevel(logging.WARNING)


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        found = trace.get_current_span().get_span_context()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "trace": f"{found.trace_id:032x}" if found.is_valid else None,
            "error": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({key: value for key, value in line.items() if value}, ensure_ascii=False)


def meter() -> metrics.Meter:
    """Return the meter; instruments made before `start` count from `start` on."""
    return metrics.get_meter(_SCOPE)


_DURATION = prometheus_client.Histogram(
    "roundel_operation_duration_seconds",
    "Requests, rpcs, events and statements by what was done.",
    ["kind", "operation", "outcome"],
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10),
)


@lru_cache(maxsize=4096)
def _duration(kind: str, name: str, failed: bool) -> prometheus_client.Histogram:
    """Finding a label's figure costs more than counting."""
    return _DURATION.labels(kind, name, "error" if failed else "ok")


class _Step:
    """One step of the present trace, measured; in a trace that is not recorded it makes no span."""

    __slots__ = ("_attributes", "_began", "_current", "_kind", "_name")

    def __init__(self, name: str, kind: SpanKind, attributes: Mapping[str, AttributeValue] | None) -> None:
        self._name = name
        self._kind = kind
        self._attributes = attributes
        self._current: AbstractContextManager[Span] | None = None

    def __enter__(self) -> Span:
        self._began = time.perf_counter()
        parent = trace.get_current_span()
        known = parent.get_span_context()
        if _tracing.provider is None or (known.is_valid and not known.trace_flags.sampled):
            return parent
        tracer = _tracing.tracer
        self._current = tracer.start_as_current_span(self._name, kind=self._kind, attributes=self._attributes)
        return self._current.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: Any) -> None:
        try:
            if self._current is not None:
                self._current.__exit__(kind, error, where)
        finally:
            _took(self._began, self._kind.name.lower(), self._name, failed=kind is not None)


def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, attributes: Mapping[str, AttributeValue] | None = None
) -> AbstractContextManager[Span]:
    """Record what happens inside as one step of the present trace, and measure how long it took."""
    return _Step(name, kind, attributes)


def _took(began: float, kind: str, name: str, *, failed: bool) -> None:
    _duration(kind, name, failed).observe(time.perf_counter() - began)


def begin(name: str, kind: SpanKind, headers: Mapping[str, str]) -> Span:
    """Begin a step of the trace that these headers name; whoever begins it also ends it."""
    return _tracing.tracer.start_span(name, _propagator.extract(headers), kind)


def inject(span: Span | None = None) -> dict[str, str]:
    """Return the headers that continue the present trace, or this span's; empty when there is none."""
    headers: dict[str, str] = {}
    _propagator.inject(headers, trace.set_span_in_context(span) if span else None)
    return headers


@contextmanager
def extracted(headers: Mapping[str, str]) -> Iterator[None]:
    """Continue inside the trace that these headers name."""
    if "traceparent" not in headers:
        yield
        return
    token = context.attach(_arrived(headers))
    try:
        yield
    finally:
        context.detach(token)


def _arrived(headers: Mapping[str, str]) -> context.Context:
    """Read the usual form at a tenth of the propagator's price; it reads every other."""
    usual = None if "tracestate" in headers else _USUAL.fullmatch(headers["traceparent"])
    trace_id, span_id, flags = (int(part, 16) for part in usual.groups()) if usual else (0, 0, 0)
    if not (trace_id and span_id):
        return _propagator.extract(headers)
    known = trace.SpanContext(trace_id, span_id, is_remote=True, trace_flags=trace.TraceFlags(flags))
    return trace.set_span_in_context(trace.NonRecordingSpan(known), context.Context())


class statement:
    """Measure one statement, with a span inside a recorded trace; never its parameters."""

    __slots__ = ("_began", "_span", "_sql")

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def __enter__(self) -> None:
        self._span = _statement_span(self._sql)
        self._began = time.perf_counter()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: Any) -> None:
        _took(self._began, "client", _summary(self._sql), failed=kind is not None)
        if self._span:
            self._span.set_status(StatusCode.ERROR if kind else StatusCode.UNSET)
            self._span.end()


def _statement_span(sql: str) -> Span | None:
    if _tracing.provider is None or not trace.get_current_span().is_recording():
        return None
    attributes = {"db.system.name": "postgresql", "db.query.text": sql}
    return _tracing.tracer.start_span(_summary(sql), kind=SpanKind.CLIENT, attributes=attributes)


def trace_sql(engine: Engine) -> None:
    """Measure each statement of an engine as `statement` does."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(
        connection: Connection, cursor: Any, statement: str, parameters: Any, execution: Any, many: bool
    ) -> None:
        connection.info[_BEGAN] = time.perf_counter()
        connection.info[_SCOPE] = _statement_span(statement)

    @event.listens_for(engine, "after_cursor_execute")
    def end(
        connection: Connection, cursor: Any, statement: str, parameters: Any, execution: Any, many: bool
    ) -> None:
        _took(connection.info.pop(_BEGAN), "client", _summary(statement), failed=False)
        if found := connection.info.pop(_SCOPE, None):
            found.end()

    @event.listens_for(engine, "handle_error")
    def fail(failure: ExceptionContext) -> None:
        found = failure.connection and failure.connection.info.pop(_SCOPE, None)
        if found:
            found.set_status(Status(StatusCode.ERROR, type(failure.original_exception).__name__))
            found.end()


@lru_cache(maxsize=1024)
def _summary(statement: str) -> str:
    operation = statement.split(maxsplit=1)[0].upper()
    table = _TABLE.search(statement)
    return f"{operation} {table[1]}" if table else operation
