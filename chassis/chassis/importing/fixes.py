"""Fixes in the graph: per list one mutation that answers an import."""

from typing import Any

import strawberry

from chassis.graphql.context import BaseContext
from chassis.graphql.filters import condition
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.graphql.values import Condition
from chassis.importing import fixing
from chassis.importing.fixing import Fix
from chassis.importing.graphql import payload_of
from chassis.importing.importable import Importable
from chassis.importing.shapes import CleaningRuleInput, FileImportPayload, uses_of
from chassis.listing import Listing

Info = strawberry.Info[BaseContext, None]


def fixes(service: str, importable: Importable, listing: Listing, *, filter: Any) -> type:
    """Return the mutation by which a field of many records is fixed; `filter` is the input of the list."""
    plural = importable.plural.title()
    input_type = _input(plural, filter)

    async def fix(info: Info, input: Any) -> FileImportPayload:
        asked = Fix(input.field, input.value, uses_of(input.rules), input.only_empty)
        chosen = condition(input.filter, input.where, listing, "input")

        async def work(session: Any) -> str:
            job = await fixing.start(
                *(session, info.context.database, importable, listing, asked),
                condition=chosen,
                dry_run=input.dry_run,
            )
            return str(job.id)

        return await payload_of(info, service, importable, await info.context.change(input, work))

    fix.__annotations__["input"] = input_type
    field = strawberry.mutation(
        resolver=fix,
        name=f"fix{plural}",
        description=f"Fill one field of many {importable.plural}, or clean it by its rules, as an import.",
        extensions=[Granted(importable.noun, "import")],
    )
    return strawberry.type(type(f"{plural}Fix", (), {f"fix_{importable.plural}": field}))


def _input(plural: str, filter: Any) -> Any:
    fields: dict[str, tuple[Any, Any, str]] = {
        "field": (str, strawberry.UNSET, "Which field, as imports call it, for example region."),
        "value": (str | None, None, "What each record gets; left out, what it has is cleaned."),
        "rules": (
            list[CleaningRuleInput] | None,
            None,
            "By which cleaning rules; by those of the field if left out.",
        ),
        "only_empty": (bool, False, "Only records that have nothing there."),
        "dry_run": (bool, False, "Only tell what would become of each record."),
        "filter": (filter | None, None, "Which records, as in the list."),
        "where": (Condition | None, None, "A condition over any of the list's fields, as in the list."),
    }
    body = {
        name: strawberry.field(description=text)
        if default is strawberry.UNSET
        else strawberry.field(default=default, description=text)
        for name, (_, default, text) in fields.items()
    }
    annotations = {name: annotation for name, (annotation, _, _) in fields.items()}
    made = type(f"Fix{plural}Input", (Input,), {**body, "__annotations__": annotations})
    return strawberry.input(made, description="A field of many records to fix.")
