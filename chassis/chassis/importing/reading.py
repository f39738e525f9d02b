"""Files as people have them, read into rows of texts: CSV in three encodings, and spreadsheets."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook

from chassis.errors import Invalid, LimitExceeded

MOST_ROWS = 1_000_000
MOST_COLUMNS = 500
LONGEST_CELL = 32_767  # as in spreadsheets
MOST_INFLATED = 2_000_000_000
LARGEST_RATIO = 200  # of what a spreadsheet inflates to; texts come to 10 or 20
DELIMITERS = ",;\t|"
BLOCK = 1 << 20

Cell = str | int | float
Row = list[Cell]


@dataclass(frozen=True)
class Table:
    """A file's header and its rows, read as they are taken."""

    format: str
    encoding: str | None
    delimiter: str | None
    headers: list[str]
    rows: Iterator[Row]


def read(file: IO[bytes], sheet: str | None = None) -> Table:
    """Open a CSV file or a spreadsheet, whichever it is.

    Raises Invalid for what is neither and LimitExceeded for what is too large; so does taking the rows.
    """
    start = file.read(8)
    file.seek(0)
    if start.startswith(b"PK"):
        return _table("xlsx", None, None, _spreadsheet(file, sheet))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid("This is a spreadsheet of before 2007, or one with a password; save it as .xlsx")
    encoding = _encoding(file)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    delimiter = _delimiter(text)
    csv.field_size_limit(LONGEST_CELL)
    return _table("csv", encoding, delimiter, _lines(csv.reader(text, delimiter=delimiter)))


def _table(format: str, encoding: str | None, delimiter: str | None, rows: Iterator[Row]) -> Table:
    headers = _headers(next(rows, None))
    return Table(format, encoding, delimiter, headers, _limited(rows, len(headers)))


def _headers(row: Row | None) -> list[str]:
    if row is None:
        raise Invalid("The file is empty; its first row names the columns")
    if len(row) > MOST_COLUMNS:
        raise LimitExceeded(f"The file has {len(row)} columns; an import takes at most {MOST_COLUMNS}")
    found: list[str] = []
    for number, cell in enumerate(row, 1):
        name = " ".join(str(cell).split())[:200] or f"Column {number}"
        while name in found:
            name += " (2)"
        found.append(name)
    return found


def _limited(rows: Iterator[Row], width: int) -> Iterator[Row]:
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS + 1:
            raise LimitExceeded(f"A file has at most {MOST_ROWS} rows; split it")
        if len(row) > width and any(cell != "" for cell in row[width:]):
            raise Invalid(f"Row {number} has more cells than the header; is a separator inside a text?")
        for cell in row:
            if isinstance(cell, str) and len(cell) > LONGEST_CELL:
                raise LimitExceeded(
                    f"Row {number} has a cell of {len(cell)} signs; at most {LONGEST_CELL} fit"
                )
        yield [*row[:width], *[""] * (width - len(row))]


def _encoding(file: IO[bytes]) -> str:
    start = file.read(4)
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        if _decodes(file, encoding):
            return encoding
    raise Invalid(f"The file is no text in {' or '.join(candidates)}; save it as CSV UTF-8 or as .xlsx")


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := file.read(BLOCK):
            if "\x00" in decoder.decode(block):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def _delimiter(text: io.TextIOWrapper) -> str:
    line = text.readline(BLOCK)
    text.seek(0)
    quoted = False
    counts = dict.fromkeys(DELIMITERS, 0)
    for sign in line:
        quoted ^= sign == '"'
        if not quoted and sign in counts:
            counts[sign] += 1
    return max(DELIMITERS, key=lambda sign: counts[sign])


def _lines(reader: Iterable[list[str]]) -> Iterator[Row]:
    try:
        for row in reader:
            if any(row):
                yield [*row]
    except csv.Error as error:
        raise Invalid(f"The file is no CSV: {error}") from None


def _spreadsheet(file: IO[bytes], name: str | None) -> Iterator[Row]:
    _check_archive(file)
    try:
        book = CalamineWorkbook.from_filelike(file)
        names = book.sheet_names
        if name is not None and name not in names:
            raise Invalid(f"The file has no sheet {name!r}; it has {', '.join(names)}")
        sheet = book.get_sheet_by_name(name) if name else book.get_sheet_by_index(0)
    except (CalamineError, OSError, IndexError) as error:
        raise Invalid(f"The spreadsheet cannot be read: {error}") from None
    rows = ([_cell(value) for value in row] for row in sheet.iter_rows())
    return (row for row in rows if any(cell != "" for cell in row))


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return (
        value.isoformat()
        if isinstance(value, date | time)
        else value
        if isinstance(value, int)
        else str(value)
    )


def _check_archive(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        raise Invalid("The file is neither CSV nor a spreadsheet (.xlsx)") from None
    inflated, packed = (
        sum(entry.file_size for entry in entries),
        sum(entry.compress_size for entry in entries),
    )
    if inflated > MOST_INFLATED or inflated > LARGEST_RATIO * max(packed, 1):
        raise LimitExceeded(f"The spreadsheet would inflate to {inflated} bytes; save it as CSV")
    file.seek(0)
