"""From a request's text to an operation that is ready to run."""

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
    VariableDefinitionNode,
    get_variable_values,
    print_ast,
    separate_operations,
    validate,
)

from gateway.errors import Problem, Refused, problem, refused
from gateway.execution.conditions import decided, deciding_variables
from gateway.execution.introspection import Introspection, answerable_by_services, root_fields
from gateway.execution.plan import PlanCompiler, Step
from gateway.execution.projection import Projector
from gateway.metrics import PLANS
from gateway.planning.aliases import unaliased
from gateway.planning.cost import Price, Pricing
from gateway.planning.limits import Limits, check_extent, parsed
from gateway.planning.literals import lifted
from gateway.planning.live import Subscription
from gateway.planning.members import restored
from gateway.planning.mutations import one_by_one
from gateway.planning.planner import PlannerUnavailable, Plans, Unplannable
from gateway.planning.requirements import met
from gateway.planning.trusted import document_id
from gateway.supergraph.reading import Supergraph

log = logging.getLogger(__name__)

TEXTS = 4_000
OPERATIONS = 2_000
WAYS = 8
TEXTUAL = ("ID", "String")
REMEMBERED = PLANS.labels("cache")
LONGEST = 20_000  # characters of a document that is remembered
CHARACTERS = 1_000_000  # of all remembered ones: an operation takes 150 bytes for each, and a way as many
NOT_TRUSTED = (
    "Only trusted documents are answered here, and this is none of them; publish it with the release"
)

Item = TypeVar("Item")


@dataclass(frozen=True)
class Planned:
    """One way to run an operation: for one set of values of its @skip and @include variables."""

    steps: Step | None
    projector: Projector


@dataclass(eq=False)
class Operation:
    """An operation with its literals lifted, and the ways to run it met so far."""

    document: DocumentNode
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    introspection: Introspection | None
    subscription: Subscription | None
    public: bool
    deciding: tuple[str, ...]
    ways: "Recent[tuple[bool, ...], asyncio.Task[Planned]]" = field(default_factory=lambda: Recent(WAYS))
    prices: "Recent[tuple[bool, ...], Price]" = field(default_factory=lambda: Recent(WAYS))

    def decisions(self, variables: Mapping[str, Any]) -> tuple[bool, ...]:
        """What these variables decide about @skip and @include."""
        return tuple(bool(variables.get(name)) for name in self.deciding)


@dataclass(eq=False)
class Prepared:
    """An operation, the literals that one text of it had, and its cost where callers cannot change it."""

    operation: Operation
    literals: dict[str, Any]
    declared: tuple[VariableDefinitionNode, ...]  # the variables that callers give
    texts: bool  # whether all of those are mere texts
    cost: int | None = None


