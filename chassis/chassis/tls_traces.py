"""Spans to a collector over TLS, with the certificates of now; imported only where spans are exported."""

import logging
import os
import ssl
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

log = logging.getLogger(__name__)


class RenewingExporter(SpanExporter):
    """Exports as OpenTelemetry's variables say, and connects anew when one of the files they name changes."""

    def __init__(self) -> None:
        self._edition = _edition()
        self._exporter = OTLPSpanExporter()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the spans."""
        self._renew()
        return self._exporter.export(spans)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Say that nothing waits here."""
        return self._exporter.force_flush(timeout_millis)

    def shutdown(self) -> None:
        """Hang up."""
        self._exporter.shutdown()

    def _renew(self) -> None:
        try:
            if (found := _edition()) != self._edition:
                self._edition = found
                _check()
                former, self._exporter = self._exporter, OTLPSpanExporter()
                former.shutdown()
                log.info("The certificates towards the collector of traces were renewed")
        except OSError as error:  # which an SSLError is, too
            log.warning("The former certificates towards the collector of traces stay in use: %s", error)


def _file(name: str) -> str | None:
    """The more specific variable counts, as for the exporter."""
    prefix = "OTEL_EXPORTER_OTLP_"
    return os.environ.get(f"{prefix}TRACES_{name}") or os.environ.get(f"{prefix}{name}")


def _edition() -> Sequence[tuple[int, int, int]]:
    files = filter(None, map(_file, ("CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY")))
    return [(found.st_mtime_ns, found.st_ino, found.st_size) for found in map(os.stat, files)]


def _check() -> None:
    """Raise OSError when the files do not fit together, because one is written and another not yet."""
    context = ssl.create_default_context(cafile=_file("CERTIFICATE"))
    if certificate := _file("CLIENT_CERTIFICATE"):
        context.load_cert_chain(certificate, _file("CLIENT_KEY"))
