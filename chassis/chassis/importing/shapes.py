"""What the graph shows of imports, the same in every service."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Self
from uuid import UUID

import strawberry

from chassis.cleaning.rules import RULES
from chassis.graphql.inputs import Input
from chassis.importing.importable import Field, Importable
from chassis.importing.mapping import Column, RuleUse, suggest
from chassis.importing.models import ImportFile, ImportJob, JobState
from chassis.importing.outcomes import CREATED, JOINED, REFUSED, SKIPPED, UPDATED
from chassis.importing.undoing import LEFT, REMOVED, RESTORED

strawberry.enum(JobState, name="ImportState", description="Where an import stands.")


@strawberry.enum(description="What a file's import does with a record that is there already.")
class ImportDuplicates(Enum):
    SKIP = strawberry.enum_value("skip", description="Leave it as it is.")
    UPDATE = strawberry.enum_value("update", description="Set what the row says; what it leaves empty stays.")
    CREATE = strawberry.enum_value("create", description="Make another one where no rule forbids it.")


@strawberry.federation.type(shareable=True, description="A named value of a cleaning rule.")
class RuleParameter:
    name: str = strawberry.field(description="Its name, e.g. order; for `replace` the spelling to replace.")
    value: str = strawberry.field(description="Its value, e.g. dmy; for `replace` what to put in its place.")


@strawberry.federation.type(shareable=True, description="A cleaning rule with its parameters.")
class CleaningRule:
    rule: str = strawberry.field(description="Name of the rule.")
    parameters: list[RuleParameter] = strawberry.field(description="Its parameters.")


@strawberry.federation.type(shareable=True, description="A cleaning rule that a mapping can use.")
class AvailableRule:
    name: str = strawberry.field(description="Its name.")
    description: str = strawberry.field(description="What it does.")
    parameters: list[str] = strawberry.field(description="What it can be given; `replace` takes any names.")


@strawberry.federation.type(shareable=True, description="A field that a column can be mapped to.")
class ImportField:
    name: str = strawberry.field(description="Its name, for mappings.")
    label: str = strawberry.field(description="What people call it.")
    kind: str = strawberry.field(
        description="text, integer, decimal, date, datetime, boolean, choice, list or id; or, of a field "
        "that the company added, its type."
    )
    required: bool = strawberry.field(description="No record is without it.")
    choices: list[str] = strawberry.field(description="The choices, if it has any.")
    rules: list[str] = strawberry.field(
        description="The rules it is cleaned by unless the mapping says others."
    )

    @classmethod
    def of(cls, field: Field) -> Self:
        """Return what the graph shows of a field."""
        own = field.definition
        choices = list(dict.fromkeys(str(getattr(c, "value", c)) for c in field.choices.values()))
        return cls(
            name=field.name,
            label=field.labels[0] if field.labels else field.name,
            kind=own.type if own else field.kind,
            required=field.required or bool(own and own.required),
            choices=choices,
            rules=list(field.rules),
        )


@strawberry.federation.type(shareable=True, description="A field and the column it comes from.")
class ImportColumn:
    field: str = strawberry.field(description="The field.")
    header: str | None = strawberry.field(description="The column's header in the file.")
    value: str | None = strawberry.field(description="The same text for every row, instead of a column.")
    rules: list[CleaningRule] | None = strawberry.field(description="Its rules; null means the field's own.")

    @classmethod
    def of(cls, column: Column) -> Self:
        """Return what the graph shows of a mapped column."""
        return cls(
            field=column.field,
            header=column.header,
            value=column.value,
            rules=None if column.rules is None else [_rule(use) for use in column.rules],
        )


@strawberry.federation.type(
    shareable=True, description="How a file can be imported, to be looked over first."
)
class ImportPlan:
    headers: list[str] = strawberry.field(description="The columns of the file.")
    rows: int = strawberry.field(description="How many rows it has.")
    remembered: bool = strawberry.field(
        description="The columns are those of the last import of such a file."
    )
    columns: list[ImportColumn] = strawberry.field(description="The suggested mapping.")
    fields: list[ImportField] = strawberry.field(description="All fields there are.")
    rules: list[AvailableRule] = strawberry.field(description="All cleaning rules there are.")


@strawberry.federation.type(shareable=True, description="How often a cleaning rule changed a field.")
class CleaningNote:
    field: str = strawberry.field(description="The field.")
    rule: str = strawberry.field(description="The rule.")
    count: int = strawberry.field(description="In how many rows.")
    examples: list[str] = strawberry.field(description="Some of them, as `before → after`.")


@strawberry.federation.type(shareable=True, description="Why rows were refused, or left when undoing.")
class ImportReason:
    message: str = strawberry.field(description="The reason.")
    count: int = strawberry.field(description="How many rows.")


@strawberry.federation.type(shareable=True, description="A row that an undo left.")
class LeftRow:
    id: UUID = strawberry.field(description="The record.")
    reason: str = strawberry.field(description="Why it stays.")


@strawberry.federation.type(shareable=True, description="One run of a file through a mapping.")
class FileImport:
    id: UUID = strawberry.field(description="Id of the import.")
    object: str = strawberry.field(description="What is imported, e.g. lead.")
    state: JobState = strawberry.field(description="Where it stands.")
    dry_run: bool = strawberry.field(description="It only tells what would become of the rows.")
    file_name: str = strawberry.field(description="Name of the file.")
    rows: int = strawberry.field(description="How many rows the file has.")
    done: int = strawberry.field(description="How many of them are done.")
    created: int = strawberry.field(description="Rows that made a record.")
    updated: int = strawberry.field(description="Rows that changed one.")
    skipped: int = strawberry.field(description="Rows whose record was there.")
    refused: int = strawberry.field(description="Rows that did not get in; `refusedPath` has them.")
    removed: int = strawberry.field(description="Undone: records removed.")
    restored: int = strawberry.field(description="Undone: records set back.")
    left: int = strawberry.field(description="Undone: records left, because they were touched since.")
    cleaned: list[CleaningNote] = strawberry.field(description="What cleaning changed.")
    reasons: list[ImportReason] = strawberry.field(description="Why rows were refused, the commonest first.")
    left_rows: list[LeftRow] = strawberry.field(description="What an undo left, at most 100 of them.")
    refused_path: str | None = strawberry.field(
        description="Where the refused rows are, below the gateway's address, for GET with the bearer token."
    )
    error: str | None = strawberry.field(description="Why the import as a whole failed.")
    created_at: datetime = strawberry.field(description="When it was started.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")


@strawberry.input(description="A named value of a cleaning rule.")
class RuleParameterInput:
    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@strawberry.input(description="A cleaning rule.")
class CleaningRuleInput:
    rule: str = strawberry.field(description="Name of the rule.")
    parameters: list[RuleParameterInput] = strawberry.field(
        default_factory=list, description="Its parameters."
    )


@strawberry.input(description="A field and where its value comes from: a header or a value.")
class ImportColumnInput:
    field: str = strawberry.field(description="The field.")
    header: str | None = strawberry.field(default=None, description="The column's header in the file.")
    value: str | None = strawberry.field(default=None, description="The same text for every row.")
    rules: list[CleaningRuleInput] | None = strawberry.field(
        default=None, description="Its cleaning rules, in order; left out, the field's own."
    )

    def column(self) -> Column:
        """Return the mapped column."""
        return Column(self.field, self.header, self.value, uses_of(self.rules))


def uses_of(rules: Sequence[CleaningRuleInput] | None) -> tuple[RuleUse, ...] | None:
    """Return the cleaning rules that an input names, None when it leaves them out."""
    if rules is None:
        return None
    return tuple(RuleUse(each.rule, {p.name: p.value for p in each.parameters}) for each in rules)


@strawberry.input(description="What to import, and how.")
class StartImportInput(Input):
    file_id: UUID = strawberry.field(description="The file, as POST to /imports/<service> answered.")
    columns: list[ImportColumnInput] | None = strawberry.field(
        default=None, description="The mapping; left out, the suggested one."
    )
    duplicates: ImportDuplicates = strawberry.field(
        default=ImportDuplicates.SKIP, description="What to do with records that are there already."
    )
    dry_run: bool = strawberry.field(default=False, description="Only tell what would become of each row.")


@strawberry.input(description="Which import.")
class FileImportInput(Input):
    id: UUID = strawberry.field(description="Id of the import.")


@strawberry.federation.type(shareable=True, description="The import as it is now.")
class FileImportPayload:
    file_import: FileImport = strawberry.field(name="import", description="The import.")


def _rule(use: RuleUse) -> CleaningRule:
    given = [RuleParameter(name=name, value=value) for name, value in use.parameters.items()]
    return CleaningRule(rule=use.name, parameters=given)


def plan_of(importable: Importable, file: ImportFile, kept: Sequence[Column]) -> ImportPlan:
    """Return how a file can be imported: as it was last, else by the names of its columns."""
    columns = kept or suggest(importable, file.headers)
    return ImportPlan(
        headers=file.headers,
        rows=file.rows,
        remembered=bool(kept),
        columns=[ImportColumn.of(column) for column in columns],
        fields=[ImportField.of(field) for field in importable.fields],
        rules=[
            AvailableRule(
                name=rule.name, description=rule.description, parameters=list(rule.parameters or ())
            )
            for rule in RULES.values()
        ],
    )


def shown(service: str, job: ImportJob, file: ImportFile) -> FileImport:
    """Return what the graph shows of an import."""
    counts, report = job.counts, job.report
    cleaned = [
        CleaningNote(
            field=key.split(" ")[0],
            rule=key.split(" ")[1],
            count=entry["count"],
            examples=[f"{before} → {after}" for before, after in entry["examples"]],
        )
        for key, entry in report.get("cleaned", {}).items()
    ]
    reasons = sorted(report.get("reasons", {}).items(), key=lambda reason: -reason[1])
    refused = counts.get(REFUSED, 0)
    return FileImport(
        id=job.id,
        object=job.object,
        state=job.state,
        dry_run=job.dry_run,
        file_name=file.name,
        rows=file.rows,
        done=sum(counts.get(kind, 0) for kind in (CREATED, UPDATED, SKIPPED, REFUSED, JOINED)),
        created=counts.get(CREATED, 0),
        updated=counts.get(UPDATED, 0),
        skipped=counts.get(SKIPPED, 0),
        refused=refused,
        removed=counts.get(REMOVED, 0),
        restored=counts.get(RESTORED, 0),
        left=counts.get(LEFT, 0),
        cleaned=cleaned,
        reasons=[ImportReason(message=message, count=count) for message, count in reasons],
        left_rows=[LeftRow(id=UUID(id), reason=why) for id, why in report.get("left", ())],
        refused_path=f"/imports/{service}/{job.id}/refused" if refused else None,
        error=job.error,
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
