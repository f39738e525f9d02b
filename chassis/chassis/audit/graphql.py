"""The audit in the graph: `history` on every record, and a search over all of a service's entries."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from functools import cache
from inspect import isawaitable
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from chassis.access import Principal, masks, scope
from chassis.access.rights import EVERYTHING
from chassis.audit.models import AuditEntry
from chassis.conditions.tree import Group, Rule
from chassis.errors import Forbidden, Invalid
from chassis.fields import lists
from chassis.graphql.connections import Connection
from chassis.graphql.filters import Where, condition
from chassis.graphql.policy import Granted
from chassis.listing import Listing, Page, Query

Info = strawberry.Info[Any, None]
Find = Callable[[Any, UUID | None], Any]

_Field = Annotated[str | None, strawberry.argument(description="Only changes of it, e.g. ownerId.")]
_Since = Annotated[datetime | None, strawberry.argument(description="At this instant or after.")]
_Until = Annotated[datetime | None, strawberry.argument(description="Before this instant.")]
_BIG_LETTER = re.compile(r"(?<!^)(?=[A-Z])")

ENTRIES = Listing(
    noun="audit",
    table=AuditEntry.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in AuditEntry.__table__.c},
    default=(("at", "desc"),),
    owner="actor_id",
)
# not by what changed and why: the filter does that, and knows which fields are hidden from whom
_SEARCHABLE = replace(
    ENTRIES,
    fields={
        name: column
        for name, column in ENTRIES.fields.items()
        if name not in ("number", "fields", "changes", "detail", "reason")
    },
)


@strawberry.enum(description="What happened to a record.")
class ChangeAction(Enum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    READ = "read"
    EXPORTED = "exported"


@strawberry.federation.type(shareable=True, description="One field's change.")
class FieldChange:
    field: str = strawberry.field(
        description="Name of the field; `custom.key` for a custom one, `quoteLine.2` for a part."
    )
    before: JSON | None = strawberry.field(description="The value before.")
    after: JSON | None = strawberry.field(description="The value after.")


@strawberry.input(description="Which entries; everything given must hold.")
class AuditFilter:
    object: str | None = strawberry.field(default=None, description="Kind of record, e.g. lead.")
    record_id: UUID | None = strawberry.field(default=None, description="Which record.")
    actor_id: UUID | None = strawberry.field(default=None, description="Who did it, or on whose behalf.")
    field: str | None = strawberry.field(default=None, description="A field that changed, e.g. ownerId.")
    action: ChangeAction | None = strawberry.field(default=None, description="What happened.")
    since: datetime | None = strawberry.field(default=None, description="At this instant or after.")
    until: datetime | None = strawberry.field(default=None, description="Before this instant.")


class Trail:
    """What a service shows of its audit.

    `people` is the service's type of employees, `find` what answers one by an id, or None.
    """

    def __init__(self, service: str, people: Any, find: Find) -> None:
        self._service = service
        self._entry = _entry_type(people, find)
        self._nouns: dict[str, str] = {}

    def history(self, of: Listing | str) -> Any:
        """Return the field `history` of a type that shows a listing's rows, or those of a noun's table."""
        noun, object = (of.noun, of.table.name) if isinstance(of, Listing) else (of, of)
        self._nouns[object] = noun

        async def history(
            root: Any,
            info: Info,
            first: int | None = None,
            after: str | None = None,
            field: _Field = None,
            since: _Since = None,
            until: _Until = None,
        ) -> Any:
            principal = info.context.principal
            principal.require(noun, "read")
            self._refuse_hidden(principal, field, object)
            page = Page(first=first, after=after, condition=_condition(field, since, until))
            return await _history(info.context, object, root.id, page, self._node(principal))

        return strawberry.field(
            history, graphql_type=_connection(self._entry), description="What happened to it, latest first."
        )

    def queries(self) -> type:
        """Return the root field that searches all entries of the service."""

        async def search(
            root: Any,
            info: Info,
            filter: AuditFilter | None = None,
            where: Where = None,
            first: int | None = None,
            after: str | None = None,
        ) -> Any:
            principal, chosen = info.context.principal, filter or AuditFilter()
            self._refuse_hidden(principal, chosen.field, chosen.object)
            page = Page(first=first, after=after, condition=_search(chosen, where))
            return await info.context.page(ENTRIES, page, self._node(principal, addresses=True))

        field = strawberry.field(
            search,
            graphql_type=_connection(self._entry),
            extensions=[Granted("audit", "read")],
            description=f"Who changed, read or exported what in {self._service}, latest first.",
        )
        return strawberry.type(type("AuditQueries", (), {f"{self._service}_audit": field}))

    def _node(self, principal: Principal, *, addresses: bool = False) -> Any:
        return lambda row: self._entry.of(
            row, hidden(principal, self._noun(row.object)), row.address if addresses else None
        )

    def _noun(self, object: str) -> str:
        return self._nouns.get(object, object)

    def _refuse_hidden(self, principal: Principal, field: str | None, object: str | None) -> None:
        """Raise Forbidden when the answer would tell which records a hidden field changed in."""
        if field is None:
            return
        for name in [object] if object else self._nouns:
            if _is_hidden(_stored(field), hidden(principal, self._noun(name))):
                raise Forbidden(f"You may not see {field} of {name}", path=("field",), object=name)


def hidden(principal: Principal, noun: str) -> frozenset[str]:
    """Return the columns of an object that the principal may not see."""
    allowed = principal.on(noun, "read")
    listings = [each for each in scope.OF_TABLES.values() if each.noun == noun]
    if allowed is None or not listings:
        return frozenset()
    added = frozenset[str]().union(*(lists.kept_back(each.table, principal) for each in listings))
    return masks.columns(allowed.hidden, listings[0].parts) | added


@cache
def _connection(entry: Any) -> Any:
    generic: Any = Connection
    return generic[entry]


@cache
def _entry_type(people: Any, find: Find) -> Any:
    """Return ChangeEntry as a service shows it: the same everywhere but for who represents employees."""

    def employee(root: Any) -> Any:
        return root.actor_id if root.actor_kind == "employee" else None

    @strawberry.federation.type(
        name="ChangeEntry", shareable=True, description="What was done to a record by whom, when and why."
    )
    class ChangeEntry:
        id: UUID = strawberry.field(description="Id of the entry.")
        at: datetime = strawberry.field(description="When.")
        action: ChangeAction = strawberry.field(description="What happened.")
        object: str = strawberry.field(description="Kind of record, e.g. lead.")
        record_id: UUID | None = strawberry.field(description="Which record; null for an export.")
        version: int | None = strawberry.field(description="The record's version after it.")
        changes: list[FieldChange] = strawberry.field(
            description="The fields that changed, of those the reader may see."
        )
        detail: JSON | None = strawberry.field(description="What was read or exported.")
        actor_kind: str = strawberry.field(description="Who did it: employee, service or anonymous.")
        actor_name: str = strawberry.field(description="Name of who did it, at that time.")
        actor_id: UUID | None = strawberry.field(description="Id of the employee or service account.")
        channel: str = strawberry.field(description="Whence: graphql, rpc, event, timer or command.")
        address: str | None = strawberry.field(
            description="From which address it was asked; only in the audit's search, null in histories."
        )
        operation: str | None = strawberry.field(description="Name of the mutation, rpc, event or timer.")
        reason: str | None = strawberry.field(description="Why, as given with the change.")
        cause: str | None = strawberry.field(description="The rule, process or import that made it.")
        trace_id: str | None = strawberry.field(description="Under which operators find it in traces.")
        behalf_id: strawberry.Private[UUID | None]

        @classmethod
        def of(cls, row: Any, kept: frozenset[str], address: str | None) -> Any:
            """Return what the graph shows of an entry, without the fields kept from the reader."""
            seen = {name: pair for name, pair in row.changes.items() if not _is_hidden(name, kept)}
            untold = [value for name, pair in row.changes.items() if name not in seen for value in pair]
            shown = [
                FieldChange(field=_shown(name), before=_seen(pair[0], kept), after=_seen(pair[1], kept))
                for name, pair in sorted(seen.items())
            ]
            return cls(
                id=row.id,
                at=row.at,
                action=ChangeAction(row.action),
                object=row.object,
                record_id=row.record_id,
                version=row.record_version,
                changes=shown,
                detail=row.detail,
                actor_kind=row.actor_kind,
                actor_name=row.actor_name,
                actor_id=row.actor_id,
                channel=row.channel,
                address=address,
                operation=row.operation,
                reason=row.reason if row.reason not in untold else None,  # lost because, refused because
                cause=row.cause,
                trace_id=row.trace_id,
                behalf_id=row.on_behalf_of,
            )

        actor: Any = _person(people, find, employee, "The employee who did it; null for a service or nobody.")
        on_behalf_of: Any = _person(
            people, find, lambda root: root.behalf_id, "For whom a service did it when it handled an event."
        )

    return ChangeEntry


def _person(people: Any, find: Find, id_of: Any, description: str) -> StrawberryField:
    async def person(root: Any, info: Info) -> Any:
        found = find(info, id_of(root))
        return await found if isawaitable(found) else found

    return strawberry.field(person, graphql_type=people | None, description=description)


async def _history(context: Any, object: str, id: UUID, page: Page, node: Any) -> Any:
    """One statement for the histories of all records that are asked for together."""
    mine = Rule("object", "eq", object)
    chosen = Group("and", (mine, *(page.condition.rules if page.condition else ())))
    page = Page(page.first, page.after, condition=chosen)
    # who may read a record may read its history, whoever made it
    query = Query(ENTRIES, page, AuditEntry.record_id.expression, allowed=EVERYTHING)

    async def count() -> int:
        number: int = await context._read(("history count", *key), query.counting, id)
        return number

    key = (object, page.first, page.after, repr(chosen))
    cut = await context._read(("history", *key), query.slicing, id)
    return Connection[Any].of(cut, node, count)


def _condition(field: str | None, since: datetime | None, until: datetime | None) -> Group:
    rules = [Rule("fields", "contains", _stored(field))] if field is not None else []
    rules += [Rule("at", "gte", since)] if since else []
    rules += [Rule("at", "lt", until)] if until else []
    return Group("and", tuple(rules))


def _search(chosen: AuditFilter, where: Any) -> Group:
    rules: list[Rule | Group] = list(_condition(chosen.field, chosen.since, chosen.until).rules)
    if chosen.object is not None:
        rules.append(Rule("object", "eq", chosen.object))
    if chosen.record_id is not None:
        rules.append(Rule("record_id", "eq", chosen.record_id))
    if chosen.action is not None:
        rules.append(Rule("action", "eq", chosen.action.value))
    if chosen.actor_id is not None:
        either = tuple(Rule(name, "eq", chosen.actor_id) for name in ("actor_id", "on_behalf_of"))
        rules.append(Group("or", either))
    if written := condition(None, where, _SEARCHABLE):
        rules.append(written)
    return Group("and", tuple(rules))


def _is_hidden(name: str, kept: frozenset[str]) -> bool:
    return not kept.isdisjoint((name, name.partition(".")[0], name.partition(".")[2]))


def _seen(value: Any, kept: frozenset[str]) -> Any:
    """Return a value as the reader may see it: of a part, without its hidden fields."""
    return {key: each for key, each in value.items() if key not in kept} if isinstance(value, dict) else value


def _shown(name: str) -> str:
    head, dot, key = name.partition(".")
    return to_camel_case(head) + dot + key


def _stored(name: str) -> str:
    head, dot, key = name.partition(".")
    if not head:
        raise Invalid("Name the field, e.g. ownerId", path=("field",))
    return _BIG_LETTER.sub("_", head).lower() + dot + key
