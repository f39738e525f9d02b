"""Keys that records claim in the transaction that writes them; the database normalises them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, delete, inspect, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.database import Aggregate, now
from chassis.errors import Conflict, Invalid, LimitExceeded
from chassis.uniqueness.models import UniqueKey, UniquenessRule

MOST_RULES = 10
MOST_FIELDS = 5
EXAMPLES = 5

Rules = Mapping[str, tuple[str, ...]]

_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtext('uniqueness'), hashtext(:object))")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('uniqueness'), hashtext(:object))")
_HELD = text(
    "SELECT held.record_id FROM unique_key AS held JOIN unnest(:rules, :keys) AS wanted (rule, key)"
    " USING (rule, key) WHERE held.object = :object"
).bindparams(bindparam("rules", type_=ARRAY(Text)), bindparam("keys", type_=ARRAY(Text)))


@dataclass(frozen=True)
class Unique:
    """An object with rules of uniqueness; `defaults` hold until the company sets its own.

    A rule names columns: no two records may be equal in all of them, where case, width, spaces and
    punctuation do not count and a record that lacks one of them is not compared.
    """

    noun: str
    name: str
    model: type[Aggregate]
    defaults: Rules

    @property
    def table(self) -> str:
        """Return the name of its table."""
        return str(self.model.__tablename__)  # type: ignore[attr-defined]

    @property
    def compared(self) -> str:
        """Return which of its rows are compared: not those that were merged into others."""
        return "merged_into_id IS NULL" if "merged_into_id" in inspect(self.model).columns else "true"

    @property
    def fields(self) -> list[str]:
        """Return what rules may name."""
        hidden = {"id", "version", "created_at", "created_by", "updated_at", "updated_by", "custom"}
        return [column.key for column in inspect(self.model).column_attrs if column.key not in hidden]


async def rules_of(session: AsyncSession, unique: Unique) -> Rules:
    """Return the rules in force."""
    query = select(UniquenessRule).where(UniquenessRule.object == unique.noun).order_by(UniquenessRule.name)
    kept = (await session.scalars(query)).all()
    return {rule.name: tuple(rule.fields) for rule in kept if rule.active} if kept else unique.defaults


async def claim(session: AsyncSession, unique: Unique, ids: Sequence[UUID]) -> None:
    """Let records, as they were flushed, hold their keys and no others.

    Raises Conflict, with the id of the record in the way if the caller may see it.
    """
    await session.execute(_SHARED, {"object": unique.noun})
    rules = await rules_of(session, unique)
    if not rules:
        return  # nobody holds a key then
    await release(session, unique, ids)
    await _take(session, unique, rules, ids)


async def release(session: AsyncSession, unique: Unique, ids: Sequence[UUID]) -> None:
    """Give up the keys of records, for example of those that are removed."""
    held = delete(UniqueKey).where(UniqueKey.object == unique.noun, UniqueKey.record_id.in_(ids))
    await session.execute(held)


async def set_rules(session: AsyncSession, unique: Unique, rules: Rules) -> Rules:
    """Put these rules in the place of the present ones, for all records that there are.

    Raises Invalid for an unknown field and Conflict while records contradict a rule: mend them first.
    """
    _check(unique, rules)
    await session.execute(_ALONE, {"object": unique.noun})
    await session.execute(delete(UniquenessRule).where(UniquenessRule.object == unique.noun))
    await session.execute(delete(UniqueKey).where(UniqueKey.object == unique.noun))
    for name in {*rules, *unique.defaults}:
        session.add(
            UniquenessRule(
                object=unique.noun,
                name=name,
                fields=list(rules.get(name, ())),
                active=name in rules,
                updated_by=access.actor_id(),
                updated_at=now(),
            )
        )
    await session.flush()
    await _take(session, unique, rules, None)
    return rules


def _check(unique: Unique, rules: Rules) -> None:
    if len(rules) > MOST_RULES:
        raise LimitExceeded(f"An object has at most {MOST_RULES} rules", path=("input", "rules"))
    for place, (name, fields) in enumerate(rules.items()):
        path = ("input", "rules", place)
        if not 1 <= len(name) <= 100 or not 1 <= len(fields) <= MOST_FIELDS:
            raise Invalid(f"A rule has a name and 1 to {MOST_FIELDS} fields", path=path)
        for field in fields:
            if field not in unique.fields:
                known = ", ".join(unique.fields)
                raise Invalid(f"{unique.name} has no field {field!r}; it has {known}", path=path)


async def _take(session: AsyncSession, unique: Unique, rules: Rules, ids: Sequence[UUID] | None) -> None:
    if not rules:
        return
    parameters: dict[str, Any] = {"object": unique.noun} | ({} if ids is None else {"ids": list(ids)})
    taken = (await session.execute(_statement(unique, rules, some=ids is not None), parameters)).all()
    if taken:
        await _refuse(session, unique, rules, taken)


def _statement(unique: Unique, rules: Rules, *, some: bool) -> Any:
    """Columns come out of the model, never out of a caller's text."""
    wanted = " UNION ALL ".join(
        _keys(unique, place, fields, some) for place, fields in enumerate(rules.values())
    )
    statement = text(
        f"WITH wanted AS ({wanted}), put AS (INSERT INTO unique_key (object, rule, key, record_id)"
        " SELECT :object, names.name, wanted.key, wanted.record_id FROM wanted"
        " JOIN unnest(:names) WITH ORDINALITY AS names (name, place) ON names.place = wanted.place + 1"
        " ORDER BY wanted.record_id ON CONFLICT DO NOTHING RETURNING rule, record_id)"
        " SELECT names.name AS rule, wanted.key, wanted.record_id FROM wanted"
        " JOIN unnest(:names) WITH ORDINALITY AS names (name, place) ON names.place = wanted.place + 1"
        " LEFT JOIN put ON put.rule = names.name AND put.record_id = wanted.record_id"
        f" WHERE put.rule IS NULL LIMIT {EXAMPLES}"
    ).bindparams(bindparam("names", list(rules), type_=ARRAY(Text)))
    return statement.bindparams(bindparam("ids", type_=ARRAY(PgUUID(as_uuid=True)))) if some else statement


def _keys(unique: Unique, place: int, fields: Sequence[str], some: bool) -> str:
    columns = [
        f"nullif(lower(regexp_replace(normalize({field}::text, NFKC), '[[:space:][:punct:]]+', '', 'g')), '')"
        for field in fields
    ]
    joined = " || E'\\x1f' || ".join(columns)  # NULL as soon as one is
    key = f"encode(sha256(convert_to({joined}, 'UTF8')), 'hex')"
    chosen = " AND id = ANY(:ids)" if some else ""
    return (
        f"SELECT {place} AS place, {key} AS key, id AS record_id FROM {unique.table}"
        f" WHERE ({joined}) IS NOT NULL AND {unique.compared}{chosen}"
    )


async def _refuse(session: AsyncSession, unique: Unique, rules: Rules, taken: Sequence[Any]) -> None:
    rule, fields = taken[0].rule, rules[taken[0].rule]
    given = {"object": unique.noun, "rules": [row.rule for row in taken], "keys": [row.key for row in taken]}
    holders = [str(row.record_id) for row in await session.execute(_HELD, given)]
    seen = holders if access.current().may(unique.noun, "read") else []
    named = " and ".join(field.removesuffix("_id") for field in fields)
    raise Conflict(
        f"There is a {unique.noun} with this {named} already (rule {rule}); change that one",
        path=("input", fields[-1]),
        rule=rule,
        **({f"{unique.noun}Id": seen[0], "records": seen} if seen else {}),
    )
