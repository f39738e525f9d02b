"""Exports in the graph: per list one mutation that answers a link."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

import strawberry

from chassis.database import now
from chassis.errors import Invalid
from chassis.exporting import exports as links
from chassis.exporting.exports import Exportable
from chassis.exporting.naming import camel
from chassis.graphql.context import BaseContext
from chassis.graphql.filters import condition
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.graphql.values import Condition
from chassis.listing import Listing
from chassis.searching.keeping import searched

Info = strawberry.Info[BaseContext, None]


@strawberry.enum(description="What an export is written as.")
class ExportFormat(Enum):
    CSV = strawberry.enum_value("csv", description="CSV in UTF-8 with its mark, as spreadsheets expect.")
    XLSX = strawberry.enum_value("xlsx", description="A spreadsheet.")
    JSONL = strawberry.enum_value("jsonl", description="One JSON object per line.")


@strawberry.federation.type(shareable=True, description="Where an export can be fetched.")
class ExportLink:
    path: str = strawberry.field(
        description="Below the gateway's address, for GET; who has it needs no token, so keep it."
    )
    expires_at: datetime = strawberry.field(description="Until when fetching can begin.")


class Export(NamedTuple):
    """A list that is exported and the mutation for it."""

    exportable: Exportable
    mutations: type


def exports(service: str, plural: str, listing: Listing, *, filter: Any = None, order: Any = None) -> Export:
    """Return the mutation by which a list is exported; filter and order are the inputs of the list.

    `service` is its name at the gateway, `plural` what the graph calls the rows, e.g. Leads.
    """
    exportable = Exportable(listing)
    small = f"{plural[0].lower()}{plural[1:]}"
    input_type = _input(plural, listing, filter, order)

    async def export(info: Info, input: Any) -> ExportLink:
        chosen = getattr(input, "sort", None)
        sorting = ((chosen.by.value, chosen.direction.value),) if chosen else ()
        by_name = {camel(name): name for name in exportable.columns}

        async def work(session: Any) -> list[str]:
            secret, expires_at = await links.make_link(
                session,
                exportable,
                format=input.format.value,
                columns=_columns(input.columns, by_name),
                condition=condition(getattr(input, "filter", None), input.where, listing, "input"),
                order=sorting,
                search=getattr(input, "search", None),
                at=now(),
            )
            return [f"/exports/{service}/{secret}", expires_at.isoformat()]

        path, expires_at = await info.context.change(input, work)
        return ExportLink(path=path, expires_at=datetime.fromisoformat(expires_at))

    export.__annotations__["input"] = input_type
    field = strawberry.mutation(
        resolver=export,
        name=f"export{plural}",
        description=f"Make a link to fetch {small} by, all that the list would show.",
        extensions=[Granted(exportable.listing.noun, "export")],
    )
    return Export(exportable, strawberry.type(type(f"{plural}Export", (), {f"export_{plural}": field})))


def _input(plural: str, listing: Listing, filter: Any, order: Any) -> Any:
    fields: dict[str, tuple[Any, Any, str]] = {
        "format": (ExportFormat, ExportFormat.CSV, "What the file is written as."),
        "columns": (
            list[str] | None,
            None,
            "Which columns, by the names that the file shows; all if left out.",
        ),
    }
    fields["where"] = (Condition | None, None, "A condition over any of the list's fields, as in the list.")
    if searched(listing.table):
        fields["search"] = (str | None, None, "Words that must all be found, as in the list.")
    if filter is not None:
        fields["filter"] = (filter | None, None, "Which rows, as in the list.")
    if order is not None:
        fields["sort"] = (order | None, None, "In which order, as in the list.")
    body = {
        name: strawberry.field(default=default, description=description)
        for name, (_, default, description) in fields.items()
    }
    annotations = {name: annotation for name, (annotation, _, _) in fields.items()}
    made = type(f"Export{plural}Input", (Input,), {**body, "__annotations__": annotations})
    return strawberry.input(made, description="Which rows to export, and how.")


def _columns(given: list[str] | None, by_name: Mapping[str, str]) -> list[str] | None:
    for place, name in enumerate(given or ()):
        if name not in by_name:
            raise Invalid(
                f"There is no column {name!r}; there are {', '.join(by_name)}",
                path=("input", "columns", place),
            )
    return None if given is None else [by_name[name] for name in given]