class Operations:
    """Prepares operations, remembering those it met by their text and by their normalised document."""

    def __init__(
        self,
        *,
        schema: GraphQLSchema,
        supergraph: Supergraph,
        planner: Plans,
        limits: Limits,
        secretive: bool,
        speculates: bool = True,
        admitted: Container[str] | None = None,
    ) -> None:
        """With `admitted`, every document is refused whose id is not in it."""
        self._schema = schema
        self._supergraph = supergraph
        self._planner = planner
        self._limits = limits
        self._secretive = secretive
        self._admitted = admitted
        self._compiler = PlanCompiler(supergraph, speculates=speculates)
        self._pricing = Pricing(schema, limits.page)
        self._by_text: Recent[tuple[str, str | None], Prepared] = Recent(TEXTS, CHARACTERS)
        self._by_document: Recent[str, Operation] = Recent(OPERATIONS, CHARACTERS)

    def prepare(self, text: str, name: str | None) -> Prepared:
        """Return the operation of a text, or refuse it."""
        found = self._by_text.get((text, name))
        if found is not None:
            return found
        if self._admitted is not None and document_id(text) not in self._admitted:
            raise refused(NOT_TRUSTED, "FORBIDDEN")
        document, literals = lifted(self._schema, self._chosen(text, name))
        operation = self._operation(document)
        definitions = operation.node.variable_definitions or ()
        declared = tuple(each for each in definitions if each.variable.name.value not in literals)
        texts = all(_named(each.type) in TEXTUAL for each in declared)
        prepared = Prepared(operation, literals, declared, texts)
        if len(text) <= LONGEST:
            self._by_text.put((text, name), prepared, len(text))
        return prepared

    def variables(self, prepared: Prepared, given: Mapping[str, Any]) -> dict[str, Any]:
        """Coerce the caller's variables; what does not fit its type is refused as INVALID."""
        names = [each.variable.name.value for each in prepared.declared]
        if prepared.texts and all([type(given.get(name)) is str for name in names]):
            return {**{name: given[name] for name in names}, **prepared.literals}
        values = get_variable_values(
            self._schema, prepared.declared, dict(given), max_errors=10, hide_suggestions=self._secretive
        )
        if isinstance(values, list):
            raise Refused(*(invalid(error) for error in values))
        return {**values.coerced, **prepared.literals}  # those are coerced already

    def cost(self, prepared: Prepared, variables: Mapping[str, Any]) -> int:
        """What the answer to the operation with these variables may cost."""
        if prepared.cost is not None:
            return prepared.cost
        cost = self._price(prepared.operation, variables).of(variables)
        if prepared.texts:  # which size no page and skip no field
            prepared.cost = cost
        return cost

    def _price(self, operation: Operation, variables: Mapping[str, Any]) -> Price:
        key = operation.decisions(variables)
        price = operation.prices.get(key)
        if price is None:
            chosen = decided(operation.document, dict(zip(operation.deciding, key, strict=True)))
            price = self._pricing.price(*split(chosen))
            operation.prices.put(key, price)
        return price

    async def planned(self, operation: Operation, variables: Mapping[str, Any]) -> Planned:
        """Return the way to run the operation with these variables."""
        key = operation.decisions(variables)
        way = operation.ways.get(key)
        if way is None or (way.done() and (way.cancelled() or way.exception())):
            # many callers wait for one plan, so it must survive the one who happened to ask first
            way = asyncio.create_task(self._plan(operation, dict(zip(operation.deciding, key, strict=True))))
            operation.ways.put(key, way)
        elif way.done():
            REMEMBERED.inc()
            return way.result()
        return await asyncio.shield(way)

    def _chosen(self, text: str, name: str | None) -> DocumentNode:
        try:
            document = parsed(text, self._limits)
            errors = validate(self._schema, document, max_errors=20, hide_suggestions=self._secretive)
        except GraphQLError as error:
            errors = [error]
        if errors:
            raise Refused(*(invalid(error) for error in errors))
        operations = separate_operations(document)
        if name is None and len(operations) > 1:
            raise refused("The document has several operations; name one in operationName.", "INVALID")
        chosen = operations.get(name) if name is not None else next(iter(operations.values()))
        if chosen is None:
            raise refused(f"The document has no operation {name}; it has {', '.join(operations)}.", "INVALID")
        operation, fragments = split(chosen)
        check_extent(operation, fragments, self._limits)
        return chosen

    def _operation(self, document: DocumentNode) -> Operation:
        key = print_ast(document)
        found = self._by_document.get(key)
        if found is not None:
            return found
        node, fragments = split(document)
        root = self._schema.get_root_type(node.operation)
        assert root is not None
        fields = root_fields(node, fragments)
        own = {(root.name, name) for name in fields if not name.startswith("__")}
        operation = Operation(
            document=document,
            node=node,
            fragments=fragments,
            introspection=Introspection.of(document, self._schema, fields),
            subscription=Subscription.of(node, fragments, self._supergraph),
            public=own <= self._supergraph.public,
            deciding=deciding_variables(document),
        )
        if len(key) <= LONGEST:
            self._by_document.put(key, operation, len(key))
        return operation

    async def _plan(self, operation: Operation, values: Mapping[str, bool]) -> Planned:
        document, keys = unaliased(self._schema, operation.document, self._supergraph.required)
        return Planned(
            steps=await self._steps(decided(document, values)),
            projector=Projector(self._schema, operation.node, operation.fragments, values, keys),
        )

    async def _steps(self, document: DocumentNode) -> Step | None:
        if all(name.startswith("__") for name in root_fields(*split(document))):
            return None
        node = await self._node(document)
        # the planner would start the next mutation while other services are asked about the one before
        if node is not None and node["kind"] != "Fetch" and len(parts := one_by_one(document)) > 1:
            nodes = [await self._node(part) for part in parts]
            node = {"kind": "Sequence", "nodes": [each for each in nodes if each is not None]}
        return self._compiler.compile(node) if node else None

    async def _node(self, document: DocumentNode) -> dict[str, Any] | None:
        try:
            plan = await self._planner.plan(print_ast(answerable_by_services(document, self._schema)))
        except PlannerUnavailable as error:
            raise refused(str(error), "UNAVAILABLE") from None
        except Unplannable as error:
            log.error("No plan for a valid operation: %s\n%s", error, print_ast(document))
            way_out = "No way to this answer is found; ask for its parts in separate requests"
            raise refused(way_out, "INVALID") from None
        node = plan.get("node")
        if node is None:
            return None
        return met(restored(node, *split(document), self._supergraph), self._supergraph.joins)


def _named(declared: TypeNode) -> str | None:
    """The type's name, None for a list."""
    inner = declared.type if isinstance(declared, NonNullTypeNode) else declared
    return inner.name.value if isinstance(inner, NamedTypeNode) else None


def invalid(error: GraphQLError) -> Problem:
    """A parse, validation or coercion error as the caller sees it."""
    found = problem(error.message, "INVALID", error.path)
    if error.locations:
        found["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return found


def split(document: DocumentNode) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    """The one operation of a document, and its fragments by name."""
    operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    return operation, fragments


Key = TypeVar("Key")


class Recent(Generic[Key, Item]):
    """The most recently used items, at most `size` of them and none beyond a weight in all."""

    def __init__(self, size: int, weight: float = math.inf) -> None:
        self._size = size
        self._spare = weight
        self._items: OrderedDict[Key, tuple[Item, int]] = OrderedDict()

    def get(self, key: Key) -> Item | None:
        """Return the item and remember that it was used."""
        found = self._items.get(key)
        if found is None:
            return None
        self._items.move_to_end(key)
        return found[0]

    def put(self, key: Key, item: Item, weight: int = 0) -> None:
        """Keep the item, dropping those that were not used for longest."""
        self._spare -= weight - self._items.pop(key, (item, 0))[1]
        self._items[key] = (item, weight)
        while len(self._items) > self._size or self._spare < 0:
            self._spare += self._items.popitem(last=False)[1][1]
