"""Random operations on the customer service give the same compiled as by graphql-core, on real data."""

import asyncio
import copy
import inspect
import json
from collections.abc import AsyncIterator, Callable, Set
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from graphql import (
    ExecutionResult,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    execute,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strawberry.federation import Schema

import customer
from chassis import testing
from chassis.access import acting_as
from chassis.database import Database
from chassis.graphql.compiled import Executable
from customer.companies.commands import register_customer
from customer.contacts.commands import add_contact
from customer.context import Context
from customer.interactions.commands import log_interaction
from customer.interactions.models import InteractionKind
from customer.model import Model
from customer.schema import schema as make_schema

FIELDS = 40  # of an operation, about
STATEMENTS_A_FIELD = 2  # a page and its count
Values = Callable[[str, Random], Any]

UNHURRIED = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
ENTITIES = """query($representations: [_Any!]!, $first: Int) {
  _entities(representations: $representations) {
    __typename
    ... on Customer { name parent { name } contacts(first: $first) { nodes { name reportsTo { name } } }
                      interactions { nodes { subject contact { name } } totalCount } }
    ... on Contact { name }
  } }"""

# graphql-core leaves coroutines that nobody awaits when an error nulls their parent
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine .* was never awaited"
)
CALLER = testing.employee()
database = testing.database_fixture("customer", customer, Model.metadata)


class Operation(NamedTuple):
    """A random valid operation."""

    text: str
    variables: dict[str, Any]

    def about(self, ids: list[str]) -> "Operation":
        """Return it with these ids in their places."""
        text, variables = self.text, json.dumps(self.variables)
        for number, id in enumerate(ids):
            place = str(UUID(int=number))
            text, variables = text.replace(place, id), variables.replace(place, id)
        return Operation(text, json.loads(variables))


class _Writer:
    """Writes an operation on a schema out of random choices."""

    def __init__(
        self, schema: GraphQLSchema, random: Random, values: Values, depth: int, without: Set[str]
    ) -> None:
        self._schema = schema
        self._random = random
        self._values = values
        self._depth = depth
        self._without = {*without, "_service"}
        self._left = FIELDS
        self.declared: list[str] = []
        self.variables: dict[str, Any] = {}
        self.fragments: list[str] = []

    def selection(self, type: Any, depth: int = 0) -> str:
        """Return a selection set on a composite type, aliases such that nothing conflicts."""
        fields = list(type.fields) if hasattr(type, "fields") else []
        fields = [name for name in fields if name not in self._without]
        parts = ["__typename"] if not fields or self._chance() else []
        for _ in range(self._random.randint(1, 5) if fields else 0):
            if self._left > 0:
                parts.append(self._field(type, self._random.choice(fields), depth))
        possible = [type, *self._schema.get_possible_types(type)] if hasattr(type, "resolve_type") else [type]
        if depth < self._depth and self._left > 0:
            for _ in range(self._random.randint(0, 1 if len(possible) == 1 else 3)):
                parts.append(self._fragment(self._random.choice(possible), depth))
        return f"{{ {' '.join(part for part in parts if part) or '__typename'} }}"

    def _field(self, type: Any, name: str, depth: int) -> str:
        self._left -= 1
        field = type.fields[name]
        below = get_named_type(field.type)
        if is_composite_type(below) and depth >= self._depth:
            return ""
        arguments = self._arguments(field.args)
        own = self._chance() or bool(arguments) or str(field.type) != str(below)
        alias = f"{name}{len(self.declared)}_{self._random.randint(0, 999)}: " if own else ""
        alias = alias.lstrip("_")
        selected = self.selection(below, depth + 1) if is_composite_type(below) else ""
        return f"{alias}{name}{arguments} {self._directives()} {selected}"

    def _fragment(self, type: Any, depth: int) -> str:
        selected = self.selection(type, depth + 1)
        if self._chance():
            return f"... on {type.name} {self._directives()} {selected}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type.name} {selected}")
        return " ".join(f"...{name} {self._directives()}" for _ in range(self._random.randint(1, 2)))

    def _directives(self) -> str:
        name = self._random.choice(["", "", "", "", "@skip", "@include"])
        if not name:
            return ""
        value = self._random.random() < 0.5
        if self._chance():
            return f"{name}(if: {str(value).lower()})"
        return f"{name}(if: {self._variable('Boolean!', value)})"

    def _arguments(self, arguments: Any) -> str:
        written = []
        for name, argument in arguments.items():
            if not is_required_argument(argument) and self._chance():
                continue
            value = self._value(argument.type, 0)
            if not self._chance():
                written.append(f"{name}: {_literal(value, argument.type)}")
            elif is_required_argument(argument) or self._chance():
                written.append(f"{name}: {self._variable(str(argument.type), value)}")
            elif not isinstance(argument.type, GraphQLNonNull):
                default = f"{argument.type} = {_literal(value, argument.type)}"
                written.append(f"{name}: {self._variable(default, None, given=self._chance())}")
        return f"({', '.join(written)})" if written else ""

    def _variable(self, type: str, value: Any, *, given: bool = True) -> str:
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {type}")
        if given:
            self.variables[name] = value
        return f"${name}"

    def _value(self, type: Any, depth: int) -> Any:
        if isinstance(type, GraphQLNonNull):
            type = type.of_type
        elif self._random.randint(0, 4) == 0:
            return None
        if isinstance(type, GraphQLList):
            return [self._value(type.of_type, depth) for _ in range(self._random.randint(0, 3))]
        if isinstance(type, GraphQLEnumType):
            return self._random.choice(list(type.values))
        if isinstance(type, GraphQLInputObjectType):
            return {
                name: self._value(field.type, depth + 1)
                for name, field in type.fields.items()
                if is_required_input_field(field) or (depth < 3 and self._random.randint(0, 3) == 0)
            }
        return self._values(type.name, self._random)

    def _chance(self) -> bool:
        return self._random.random() < 0.5


