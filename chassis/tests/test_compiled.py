"""The compiled executor gives what graphql-core gives, on random operations and on what is unusual."""

import asyncio
import inspect
from random import Random
from typing import Any
from uuid import UUID

import pytest
from graphql import execute, parse
from hypothesis import given, settings
from strawberry.types.arguments import convert_argument

from chassis.database import now
from chassis.graphql.compiled import Executable
from chassis.testing import eventually
from chassis.tests.compiled_schema import CORE, SCHEMA, Context, Mood, Wish
from chassis.tests.test_compiled_operations import (
    UNHURRIED,
    Operation,
    by_core,
    check_equal,
    compiled,
    errors,
    operations,
)

# graphql-core leaves coroutines that nobody awaits when an error nulls their parent
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine .* was never awaited"
)
SWITCHED = """
query Switched($a: Boolean!, $b: Boolean!, $c: Boolean!) {
  start { id @include(if: $a) ...Rest @skip(if: $b) ... @include(if: $c) { label } }
}
fragment Rest on Node { stock { id } }
"""
BY_HAND = {"hangs", "told"}  # not for random operations
WAIT = {"sure", "things", "nodes", "strict", "stream", "refusedLater", "defect", "must", "entity", "secret"}


def value(type: str, random: Random) -> Any:
    """Return a value for operations on this schema."""
    id = str(UUID(int=random.randint(0, 9)))
    found: dict[str, Any] = {
        "ID": id,
        "Int": random.randint(-1, 12),
        "Boolean": random.random() < 0.5,
        "DateTime": "2026-03-01T09:00:00+08:00",
        "_Any": {"__typename": "Entity", "id": id},
    }
    return found.get(type, random.choice(["bad", "good", ""]))


async def same(operation: Operation) -> Any:
    """Return what both executors give, having checked that it is the same."""
    one, other = Context(), Context()
    expected = await by_core(SCHEMA, operation, one)
    found = await compiled(SCHEMA, operation, other)
    check_equal(found, expected)
    assert other.notes == one.notes
    return found


@settings(UNHURRIED, max_examples=300)
@given(operation=operations(CORE, value, depth=4, without=BY_HAND))
async def test_random_queries_give_the_same(operation: Operation) -> None:
    await same(operation)


@settings(UNHURRIED, max_examples=100)
@given(operation=operations(CORE, value, root="Mutation", depth=3, without=BY_HAND))
async def test_random_mutations_do_and_give_the_same(operation: Operation) -> None:
    await same(operation)


@settings(UNHURRIED, max_examples=100)
@given(operation=operations(CORE, value, depth=4, without=BY_HAND | WAIT | {"_entities"}))
async def test_where_nothing_waits_even_the_order_of_errors_is_the_same(operation: Operation) -> None:
    expected = await by_core(SCHEMA, operation, Context())

    found = await compiled(SCHEMA, operation, Context())

    assert errors(found) == errors(expected)


async def test_a_failing_mutation_that_must_not_be_null_stops_those_after_it() -> None:
    text = """mutation { a: note(text: "a") { id } b: strict(wish: {word: "bad"}) { id }
                         c: note(text: "c") { id } }"""
    context = Context()

    found = await compiled(SCHEMA, Operation(text, {}), context)

    assert found.data is None
    assert len(context.notes) == 2
    await same(Operation(text, {}))


async def test_one_document_follows_its_variables() -> None:
    executable = Executable(CORE, parse(SWITCHED))

    async def keys(**flags: bool) -> list[str]:
        found = await executable.execute(Context(), flags, "Switched")
        assert found.data
        return list(found.data["start"])

    assert await keys(a=True, b=False, c=True) == ["id", "stock", "label"]
    assert await keys(a=False, b=False, c=True) == ["stock", "label"]
    assert await keys(a=True, b=True, c=False) == ["id"]


@pytest.mark.parametrize(
    ("text", "variables", "name"),
    [
        ("{ __schema { types { name } } }", {}, None),
        ('{ __type(name: "Node") { name } start { id } }', {}, None),
        ("{ _service { sdl } }", {}, None),
        ("query A { start { id } } query B { start { label } }", {}, "B"),
        ("query A { start { id } } query B { start { label } }", {}, None),
        ("query A { start { id } }", {}, "C"),
        ("query A { start { id } }", {}, ""),
        ("query($id: ID!) { entity(id: $id) { id } }", {"id": "nonsense"}, None),
        ("query($id: ID!) { entity(id: $id) { id } }", {}, None),
        ("query($seed: Int = 3) { start(seed: $seed) { id } }", {"seed": None}, None),
        ("query($a: Boolean = true) { start { id @skip(if: $a) label } }", {"a": None}, None),
        ("{ start { wrong } secret }", {}, None),
        ("{ secret start { missing: label stock { missing } } }", {}, None),
    ],
)
async def test_whatever_is_unusual_is_the_same(
    text: str, variables: dict[str, Any], name: str | None
) -> None:
    document = parse(text)
    expected = execute(
        CORE, document, context_value=Context(), variable_values=variables, operation_name=name
    )
    wanted = await expected if inspect.isawaitable(expected) else expected

    executable = Executable(CORE, document)
    for _ in range(2):
        found = await executable.execute(Context(), variables, name)
        assert found.data == wanted.data
        assert errors(found) == errors(wanted)


async def test_a_cancelled_request_cancels_its_resolvers() -> None:
    context = Context()
    executable = Executable(CORE, parse("{ a: hangs b: hangs start { id } }"))
    request = asyncio.create_task(executable.execute(context))
    await eventually(lambda: len(context.notes) == 2)

    request.cancel()

    with pytest.raises(asyncio.CancelledError):
        await request
    assert context.notes[2:] == ["cancelled", "cancelled"]


async def test_an_error_that_nulls_everything_does_not_wait_for_what_hangs() -> None:
    context = Context()

    found = await asyncio.wait_for(compiled(SCHEMA, Operation("{ must { id } hangs }", {}), context), 5)

    assert found.data is None
    assert found.errors
    assert "null for non-nullable field Query.must" in found.errors[0].message
    assert context.notes[1:] in ([], ["cancelled"])


async def test_resolvers_are_told_what_graphql_core_tells_them() -> None:
    text = """query Told($word: String! = "x") { start(seed: 2) { ...Told strict { told(word: $word) } } }
              fragment Told on Node { told(word: $word) other: told(word: "y") }"""
    await same(Operation(text, {}))


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"word": "a", "moods": [Mood.GOOD, Mood.BAD], "at": now()},
        {"at": None, "other": None},
        {"moods": [], "other": {"word": "b", "other": {"moods": [Mood.BAD]}}},
    ],
)
def test_an_input_is_what_strawberry_makes_of_it(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    converter = SCHEMA.schema_converter
    kinds = (converter.scalar_registry, converter.config)
    made = convert_argument(asked, Wish, *kinds)
    definition: Any = Wish.__strawberry_definition__  # type: ignore[attr-defined]
    assert definition.from_input is not None
    monkeypatch.setattr(definition, "from_input", None)
    assert made == convert_argument(asked, Wish, *kinds)
