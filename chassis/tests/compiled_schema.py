"""A schema with all that a resolver may do, and do wrong, for the tests of the compiled executor."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry

from chassis.access import Principal
from chassis.errors import Conflict, NotFound
from chassis.graphql.policy import Granted
from chassis.graphql.schema import build
from chassis.graphql.values import Money
from chassis.testing import employee


@strawberry.enum
class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


@strawberry.input
class Wish:
    word: str = "none"
    moods: list[Mood] = strawberry.field(default_factory=list)
    other: "Wish | None" = strawberry.UNSET
    at: datetime | None = strawberry.UNSET


@strawberry.interface
class Thing:
    id: UUID
    label: str | None


class Sneaky(list[Any]):
    """Some resolvers return such lists."""


class Waits:
    """Awaitable, but no coroutine."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        return self.value


async def later(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


@strawberry.type
class Leafy(Thing):
    count: int
    ratio: float
    flag: bool | None
    mood: Mood
    moods: list[Mood | None]
    money: Money | None
    at: datetime
    words: list[str]
    hidden: strawberry.Private[str]
    missing: str  # is null
    wrong: int  # is no number
    broken: list[int | None]  # holds a text
    texts: list[list[str | None]]

    @strawberry.field
    def shout(self, word: str = "hey", times: int | None = None, wish: Wish | None = None) -> str:
        return f"{self.hidden}{word}{times}{wish}"


@strawberry.type
class Node(Thing):
    seed: strawberry.Private[int]
    stock: Leafy

    @strawberry.field
    def leaf(self) -> Leafy | None:
        return leafy(self.seed) if self.seed % 3 else None

    @strawberry.field
    async def sure(self, info: strawberry.Info) -> Leafy:
        await asyncio.sleep(0)
        assert info.field_name == "sure"
        assert info.path.as_list()
        return None if self.seed % 4 == 0 else leafy(self.seed)  # type: ignore[return-value]

    @strawberry.field
    async def things(self, info: strawberry.Info, count: int = 2) -> list["Anything"]:
        if count < 0:
            raise NotFound("There are no such things", count=count)
        return [leafy(count) if index % 2 else node(self.seed + index) for index in range(min(count, 4))]

    @strawberry.field
    def nodes(self, odd: bool = False) -> list["Node | None"]:
        found: list[Any] = [node(self.seed + 1), None, later(node(self.seed + 2)), Waits(node(self.seed))]
        more: list[Any] = [later(Conflict("Two at once")), ValueError("A defect")] if odd else []
        return found + more

    @strawberry.field
    def strict(self) -> list["Node"]:
        return Sneaky([node(1), later(None if self.seed % 2 else node(2)), Waits(node(3))])

    @strawberry.field
    async def stream(self) -> AsyncGenerator[int, None]:
        for number in range(self.seed % 4):
            yield number

    @strawberry.field
    def thing(self) -> Thing | None:
        return leafy(self.seed) if self.seed % 2 else node(self.seed + 1)

    @strawberry.field
    def refused(self) -> int | None:
        raise Conflict("Not now", path=("input", "id"), version=self.seed)

    @strawberry.field
    async def refused_later(self) -> str:
        await asyncio.sleep(0)
        raise NotFound("Nothing there")

    @strawberry.field
    async def defect(self) -> list[str] | None:
        raise ValueError("A defect")

    @strawberry.field
    def told(self, info: strawberry.Info, word: str) -> str:
        raw: Any = info._raw_info
        told = [info.field_name, info.path, info.query, info.variable_values, info.selected_fields]
        more = [info.return_type, info.operation.name, str(raw.parent_type), str(raw.return_type)]
        return f"{told} {more} {info.schema is SCHEMA} {list(raw.fragments)} {info.root_value} {word}"

    @strawberry.field
    def no_list(self) -> list[str] | None:
        return 7  # type: ignore[return-value]


Anything = Annotated[Node | Leafy, strawberry.union("Anything")]


def leafy(seed: int) -> Leafy:
    return Leafy(
        id=UUID(int=seed),
        label=None if seed % 2 else "leaf",
        count=seed,
        ratio=seed / 3,
        flag=None if seed % 3 else True,
        mood=Mood.BAD if seed % 2 else Mood.GOOD,
        moods=[Mood.GOOD, None],
        money=Money.of(None if seed % 5 else Decimal("12.50"), "CNY"),
        at=datetime(2026, 3, 1, tzinfo=UTC),
        words=["a", "b"],
        hidden="hidden",
        missing=None,  # type: ignore[arg-type]
        wrong="x",  # type: ignore[arg-type]
        broken=[1, "x", None],  # type: ignore[list-item]
        texts=[["a"], [None, "b"]],
    )


def node(seed: int) -> Node:
    return Node(id=UUID(int=seed), label="node", seed=seed, stock=leafy(seed))


@strawberry.federation.type(keys=["id"])
class Entity:
    id: UUID

    @classmethod
    async def resolve_reference(cls, info: strawberry.Info, id: str) -> "Entity | None":
        await asyncio.sleep(0)
        if id.endswith("3"):
            raise Conflict("No three")
        return None if id.endswith("4") else cls(id=UUID(id))

    @strawberry.field
    async def node(self) -> Node:
        return node(self.id.int)


READ = Granted("thing", "read")


@strawberry.type
class Query:
    @strawberry.field(extensions=[READ])
    def start(self, seed: int = 1) -> Node | None:
        return node(seed)

    @strawberry.field(extensions=[READ])
    async def must(self, seed: int = 0) -> Node:
        found: Node = await later(node(seed) if seed else None)
        return found

    @strawberry.field(extensions=[READ])
    async def entity(self, id: UUID) -> Entity:
        return Entity(id=id)

    @strawberry.field(extensions=[READ])
    async def hangs(self, info: strawberry.Info) -> str | None:
        info.context.notes.append("hangs")
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            info.context.notes.append("cancelled")
            raise
        return None

    @strawberry.field(extensions=[Granted("secret", "read")])
    async def secret(self) -> str | None:
        return "secret"


@strawberry.type
class Mutation:
    @strawberry.mutation(extensions=[READ])
    async def note(self, info: strawberry.Info, text: str) -> Node | None:
        for _ in range(len(text) % 3):
            await asyncio.sleep(0)
        info.context.notes.append(text)
        return node(len(text))

    @strawberry.mutation(extensions=[READ])
    async def strict(self, info: strawberry.Info, wish: Wish) -> Node:
        info.context.notes.append(repr(wish))
        if wish.word == "bad":
            raise Conflict("A bad word")
        return node(len(wish.word))


class Context:
    """What these resolvers hold."""

    def __init__(self) -> None:
        self.principal: Principal = employee("thing:read")
        self.notes: list[str] = []


SCHEMA = build(query=Query, mutation=Mutation, types=[Entity, Node, Leafy])
CORE = SCHEMA._schema
