"""What an import tells at its end: a table, what was cleaned, and a file of refused rows per step."""

import csv
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from roundel_cli.importing.run import StepReport

OUTCOMES = ("created", "updated", "skipped")


def show(console: Console, reports: Sequence[StepReport], *, dry_run: bool) -> None:
    """Print what became of the rows of every step."""
    table = Table(title="Dry run: nothing was written" if dry_run else "Import")
    for heading in ("step", "file", "rows", *OUTCOMES, "refused"):
        table.add_column(heading, justify="left" if heading in ("step", "file") else "right")
    for report in reports:
        counts = [str(report.outcomes.get(outcome, 0)) for outcome in OUTCOMES]
        table.add_row(report.name, report.file, str(report.rows), *counts, str(len(report.refused)))
    console.print(table)
    for report in reports:
        for (field, dirty, clean), times in report.dirt.replaced.most_common():
            console.print(f"{report.name}: {field} {dirty!r} read as {clean!r} in {times} rows", markup=False)
        for (field, what), times in report.dirt.empty.most_common():
            console.print(f"{report.name}: {times} rows {what} ({field} left empty)", markup=False)


def write_refused(folder: Path, reports: Sequence[StepReport]) -> list[Path]:
    """Write the refused rows of every step with their reasons, in the columns they came in."""
    written = []
    for report in reports:
        path = folder / f"{report.name}.refused.csv"
        path.unlink(missing_ok=True)
        if not report.refused:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            columns = [*report.refused[0].row, "error_code", "error_message"]
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            for refused in report.refused:
                writer.writerow({**refused.row, "error_code": refused.code, "error_message": refused.message})
        written.append(path)
    return written
