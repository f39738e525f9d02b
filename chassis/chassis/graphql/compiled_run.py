"""One run of a compiled operation: what waits, what failed, and the answer so far."""

from asyncio import create_task, gather
from collections.abc import AsyncIterable, Callable, Mapping
from inspect import iscoroutine
from types import GeneratorType
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    get_nullable_type,
    located_error,
)
from graphql.execution import get_argument_values
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import Executor
from graphql.pyutils import Path
from graphql.pyutils.is_awaitable import is_awaitable
from graphql.pyutils.undefined import UndefinedType

Complete = Callable[[Any, Path, "Run"], Any]


class _Plain(dict[type, bool]):
    """Whether values of a class are just values: nothing to await, to iterate over later or to raise."""

    def __missing__(self, kind: type) -> bool:
        odd = hasattr(kind, "__await__") or hasattr(kind, "__aiter__")
        self[kind] = not odd and not issubclass(kind, (Exception, GeneratorType))
        return self[kind]


PLAIN = _Plain({UndefinedType: False})


class Unsupported(Exception):
    """This operation is left to graphql-core."""


class Nulled(Exception):
    """An error has nulled the whole answer."""


class Field(NamedTuple):
    """A selected field of an object type; all nodes of one response name are one field."""

    key: str
    details: list[FieldDetails]
    definition: GraphQLField
    parent: GraphQLObjectType

    @property
    def nodes(self) -> list[FieldNode]:
        """Where the document selects it."""
        return [detail.node for detail in self.details]

    def __str__(self) -> str:
        return f"{self.parent}.{self.details[0].node.name.value}"


class Spot(NamedTuple):
    """A position for values: that of a field, or of the items of its list."""

    field: Field
    type: GraphQLOutputType
    up: int  # how many steps up the path an error here nulls the answer
    complete: Complete


class Run(Executor[Any]):
    """The state of one execution; errors, infos and whatever is rare are graphql-core's own."""

    data: dict[str, Any] | None

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.waiting: list[tuple[Any, Spot, Any, Any, Path]] = []
        self._arguments: dict[int, Mapping[str, Any]] = {}

    def arguments(self, field: Field) -> Mapping[str, Any]:
        """Return the field's arguments, coerced once for all objects that it is selected on."""
        found = self._arguments.get(id(field))
        if found is None:
            found = get_argument_values(field.definition, field.details[0].node, self.variable_values)
            self._arguments[id(field)] = found
        return found

    def info(self, field: Field, place: Path) -> GraphQLResolveInfo[Any]:
        """Return what resolvers are told of the run."""
        return self.build_resolve_info(field.definition, field.nodes, field.parent, place)

    def put(self, value: Any, spot: Spot, container: Any, key: Any, place: Path) -> None:
        """Complete a resolved value into its place, at once or when it has come."""
        if not PLAIN[value.__class__]:
            if isinstance(value, Exception):
                raise value
            if _streams(value, spot):
                value = _collected(value)
            if is_awaitable(value):
                self.waiting.append((value, spot, container, key, place))
                return
        container[key] = spot.complete(value, place, self)

    def refuse(self, error: Exception, spot: Spot, place: Path) -> None:
        """Note an error where null may stand; raise it anywhere else."""
        self.handle_field_error(error, spot.type, spot.field.details, place)

    async def settle(self) -> None:
        """Wait for all that waits, and for what waits below it."""
        waiting, self.waiting = self.waiting, []
        if self.collected_errors.errors:
            waiting = [late for late in waiting if not self._is_moot(late[0], late[4])]
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
            for late, *_ in waiting:
                _close(late)
            raise

    async def _finish(self, late: Any, spot: Spot, container: Any, key: Any, place: Path) -> None:
        try:
            value = await late
            if self._is_moot(late, place):
                return
            if not PLAIN[value.__class__] and _streams(value, spot):
                value = await _collected(value)
            container[key] = spot.complete(value, place, self)
        except Exception as error:
            self._fail(error, spot, place)
        if self.waiting:
            await self.settle()

    def _fail(self, error: Exception, spot: Spot, place: Path) -> None:
        """Note an error of a value that came late, and null what it nulls of the answer."""
        position: Path | None = place
        for _ in range(spot.up):
            position = position.prev if position else None
        self.collected_errors.add(located_error(error, spot.field.nodes, place.as_list()), position)
        if position is None:
            self.data = None
            raise Nulled
        container: Any = self.data
        *above, key = position.as_list()
        for step in above:
            container = container[step] if container else None
        if container:
            container[key] = None

    def _is_moot(self, late: Any, place: Path) -> bool:
        """Say whether the place is in a part of the answer that is null by now."""
        if not self.collected_errors.errors or not self.collected_errors.has_nulled_position(place):
            return False
        _close(late)
        return True


def _streams(value: Any, spot: Spot) -> bool:
    return hasattr(value, "__aiter__") and isinstance(get_nullable_type(spot.type), GraphQLList)


async def _collected(values: AsyncIterable[Any]) -> list[Any]:
    return [value async for value in values]


def _close(late: Any) -> None:
    if iscoroutine(late):  # else Python warns of those that nobody has begun to wait for
        late.close()
