"""What an administrator can do to the fields of a kind of object."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Table, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import uuid7
from chassis.errors import Conflict, DomainError, Invalid, LimitExceeded, NotFound
from chassis.fields import asking, comparing, filling, formulas, memory, rollups, stored
from chassis.fields.definition import Definition, Json
from chassis.fields.memory import Schema
from chassis.fields.models import FieldDefinition, FieldSchema
from chassis.fields.targets import table_of
from chassis.fields.types import TYPES
from chassis.fields.types.base import FieldType
from chassis.fields.types.computed import RollUp
from chassis.fields.types.records import FILL, Reference
from chassis.fields.values import checked

MOST_FIELDS = 200
LONGEST_HELP = 2000
_KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,99}")


async def define_field(
    session: AsyncSession, table: Table, *, key: str, type: str, **told: Any
) -> FieldDefinition:
    """Add a field to a kind of object; it can be used at once, everywhere.

    `told` names further columns of FieldDefinition. Raises Invalid with the path of what cannot be.
    """
    schema = await _held(session, table.name)
    if not _KEY.fullmatch(key):
        raise Invalid(f"{key[:60]!r} is no key; write it like decision_chain", path=("input", "key"))
    if len(schema.fields) >= MOST_FIELDS:
        raise LimitExceeded(f"An object has at most {MOST_FIELDS} fields; retire one", path=("input", "key"))
    if await _row(session, table.name, key):
        raise Conflict(
            f"{table.name} has or had a field {key}; change that one, or take another key",
            path=("input", "key"),
        )
    row = FieldDefinition(id=uuid7(), object=table.name, key=key, type=type, retired=False)
    _fill(row, {**_NOTHING_SAID, "position": len(schema.fields), **told})
    await _check(session, row, table, schema)
    _check_formulas(row, table, schema)
    session.add(row)
    if row.type == formulas.NAME:
        await stored.compute(session, table, schema, memory.definition(row))
    if row.unique:
        await stored.claim_all(session, table, memory.definition(row))
    return row


async def change_field(
    session: AsyncSession, table: Table, key: str, *, expected_version: int | None = None, **told: Any
) -> FieldDefinition:
    """Change what is told of a field; records that were written before stay as they are.

    Another type is taken when every value that is stored can be kept as it says.
    Raises Conflict when values cannot be converted, or are not unique as they should be.
    """
    schema = await _held(session, table.name)
    row = await _present(session, table.name, key, expected_version)
    before = memory.definition(row)
    _fill(row, told)
    await _check(session, row, table, schema)
    after = memory.definition(row)
    _check_formulas(row, table, schema)
    if after.type != before.type:
        await stored.convert(session, table, before, after)
    if after.unique and (not before.unique or after.type != before.type):
        await stored.claim_all(session, table, after)
    elif before.unique and not after.unique:
        await stored.release_all(session, after)
    if after.type == formulas.NAME and after.settings != before.settings:
        await stored.compute(session, table, schema, after)
    return row


async def retire_field(
    session: AsyncSession, table: Table, key: str, *, expected_version: int | None = None
) -> FieldDefinition:
    """Take a field out of use; what records hold stays stored and is not shown any more.

    Raises Conflict while another field's condition or the form needs it.
    """
    schema = await _held(session, table.name)
    row = await _present(session, table.name, key, expected_version)
    name = comparing.PREFIX + key
    for other in schema.fields.values():
        if other.key != key and any(_names(each, name) for each in (other.visible_when, other.required_when)):
            raise Conflict(f"A condition of {other.key} names {name}; change that one first", field=other.key)
    for user in await session.scalars(_rolling_up(table.name)):
        if user.settings.get("field") == name or _names(user.settings.get("where"), name):
            raise Conflict(
                f"The roll-up {user.key} of {user.object} names {name}; change that one first", field=user.key
            )
    remaining = {each: known for each, known in schema.fields.items() if each != key}
    try:
        formulas.check(table, remaining)
    except Invalid as error:
        raise Conflict(f"A formula names {name}; change that one first: {error.message}") from None
    row.retired = True
    return row


def _rolling_up(object: str) -> Select[FieldDefinition]:
    return select(FieldDefinition).where(
        FieldDefinition.type == RollUp.name,
        FieldDefinition.retired.is_(False),
        FieldDefinition.settings["object"].astext == object,
    )


def _check_formulas(row: FieldDefinition, table: Table, schema: Schema) -> None:
    """Raise Invalid when a formula, this or another, cannot be computed any more."""
    formulas.check(table, {**schema.fields, row.key: memory.definition(row)})


async def _held(session: AsyncSession, object: str) -> Schema:
    """Return the fields, kept from other changes, and mark them as changed."""
    query = select(FieldSchema).where(FieldSchema.object == object).with_for_update()
    head = await session.scalar(query)
    if head is None:
        head = FieldSchema(object=object)
        session.add(head)
        await session.flush()
    before = await memory.schema_of(session, object)
    head.revision = uuid7()
    session.info.pop("fields")
    return before


async def change_layout(
    session: AsyncSession, object: str, layout: Json, *, expected_version: int | None = None
) -> FieldSchema:
    """Keep another form; None brings the built-in one back."""
    await _held(session, object)
    head = (await session.scalars(select(FieldSchema).where(FieldSchema.object == object))).one()
    if expected_version is not None and head.version != expected_version:
        raise Conflict(
            f"The form of {object} is at version {head.version}, not {expected_version}; read it again",
            path=("input", "expectedVersion"),
            currentVersion=head.version,
        )
    head.layout = layout
    return head


async def _row(session: AsyncSession, object: str, key: str) -> FieldDefinition | None:
    query = select(FieldDefinition).where(FieldDefinition.object == object, FieldDefinition.key == key)
    return await session.scalar(query)


async def _present(
    session: AsyncSession, object: str, key: str, expected_version: int | None
) -> FieldDefinition:
    row = await _row(session, object, key)
    if row is None or row.retired:
        raise NotFound(f"{object} has no custom field {key[:60]!r}", path=("input", "key"))
    if expected_version is not None and row.version != expected_version:
        raise Conflict(
            f"The field {key} is at version {row.version}, not {expected_version}; read it again",
            path=("input", "expectedVersion"),
            currentVersion=row.version,
        )
    return row


_NOTHING_SAID: Mapping[str, Any] = {
    "settings": {},
    "required": False,
    "unique": False,
    "default": None,
    "help": "",
    "group": "",
    "visible_when": None,
    "required_when": None,
    "roles": [],
}


def _fill(row: FieldDefinition, told: Mapping[str, Any]) -> None:
    for name, value in told.items():
        setattr(row, name, value)


async def _check(session: AsyncSession, row: FieldDefinition, table: Table, schema: Schema) -> None:
    type = _type(row)
    row.label_zh, row.label_en = (_label(row, each) for each in ("label_zh", "label_en"))
    _at("settings", lambda: _settings(row, type))
    if len(row.help) > LONGEST_HELP or len(row.group) > 100:
        raise Invalid(f"help has at most {LONGEST_HELP} characters, group 100", path=("input", "help"))
    for index, role in enumerate(row.roles):
        if not _ROLE.fullmatch(role):
            raise Invalid(f"{role[:50]!r} is no role's name", path=("input", "roles", index))
    _check_flags(row, type)
    present = memory.definition(row)
    if row.default is not None:
        row.default = checked(present, row.default, ("input", "default"))
    _check_target(present, type, table)
    if isinstance(type, RollUp):
        related = (await memory.schema_of(session, present.settings["object"])).fields
        row.settings = rollups.checked(present, table, related)
    others = {key: known for key, known in schema.fields.items() if key != row.key}
    if present.settings.get(FILL):
        changed = inspect(row).attrs.settings.history.has_changes()
        row.settings = await filling.checked(session, present, table, others, changed=changed)
    for name in ("visible_when", "required_when"):
        setattr(row, name, _condition(getattr(row, name), name, table, others))


def _type(row: FieldDefinition) -> FieldType:
    if row.type not in TYPES:
        raise Invalid(f"{row.type[:50]!r} is no type; use {', '.join(TYPES)}", path=("input", "type"))
    return TYPES[row.type]


def _label(row: FieldDefinition, name: str) -> str:
    label = str(getattr(row, name)).strip()
    if not 1 <= len(label) <= 100:
        language = "a Chinese" if name == "label_zh" else "an English"
        path = ("input", "labelZh" if name == "label_zh" else "labelEn")
        raise Invalid(f"The field {row.key} needs {language} label of at most 100 characters", path=path)
    return label


def _settings(row: FieldDefinition, type: FieldType) -> None:
    if not isinstance(row.settings, dict):
        raise Invalid("settings is an object")
    row.settings = type.check_settings(row.settings)


def _at(place: str, check: Callable[[], None]) -> None:
    try:
        check()
    except DomainError as error:
        raise Invalid(error.message, path=("input", place, *error.path)) from None


def _check_flags(row: FieldDefinition, type: FieldType) -> None:
    if row.unique and not type.may_be_unique:
        may = ", ".join(name for name, each in TYPES.items() if each.may_be_unique)
        raise Invalid(
            f"A {row.type} cannot be unique; these types can: {may}", path=("input", "unique"), type=row.type
        )
    if row.unique and row.default is not None:
        raise Invalid("What is unique has no default, or every record had it", path=("input", "default"))
    if type.computed and (row.required or row.required_when or row.default is not None):
        raise Invalid(
            f"A {row.type} is computed: it is neither required nor has it a default", path=("input",)
        )


def _check_target(known: Definition, type: FieldType, table: Table) -> None:
    if not isinstance(type, Reference) or asking.is_asked(type.kind(known)):
        return
    if table_of(table.metadata, type.kind(known)) is None:
        raise Invalid(
            f"This service does not hear of any {type.kind(known)}, so it could not be checked; "
            "point to a kind of object that it owns, keeps a replica of or may ask for",
            path=("input", "settings", "object"),
        )


def _condition(given: Json, name: str, table: Table, others: Mapping[str, Definition]) -> Json:
    if given is None:
        return None
    place = "visibleWhen" if name == "visible_when" else "requiredWhen"
    if not isinstance(given, dict):
        raise Invalid("A condition is an object with rules", path=("input", place))
    try:
        return comparing.condition(table, others, given)
    except Invalid as error:
        raise Invalid(error.message, path=("input", place, *error.path)) from None


def _names(condition: Json, name: str) -> bool:
    if isinstance(condition, Mapping):
        return condition.get("field") == name or any(_names(each, name) for each in condition.values())
    if isinstance(condition, Sequence) and not isinstance(condition, str):
        return any(_names(each, name) for each in condition)
    return False
