"""Roll-ups: what the related records of a record amount to, found in the database when it is asked for.

Only records that the reader may read are counted, by fields that the reader may see.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    Table,
    Uuid,
    case,
    cast,
    distinct,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.sql import visitors

from chassis.access import Principal, current, masks, scope
from chassis.conditions import kinds, sql
from chassis.conditions.fields import Field, Fields, MoneyColumns, canonical, field
from chassis.conditions.tree import parse, rules, to_json
from chassis.errors import Invalid
from chassis.fields.comparing import PREFIX, catalogue, currency_of
from chassis.fields.definition import Definition, Json
from chassis.fields.types.base import KINDS
from chassis.fields.types.computed import RollUp

_PLACE = ("input", "settings")
_RESULTS = {kinds.NUMBER: "number", kinds.MONEY: "number", kinds.DATE: "date", kinds.DATETIME: "datetime"}
_FUNCTIONS: Mapping[str, Callable[[Any], ColumnElement[Any]]] = {
    "sum": lambda column: func.coalesce(func.sum(column), 0),
    "average": func.avg,
    "min": func.min,
    "max": func.max,
}
_TYPES: Mapping[str, Any] = {"number": Numeric(), "date": Date(), "datetime": DateTime(timezone=True)}

Definitions = Mapping[str, Definition]


@dataclass(frozen=True, slots=True)
class _Related:
    """The records that a roll-up looks at, and what may be named of them."""

    listing: scope.Owned
    known: Definition
    fields: Fields

    @property
    def table(self) -> Table:
        return self.listing.table

    @property
    def name(self) -> str:
        return canonical(self.fields, self.known.settings.get("field", ""))

    @property
    def used(self) -> set[str]:
        """The names of the fields on which the result depends."""
        where = self.known.settings.get("where")
        asked = {rule.field for rule in rules(parse(where, fields=self.fields))} if where else set()
        return {*asked, self.known.settings["by"], *([self.name] if self.name else [])}

    @property
    def measured(self) -> Field | None:
        return field(self.fields, self.name) if self.name else None

    @property
    def currency(self) -> Any:
        """What the currency is of the amounts that are rolled up; None for plain numbers."""
        if self.measured and isinstance(self.measured.expression, MoneyColumns):
            return self.measured.expression.currency
        return currency_of(self.table, self.name)


def related(table: Table, known: Definition) -> scope.Owned | None:
    """Return the kind of records that a roll-up of this table's rows looks at, if there is such."""
    of = table.metadata.tables.get(known.settings["object"])
    return scope.OF_TABLES.get(of) if of is not None and of is not table else None


def checked(known: Definition, table: Table, of_related: Definitions) -> Json:
    """Return the settings as they are kept; raise Invalid with the place of what cannot be rolled up."""
    listing = related(table, known)
    if listing is None:
        _refuse(
            f"This service has no other records {known.settings['object']!r} whose rights it knows; "
            "a roll-up looks at records of the same service",
            "object",
        )
    fields = catalogue(listing.table, of_related)
    by = canonical(listing.table.c.keys(), known.settings.get("by") or f"{table.name}_id")
    if by not in listing.table.c or not isinstance(listing.table.c[by].type, Uuid):
        _refuse(f"{listing.table.name} has no column {by!r} with the id of a {table.name}", "by")
    kept = {**known.settings, "by": by}
    if where := known.settings.get("where"):
        kept["where"] = to_json(parse(where, fields=fields, path=(*_PLACE, "where")))
    if known.settings["function"] != "count":
        kept["field"] = canonical(fields, known.settings["field"])
        _check_measured(known, field(fields, kept["field"]))
    return kept


def _check_measured(known: Definition, measured: Field | None) -> None:
    function, result = known.settings["function"], known.settings.get("result", "number")
    found = _RESULTS.get(measured.kind) if measured else None
    if found is None or (found != "number" and function not in ("min", "max")):
        _refuse(f"There is no {known.settings['field']!r} of which there is a {function}", "field")
    if found != result:
        _refuse(f"This {function} is a {found}, not a {result}", "result")


def _refuse(message: str, place: str) -> NoReturn:
    raise Invalid(message, path=(*_PLACE, place))


def visible(table: Table, known: Definition, of_related: Definitions, principal: Principal) -> bool:
    """Tell whether a reader may see all that the result depends on."""
    listing = related(table, known)
    allowed = principal.on(listing.noun, "read") if listing else None
    if listing is None or allowed is None:
        return False
    try:
        used = _Related(listing, known, catalogue(listing.table, of_related)).used
    except Invalid:  # a custom field that is gone, or kept from the reader
        return False
    own = {name.removeprefix(PREFIX) for name in used if name.startswith(PREFIX)}
    return own <= of_related.keys() and used.isdisjoint(masks.columns(allowed.hidden, listing.parts))


def expression(table: Table, known: Definition, of_related: Definitions) -> ColumnElement[Any]:
    """Return the result for the rows of a statement, over what the present caller may read."""
    listing = related(table, known)
    assert listing is not None, "visible says so"
    found = _Related(listing, known, catalogue(listing.table, of_related))
    chosen = [listing.table.c[known.settings["by"]] == table.c.id]
    if where := known.settings.get("where"):
        condition = parse(where, fields=found.fields)
        chosen.append(sql.where(condition, found.fields, scope.environment()))
    reach = current().require(listing.noun, "read").reach
    if reach:
        chosen.append(_bound(scope.where(listing, reach.shape), reach.parameters))
    return select(_aggregate(found)).where(*chosen).correlate(table).scalar_subquery()


def _aggregate(found: _Related) -> ColumnElement[Any]:
    function = found.known.settings["function"]
    if function == "count":
        return func.count()
    measured = found.measured
    assert measured is not None
    read = measured.expression
    amount = read.amount if isinstance(read, MoneyColumns) else read
    result = cast(_FUNCTIONS[function](amount), _TYPES[found.known.settings.get("result", "number")])
    # amounts in several currencies have no sum
    return result if found.currency is None else case((func.count(distinct(found.currency)) <= 1, result))


def _bound(clause: ColumnElement[bool], values: Mapping[str, Any]) -> ColumnElement[bool]:
    """Put the values in: the statement around may have other people under the same names."""

    def bind(element: Any, **_: Any) -> Any:
        if isinstance(element, BindParameter) and element.key in values:
            return literal(list(values[element.key]), ARRAY(PgUUID(as_uuid=True)))
        return None

    return visitors.replacement_traverse(clause, {}, bind)


def comparable(table: Table, known: Definition, of_related: Definitions) -> Field:
    """Return a roll-up as conditions on lists know it."""
    return Field(KINDS[RollUp().compared(known)], expression(table, known, of_related))


def written(value: Any) -> Json:
    """Return a result as custom values are shown."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return value if value is None or isinstance(value, int) else value.isoformat()