def _literal(value: Any, type: Any) -> str:
    if isinstance(type, GraphQLNonNull):
        type = type.of_type
    if value is None:
        return "null"
    if isinstance(type, GraphQLList):
        return f"[{', '.join(_literal(each, type.of_type) for each in value)}]"
    if isinstance(type, GraphQLEnumType):
        return str(value)
    if isinstance(value, dict):
        fields = type.fields if isinstance(type, GraphQLInputObjectType) else {}
        of = {name: getattr(fields.get(name), "type", None) for name in value}
        return f"{{{', '.join(f'{name}: {_literal(each, of[name])}' for name, each in value.items())}}}"
    return json.dumps(value)


def operations(
    schema: GraphQLSchema, values: Values, *, depth: int, root: str = "Query", without: Set[str] = frozenset()
) -> st.SearchStrategy[Operation]:
    """Return random valid operations; `values` gives what scalars may be, `without` names fields."""

    def written(random: Random) -> Operation:
        writer = _Writer(schema, random, values, depth, without)
        selected = writer.selection(schema.type_map[root])
        declared = f"({', '.join(writer.declared)})" if writer.declared else ""
        return Operation(
            "\n".join([f"{root.lower()} {declared} {selected}", *writer.fragments]), writer.variables
        )

    any_seed = st.integers(0, 2**64).map(lambda seed: written(Random(seed)))
    return any_seed.filter(lambda operation: not validate(schema, parse(operation.text), max_errors=1))


async def by_core(schema: Schema, operation: Operation, context: Any) -> ExecutionResult:
    """Return what graphql-core gives, when also what nobody waits for after an error is read."""
    others = asyncio.all_tasks()
    document, variables = parse(operation.text), copy.deepcopy(operation.variables)
    found = execute(schema._schema, document, context_value=context, variable_values=variables)
    result = await found if inspect.isawaitable(found) else found
    if left := asyncio.all_tasks() - others:
        await asyncio.wait(left)
    return result


async def compiled(schema: Schema, operation: Operation, context: Any) -> ExecutionResult:
    """Return what the compiled operation gives."""
    executable = Executable(schema._schema, parse(operation.text))
    return await executable.execute(context, copy.deepcopy(operation.variables))


def check_equal(found: ExecutionResult, expected: ExecutionResult) -> None:
    """Compare all that a caller could tell apart: the order of fields counts, that of errors does not.

    Of several errors that null the same place above them, which ones are told is a matter of time.
    """
    assert json.dumps(found.data) == json.dumps(expected.data)
    told, wanted = _by_place(found), _by_place(expected)
    assert told.keys() == wanted.keys()
    for place in wanted:
        if any(error.startswith(f"{list(place)} ") for error in wanted[place]):
            assert told[place] == wanted[place]


