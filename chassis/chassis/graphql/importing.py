"""Many records at once: every row answers for itself, a refused one leaves the others alone."""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Any, Protocol, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import DomainError, LimitExceeded
from chassis.graphql.context import BaseContext

MOST_ROWS = 200

Row = TypeVar("Row")


@strawberry.enum(description="What became of a row.")
class ImportOutcome(Enum):
    CREATED = "created"
    UPDATED = "updated"
    SKIPPED = "skipped"
    REFUSED = "refused"


Result = tuple[ImportOutcome, UUID] | DomainError


@strawberry.enum(description="What to do with a record that is known already.")
class DuplicatePolicy(Enum):
    SKIP = "skip"
    UPDATE = "update"


@strawberry.federation.type(shareable=True, description="What became of one row.")
class ImportedRow:
    index: int = strawberry.field(description="Place of the row in the request, from 0.")
    outcome: ImportOutcome = strawberry.field(description="What became of it.")
    id: UUID | None = strawberry.field(description="The record it stands for now.")
    code: str | None = strawberry.field(description="Why it was refused: error code.")
    message: str | None = strawberry.field(description="Why it was refused, in a sentence.")


@strawberry.federation.type(shareable=True, description="One answer per row.")
class ImportPayload:
    rows: list[ImportedRow] = strawberry.field(description="In the order of the request.")


class Import(Protocol):
    """An import mutation's input."""

    dry_run: bool
    idempotency_key: str | None


class _DryRun(Exception):
    def __init__(self, result: list[dict[str, Any]]) -> None:
        super().__init__()
        self.result = result


async def import_rows(
    context: BaseContext,
    input: Import,
    rows: Sequence[Row],
    work: Callable[[AsyncSession, Row], Awaitable[tuple[ImportOutcome, UUID]]],
) -> ImportPayload:
    """Do `work` for each row and tell what became of it; with `dry_run` nothing stays.

    Raises LimitExceeded above 200 rows.
    """

    async def each(session: AsyncSession) -> list[Result]:
        return [await import_row(session, row, work) for row in rows]

    return await import_together(context, input, len(rows), each)


async def import_together(
    context: BaseContext,
    input: Import,
    count: int,
    work: Callable[[AsyncSession], Awaitable[Sequence[Result]]],
) -> ImportPayload:
    """Do `work` for all rows at once, where a savepoint for each is too slow; else as `import_rows`.

    `work` returns a result for each row and leaves out those it refuses.
    """
    if count > MOST_ROWS:
        raise LimitExceeded(f"An import takes at most {MOST_ROWS} rows at a time", path=("input", "rows"))

    async def every_row(session: AsyncSession) -> list[dict[str, Any]]:
        results = await work(session)
        answers = [_answer(index, result) for index, result in enumerate(results)]
        if input.dry_run:
            raise _DryRun(answers)  # leaves the transaction without a commit
        return answers

    try:
        answers = await context.change(input, every_row)
    except _DryRun as dry:
        answers = dry.result
    return ImportPayload(rows=[_shown(row) for row in answers])


async def import_row(
    session: AsyncSession,
    row: Row,
    work: Callable[[AsyncSession, Row], Awaitable[tuple[ImportOutcome, UUID]]],
) -> Result:
    """Do `work` for one row in a savepoint of its own, and return why when it refuses the row."""
    try:
        async with session.begin_nested():
            return await work(session, row)
    except DomainError as error:
        return error


def _answer(index: int, result: Result) -> dict[str, Any]:
    if isinstance(result, DomainError):
        refused = ImportOutcome.REFUSED.value
        return {"index": index, "outcome": refused, "code": result.code, "message": result.message}
    outcome, id = result
    return {"index": index, "outcome": outcome.value, "id": str(id)}


def _shown(row: dict[str, Any]) -> ImportedRow:
    return ImportedRow(
        index=row["index"],
        outcome=ImportOutcome(row["outcome"]),
        id=UUID(row["id"]) if "id" in row else None,
        code=row.get("code"),
        message=row.get("message"),
    )
