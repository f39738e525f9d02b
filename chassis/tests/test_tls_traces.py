"""Certificates towards the collector of traces are renewed while the process runs."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.tls import Tls
from chassis.tls_traces import RenewingExporter
from deploy.local.certificates import Authority
from deploy.local.ports import free_port


class _Collector(TraceServiceServicer):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def Export(
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        spans = [
            span for each in request.resource_spans for scope in each.scope_spans for span in scope.spans
        ]
        self.heard.extend(span.name for span in spans)
        return ExportTraceServiceResponse()

    @contextmanager
    def listening(self, port: int, tls: Tls) -> Iterator[None]:
        """Serve callers of the same authority only."""
        server = grpc.server(ThreadPoolExecutor(1))
        add_TraceServiceServicer_to_server(self, server)  # type: ignore[no-untyped-call]
        pair = (tls.key.read_bytes(), tls.certificate.read_bytes())
        credentials = grpc.ssl_server_credentials([pair], tls.authority.read_bytes(), True)
        server.add_secure_port(f"127.0.0.1:{port}", credentials)
        server.start()
        try:
            yield
        finally:
            server.stop(None).wait()


@pytest.mark.feature("F110")
def test_the_exporter_of_traces_uses_renewed_certificates_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [Authority(tmp_path / name) for name in ("first", "second")]
    used, renewed = first.issue("caller"), second.issue("caller")
    port, collector, made = free_port(), _Collector(), InMemorySpanExporter()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"https://127.0.0.1:{port}")
    files = {"CERTIFICATE": used.authority, "CLIENT_CERTIFICATE": used.certificate, "CLIENT_KEY": used.key}
    for name, file in files.items():
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}", str(file))
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(made))
    exporter = RenewingExporter()

    def export(name: str) -> SpanExportResult:
        with provider.get_tracer("test").start_as_current_span(name):
            pass
        return exporter.export(made.get_finished_spans()[-1:])

    with collector.listening(port, first.issue("collector")):
        assert export("before") is SpanExportResult.SUCCESS
        shutil.copy(renewed.key, used.key)  # and not the certificate yet
        assert export("between") is SpanExportResult.SUCCESS
    shutil.copy(renewed.certificate, used.certificate)
    shutil.copy(renewed.authority, used.authority)
    with collector.listening(port, second.issue("collector")):
        assert export("after") is SpanExportResult.SUCCESS
    exporter.shutdown()

    assert collector.heard == ["before", "between", "after"]
