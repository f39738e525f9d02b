"""Rows written as CSV, spreadsheet or JSON lines, in bounded memory."""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson
import xlsxwriter

from chassis.graphql.values import fixed

Rows = AsyncIterator[Sequence[Sequence[Any]]]  # batches

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl; charset=utf-8",
}
BLOCK = 1 << 18
SHEET_ROWS = 1_000_000  # a sheet holds 1 048 576
RUNS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes what begins so for a formula


def guarded(text: str) -> str:
    """Return the text as a spreadsheet shows it and never runs it; imports take the apostrophe away."""
    return f"'{text}" if text.startswith(RUNS) else text


async def write(
    format: str, headers: Sequence[str], rows: Rows, *, encoding: str = "utf-8-sig", delimiter: str = ","
) -> AsyncIterator[bytes]:
    """Yield the bytes of a file; encoding and delimiter are those of CSV."""
    if format == "csv":
        parts = _csv(headers, rows, encoding, delimiter)
    else:
        parts = _xlsx(headers, rows) if format == "xlsx" else _json_lines(headers, rows)
    async for part in parts:
        yield part


async def _csv(headers: Sequence[str], rows: Rows, encoding: str, delimiter: str) -> AsyncIterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([guarded(header) for header in headers])
    yield text.getvalue().encode(encoding, "replace")
    following = "utf-8" if encoding == "utf-8-sig" else encoding.replace("utf-16", "utf-16-le")
    async for batch in rows:
        text.seek(0)
        text.truncate()
        writer.writerows([[_plain(value) for value in row] for row in batch])
        yield text.getvalue().encode(following, "replace")


async def _json_lines(headers: Sequence[str], rows: Rows) -> AsyncIterator[bytes]:
    async for batch in rows:
        lines = (
            orjson.dumps(
                dict(zip(headers, row, strict=True)), default=_as_json, option=orjson.OPT_APPEND_NEWLINE
            )
            for row in batch
        )
        yield b"".join(lines)


async def _xlsx(headers: Sequence[str], rows: Rows) -> AsyncIterator[bytes]:
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "remove_timezone": True,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet, line = None, SHEET_ROWS
        async for batch in rows:
            for row in batch:
                if sheet is None or line >= SHEET_ROWS:
                    sheet, line = book.add_worksheet(), 0
                    sheet.write_row(0, 0, headers)
                line += 1
                for place, value in enumerate(row):
                    _write_cell(sheet, line, place, value, moment)
        if sheet is None:
            book.add_worksheet().write_row(0, 0, headers)
        book.close()
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def _write_cell(sheet: Any, line: int, place: int, value: Any, moment: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(line, place, value, moment)
    elif isinstance(value, date):
        sheet.write_datetime(line, place, value)
    elif isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, _text(value))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    return guarded(value) if isinstance(value, str) else _text(value, guard=True)


def _text(value: Any, *, guard: bool = False) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return fixed(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | dict):
        listed = isinstance(value, list) and all(isinstance(item, str) for item in value)
        text = "; ".join(value) if listed else orjson.dumps(value, default=_as_json).decode()
        return guarded(text) if guard else text
    return str(value)


def _as_json(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return fixed(value) if isinstance(value, Decimal) else str(value)