def errors(result: ExecutionResult) -> list[str]:
    """Return all there is to errors."""
    return [
        f"{error.path} {error.locations} {error.message} {error.extensions} "
        f"{type(error.original_error)} {getattr(error.original_error, 'extensions', None)}"
        for error in result.errors or ()
    ]


def _by_place(result: ExecutionResult) -> dict[tuple[Any, ...], list[str]]:
    """Return the errors by what they nulled."""
    found: dict[tuple[Any, ...], list[str]] = {}
    for error, text in zip(result.errors or (), errors(result), strict=True):
        value: Any = result.data
        place = list(error.path or ())
        for length, key in enumerate(error.path or ()):
            if value is None:
                place = place[:length]
                break
            value = value[key]
        assert value is None
        found.setdefault(tuple(place), []).append(text)
    return found


@pytest.fixture
async def ids(database: Database) -> AsyncIterator[list[str]]:
    """The ids of some customers and contacts, on whose behalf all happens."""
    with acting_as(CALLER):
        found = []
        parent = None
        for number in range(4):
            async with database.transaction() as session:
                company = await register_customer(
                    session, name=f"Company {number}", tags=["a", "b"][:number], parent_id=parent
                )
                superior = await add_contact(session, customer_id=company.id, name="Ada")
                await session.flush()
                for name in ("Bob", "Cid"):
                    await add_contact(session, customer_id=company.id, name=name, reports_to_id=superior.id)
                for each in range(number):
                    await log_interaction(
                        session,
                        customer_id=company.id,
                        kind=InteractionKind.CALL,
                        subject=f"Call {each}",
                        contact_id=superior.id,
                    )
                parent = company.id
                found += [str(company.id), str(superior.id)]
        yield found


def scalar(type: str, random: Random) -> Any:
    """Return a value for operations on the customer service; ids are places in `ids`."""
    id = str(UUID(int=random.randint(0, 8)))  # nobody has the last one
    found: dict[str, list[Any]] = {
        "ID": [id],
        "Int": [-1, 0, 1, 2, 3, 3, 3, 101],
        "String": ["", "Company 1", "a", "Ada", "%"],
        "Boolean": [True, False],
        "DateTime": ["2026-03-01T09:00:00+08:00"],
        "_Any": [{"__typename": random.choice(["Customer", "Contact", "Interaction"]), "id": id}],
    }
    return random.choice(found.get(type, ["1"]))


SCHEMA = make_schema()


@settings(UNHURRIED, max_examples=100)
@given(operation=operations(SCHEMA._schema, scalar, depth=4))
async def test_random_operations_on_customers_give_the_same(
    database: Database, ids: list[str], operation: Operation
) -> None:
    operation = operation.about(ids)
    with testing.statements(database) as of_core:
        expected = await by_core(SCHEMA, operation, Context(database, CALLER))
    with testing.statements(database) as of_compiled:
        found = await compiled(SCHEMA, operation, Context(database, CALLER))

    check_equal(found, expected)
    # which loads share a statement depends on what answers when: only the fields of the text bound both
    most = STATEMENTS_A_FIELD * operation.text.count("{")
    assert len(of_compiled) <= most
    assert len(of_core) <= most


async def test_entities_are_batched_over_types_and_levels(database: Database, ids: list[str]) -> None:
    representations = [
        {"__typename": "Customer" if number % 2 == 0 else "Contact", "id": id}
        for number, id in enumerate(ids)
    ]
    operation = Operation(ENTITIES, {"representations": representations, "first": 2})

    with testing.statements(database) as read:
        found = await compiled(SCHEMA, operation, Context(database, CALLER))

    assert not found.errors
    check_equal(found, await by_core(SCHEMA, operation, Context(database, CALLER)))
    # customers, contacts, their two pages, totals: some of them together if they were so before
    assert 0 < len(read) <= 5


async def test_a_caller_without_the_grant_is_refused_alike(database: Database, ids: list[str]) -> None:
    operation = Operation(
        "{ customers { nodes { name } } contact(id: $id) { name } }".replace("$id", f'"{ids[1]}"'), {}
    )
    caller = testing.employee("contact:read")

    found = await compiled(SCHEMA, operation, Context(database, caller))

    check_equal(found, await by_core(SCHEMA, operation, Context(database, caller)))
    assert found.errors
