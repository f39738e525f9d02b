"""One run of a compiled operation: what waits, what failed, and the answer so far."""

from asyncio import create_task, gather
from collections.abc import AsyncIterable, Callable, Mapping
from inspect import iscoroutine
from types import GeneratorType
from typing import Any, NamedTuple

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    located_error,
)
from graphql.execution import get_argument_values
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues
from graphql.language import FieldNode
from graphql.pyutils import Path
from graphql.pyutils.is_awaitable import is_awaitable

Place = tuple[Any, str | int, str | None] | None  # the parent's place, the key there, the parent's type
Complete = Callable[[Any, Place, "Run"], Any]


class _Plain(dict[type, bool]):
    """Whether values of a class are just values: nothing to await, to iterate over later or to raise."""

    def __missing__(self, kind: type) -> bool:
        odd = hasattr(kind, "__await__") or hasattr(kind, "__aiter__")
        self[kind] = not odd and not issubclass(kind, (Exception, GeneratorType))
        return self[kind]


PLAIN = _Plain()


class Nulled(Exception):
    """An error has nulled the whole answer."""


class Operation(NamedTuple):
    """What all runs of an operation share."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    node: OperationDefinitionNode


class Field(NamedTuple):
    """A selected field of an object type; all nodes of the same response name are one field."""

    key: str
    details: list[FieldDetails]
    definition: GraphQLField
    parent: GraphQLObjectType
    operation: Operation

    @property
    def nodes(self) -> list[FieldNode]:
        """Where the document selects it."""
        return [detail.node for detail in self.details]

    def __str__(self) -> str:
        return f"{self.parent}.{self.details[0].node.name.value}"


class Spot:
    """A position for a value: a field's, or that of the items of its list."""

    __slots__ = ("complete", "field", "is_list", "up")

    def __init__(self, field: Field, up: int | None, complete: Complete, *, is_list: bool) -> None:
        self.field = field
        self.up = up  # steps to the position that an error here nulls; None: the whole answer
        self.complete = complete
        self.is_list = is_list


class Info:
    """Stands for graphql-core's GraphQLResolveInfo; what few resolvers ask for is made when asked."""

    __slots__ = ("_field", "_place", "_run", "context")
    root_value = None
    abort_signal = None
    is_awaitable = staticmethod(is_awaitable)

    def __init__(self, field: Field, place: Place, run: "Run") -> None:
        self._field = field
        self._place = place
        self._run = run
        self.context = run.context

    field_name = property(lambda self: self._field.details[0].node.name.value)
    field_nodes = property(lambda self: self._field.nodes)
    return_type = property(lambda self: self._field.definition.type)
    parent_type = property(lambda self: self._field.parent)
    path = property(lambda self: _path(self._place))
    schema = property(lambda self: self._field.operation.schema)
    fragments = property(lambda self: self._field.operation.fragments)
    operation = property(lambda self: self._field.operation.node)
    variable_values = property(lambda self: self._run.variables)


class Run:
    """The state of one execution."""

    __slots__ = ("_arguments", "_nulled", "context", "data", "errors", "variables", "waiting")

    def __init__(self, context: Any, variables: VariableValues) -> None:
        self.context = context
        self.variables = variables
        self.data: dict[str, Any] | None = None
        self.errors: list[GraphQLError] = []
        self.waiting: list[tuple[Any, Spot, Any, Any, Place]] = []
        self._nulled: set[tuple[str | int, ...]] = set()
        self._arguments: dict[int, Mapping[str, Any]] = {}

    def arguments(self, field: Field) -> Mapping[str, Any]:
        """Return the field's arguments, coerced once for all objects it is selected on."""
        found = self._arguments.get(id(field))
        if found is None:
            found = get_argument_values(field.definition, field.details[0].node, self.variables)
            self._arguments[id(field)] = found
        return found

    def put(self, value: Any, spot: Spot, container: Any, key: Any, place: Place) -> None:
        """Complete a resolved value into its place, at once or as soon as it has come."""
        if not PLAIN[value.__class__]:
            if isinstance(value, Exception):
                raise value
            if spot.is_list and hasattr(value, "__aiter__"):
                value = _collected(value)
            if is_awaitable(value):
                self.waiting.append((value, spot, container, key, place))
                return
        container[key] = spot.complete(value, place, self)

    def refuse(self, error: Exception, spot: Spot, place: Place) -> None:
        """Note an error at a nullable place, which stays null; raise it located anywhere else."""
        keys = _keys(place)
        located = located_error(error, spot.field.nodes, keys)
        if spot.up != 0:
            raise located
        self._note(located, tuple(keys))

    def end(self, error: GraphQLError) -> None:
        """Note an error that nulls the whole answer."""
        self.data = None
        if () not in self._nulled:
            self._nulled.add(())
            self.errors.append(error)

    async def settle(self) -> None:
        """Wait for all that waits, and for what waits below it."""
        waiting, self.waiting = self.waiting, []
        if self._nulled:
            waiting = [late for late in waiting if not self._dropped(late[0], late[4])]
        if not waiting:
            return
        tasks = [create_task(self._finish(*late)) for late in waiting[1:]]
        try:
            await self._finish(*waiting[0])
            for task in tasks:
                await task
        except BaseException:
            for task in tasks:
                task.cancel()
            await gather(*tasks, return_exceptions=True)
            raise

    async def _finish(self, late: Any, spot: Spot, container: Any, key: Any, place: Place) -> None:
        try:
            value = await late
            if self._nulled and self._is_nulled(tuple(_keys(place))):
                return
            if spot.is_list and hasattr(value, "__aiter__"):
                value = await _collected(value)
            container[key] = spot.complete(value, place, self)
        except Exception as error:
            self._fail(error, spot, place)
        if self.waiting:
            await self.settle()

    def _fail(self, error: Exception, spot: Spot, place: Place) -> None:
        keys = _keys(place)
        located = located_error(error, spot.field.nodes, keys)
        if spot.up is None:
            self.end(located)
            raise Nulled
        position = tuple(keys[: len(keys) - spot.up])
        if self._is_nulled(position):
            return
        self._note(located, position)
        container: Any = self.data
        for step in position[:-1]:
            container = container[step]
        container[position[-1]] = None

    def _note(self, error: GraphQLError, position: tuple[str | int, ...]) -> None:
        if not self._is_nulled(position):
            self._nulled.add(position)
            self.errors.append(error)

    def _is_nulled(self, position: tuple[str | int, ...]) -> bool:
        return any(position[:length] in self._nulled for length in range(len(position) + 1))

    def _dropped(self, late: Any, place: Place) -> bool:
        nulled = self._is_nulled(tuple(_keys(place)))
        if nulled and iscoroutine(late):
            late.close()
        return nulled


async def _collected(values: AsyncIterable[Any]) -> list[Any]:
    return [value async for value in values]


def _keys(place: Place) -> list[str | int]:
    keys: list[str | int] = []
    while place is not None:
        keys.append(place[1])
        place = place[0]
    keys.reverse()
    return keys


def _path(place: Place) -> Path | None:
    return None if place is None else Path(_path(place[0]), place[1], place[2])
