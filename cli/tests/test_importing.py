"""Imports: every correction is counted, every refusal keeps its row and its reason."""

import csv
from pathlib import Path

import pytest

from roundel_cli.importing.cleaning import Dirt, RowError, row_input
from roundel_cli.importing.mapping import MappingError, Step, load, shipped
from roundel_cli.importing.report import write_refused
from roundel_cli.importing.run import Refusal, StepReport

FIELDS = {
    "name": {"column": "account"},
    "profile.industry": {"column": "sector", "replace": {"technolgy": "technology"}},
    "profile.revenue": {"column": "revenue", "type": "money", "currency": "USD", "times": 1000000},
    "profile.parentId": {"column": "parent", "lookup": "customers", "report_empty": "without a parent"},
}
STEP = Step.model_validate({"name": "s", "file": "f.csv", "mutation": "importCustomers", "fields": FIELDS})
ROW = {"account": " Acme ", "sector": "technolgy", "revenue": "1100.04", "parent": ""}


def test_a_row_becomes_nested_input_and_its_dirt_is_counted() -> None:
    dirt = Dirt()
    made = row_input(STEP, ROW, {"customers": {}}, dirt)

    assert made == {
        "name": "Acme",
        "profile": {"industry": "technology", "revenue": {"amount": "1100040000.00", "currency": "USD"}},
    }
    assert dirt.replaced == {("profile.industry", "technolgy", "technology"): 1}
    assert dirt.empty == {("profile.parentId", "without a parent"): 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"revenue": "much"}, "profile.revenue: 'much' is no money"),
        ({"parent": "Nobody"}, "profile.parentId: 'Nobody' is not among the customers"),
    ],
)
def test_a_row_that_cannot_be_sent_says_why(change: dict[str, str], reason: str) -> None:
    with pytest.raises(RowError) as refused:
        row_input(STEP, {**ROW, **change}, {"customers": {}}, Dirt())
    assert str(refused.value) == reason


def test_refused_rows_are_written_as_they_came_with_their_reason(tmp_path: Path) -> None:
    report = StepReport(
        name="s", file="f.csv", refused=[Refusal(ROW, "CONFLICT", "Acme is registered already")]
    )

    [path] = write_refused(tmp_path, [report])

    with path.open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert row == {**ROW, "error_code": "CONFLICT", "error_message": "Acme is registered already"}


def test_a_lookup_of_a_later_step_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("steps: [{name: a, file: f, mutation: importA, fields: {x: {column: c, lookup: b}}}]")

    with pytest.raises(MappingError, match=r"a\.x looks up b, which is no earlier step"):
        load(path)


def test_the_shipped_mappings_can_be_read() -> None:
    assert [step.name for step in load(shipped(Path("maven_crm"))).steps][-1] == "opportunities"
