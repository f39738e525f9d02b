"""Traces: what is recorded, what never is, and what it costs when nobody asked."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import telemetry
from chassis.database import Database
from chassis.testing import settings

REMOTE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
Spans = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def spans(tmp_path: Path) -> Iterator[Spans]:
    """The spans of a process that writes them to a file."""
    file = tmp_path / "traces" / "spans.jsonl"
    telemetry.start("alpha", settings(trace_file=file, trace_sampling=1))
    yield lambda: [json.loads(line) for line in file.read_text().splitlines()]
    telemetry.shutdown()


def test_a_trace_begun_elsewhere_goes_on_here_and_from_here(spans: Spans) -> None:
    with telemetry.extracted(REMOTE), telemetry.span("step", attributes={"n": 1}):
        onward = telemetry.inject()["traceparent"]
    (step,) = spans()
    assert step["context"]["trace_id"] == "0x0af7651916cd43dd8448eb211c80319c"
    assert step["parent_id"] == "0xb7ad6b7169203331"
    assert step["resource"]["attributes"]["service.name"] == "alpha"
    assert onward.split("-")[1:3] == [REMOTE["traceparent"].split("-")[1], step["context"]["span_id"][2:]]


def test_a_process_that_records_nothing_still_hands_the_trace_on() -> None:
    with telemetry.extracted(REMOTE), telemetry.span("step"):
        assert telemetry.inject() == REMOTE
    assert telemetry.inject() == {}


def test_nothing_is_recorded_of_a_trace_that_its_origin_did_not_choose(spans: Spans) -> None:
    with telemetry.extracted({"traceparent": REMOTE["traceparent"][:-2] + "00"}), telemetry.span("step"):
        pass
    assert spans() == []


async def test_statements_are_spans_without_their_values(spans: Spans, alpha_database: Database) -> None:
    await alpha_database.read(text("SELECT 1"))  # outside of any trace
    with telemetry.span("request"):
        await alpha_database.read(text("SELECT datname FROM pg_database WHERE datname = :x"), {"x": "secret"})
        with pytest.raises(DBAPIError):
            await alpha_database.read(text("SELECT nothing FROM pg_class"))
        tables = ["pg_database", "pg_class"]
        await asyncio.gather(*(alpha_database.read(text(f"SELECT 1 FROM {name} LIMIT 1")) for name in tables))
    *statements, request = spans()
    names = ["SELECT pg_database", "SELECT pg_class", "SELECT pg_class", "SELECT pg_database"]
    assert sorted(span["name"] for span in statements) == sorted(names)
    assert {span["parent_id"] for span in statements} == {request["context"]["span_id"]}
    assert statements[1]["status"] == {"status_code": "ERROR", "description": "ProgrammingError"}
    assert "secret" not in json.dumps(statements)


def test_an_instrument_made_before_the_start_is_measured(spans: Spans) -> None:
    telemetry.meter().create_counter("roundel_tests").add(3)
    assert b"roundel_tests_total 3.0" in generate_latest()


def test_a_log_line_for_machines_names_its_trace(spans: Spans) -> None:
    record = logging.LogRecord("chassis", logging.INFO, "", 0, "Note %s", ("张",), None)
    with telemetry.extracted(REMOTE):
        line = json.loads(telemetry._JsonLine().format(record))
    assert (line["level"], line["message"]) == ("INFO", "Note 张")
    assert line["trace"] == "0af7651916cd43dd8448eb211c80319c"
