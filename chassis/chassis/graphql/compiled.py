"""Operations compiled once to closures; the results are those of graphql-core's `execute`.

A selected field becomes a step that writes its value into the answer. A value that must be waited for
leaves its place empty and is put on the run's list; it fills the place later, so that objects and lists
in between cost no coroutine. Plain attributes of an object are read and serialised together; when
anything about one of them is unusual, they are done again one by one, exactly as graphql-core does it.
What selects, coerces, reports errors or is rare is graphql-core's own code.
"""

from contextlib import suppress
from functools import cached_property
from inspect import isawaitable
from itertools import groupby
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    default_field_resolver,
    default_type_resolver,
    execute,
    is_abstract_type,
    is_leaf_type,
    visit,
)
from graphql.execution.collect_fields import (
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)

from chassis.graphql import compiled_steps as make
from chassis.graphql.compiled_run import Complete, Field, Nulled, Run, Spot, Unsupported
from chassis.graphql.compiled_steps import Answer, Object, Step
from chassis.graphql.compiled_variables import Variables

PLANS = 16  # kept per operation: one for each choice that @skip and @include leave to variables


class Executable:
    """A valid document; an operation of it is compiled when it first runs."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        compiled = [_Compiled(schema, document, node) for node in nodes]
        self._compiled: dict[str | None, _Compiled] = {
            node.name.value if node.name else None: each for node, each in zip(nodes, compiled, strict=True)
        }
        if len(compiled) == 1:
            self._compiled[None] = compiled[0]
        self.subscribes = any(node.operation is OperationType.SUBSCRIPTION for node in nodes)

    @cached_property
    def fields(self) -> frozenset[str]:
        """Return the names of all fields that are selected anywhere."""
        found: set[str] = set()

        class Look(Visitor):
            def enter_field(self, node: FieldNode, *_: Any) -> None:
                found.add(node.name.value)

        visit(self._document, Look())
        return frozenset(found)

    @cached_property
    def coordinates(self) -> frozenset[str]:
        """Return `Type.field` of all that is selected anywhere."""
        found: set[str] = set()
        types = TypeInfo(self._schema)

        class Look(Visitor):
            def enter_field(self, node: FieldNode, *_: Any) -> None:
                if parent := types.get_parent_type():
                    found.add(f"{parent.name}.{node.name.value}")

        visit(self._document, TypeInfoVisitor(types, Look()))
        return frozenset(found)

    async def execute(
        self, context: Any, variables: dict[str, Any] | None = None, operation_name: str | None = None
    ) -> ExecutionResult:
        """Return what the named operation gives, or the only one."""
        compiled = self._compiled.get(operation_name)
        if compiled:
            with suppress(Unsupported):
                return await compiled.execute(context, variables or {})
        result = execute(
            self._schema,
            self._document,
            context_value=context,
            variable_values=variables,
            operation_name=operation_name,
        )
        return await result if isawaitable(result) else result


class _Compiled:
    """One operation, with a plan for each choice of the variables that decide what is selected."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode) -> None:
        self._schema = schema
        self._node = node
        self._definitions = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._fragments = {name: FragmentDetails(each) for name, each in self._definitions.items()}
        self._variables = Variables(schema, node.variable_definitions or ())
        self._switches: list[str] | None = None
        self._plans: dict[tuple[Any, ...], Object | None] = {}

    async def execute(self, context: Any, variables: dict[str, Any]) -> ExecutionResult:
        """Run the operation; raise Unsupported before anything is done."""
        values = self._variables.values(variables)
        if isinstance(values, list):
            return ExecutionResult(None, values)
        fields, types = default_field_resolver, default_type_resolver
        given = (self._definitions, self._fragments, None, context, self._node, values, fields, types, fields)
        run = Run(self._schema, *given)
        try:
            await self._run(run)
        except GraphQLError as error:
            run.data = None
            run.collected_errors.add(error, None)
        except Nulled:
            pass
        await run.settle()  # drops what an error left waiting
        return ExecutionResult(run.data, run.collected_errors.errors or None)

    async def _run(self, run: Run) -> None:
        template, steps = self._plan(run)
        run.data = answer = template.copy()
        for step in steps:
            step(None, answer, None, run)
            if self._node.operation is OperationType.MUTATION:
                await run.settle()
        await run.settle()

    def _plan(self, run: Run) -> Object:
        if self._switches is None:
            self._switches = _switches(self._node, *self._definitions.values())
        choice = tuple(run.variable_values.coerced.get(name) for name in self._switches)
        if choice not in self._plans:
            if len(self._plans) == PLANS:
                del self._plans[next(iter(self._plans))]
            try:
                self._plans[choice] = _Compiler(run).operation()
            except (Unsupported, GraphQLError):
                self._plans[choice] = None
        plan = self._plans[choice]
        if plan is None:
            raise Unsupported
        return plan


def _switches(*nodes: Node) -> list[str]:
    """Return the variables that decide what is selected."""
    found: set[str] = set()

    class Look(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            if node.name.value not in ("skip", "include"):
                raise Unsupported
            values = (argument.value for argument in node.arguments or ())
            found.update(value.name.value for value in values if isinstance(value, VariableNode))

    for node in nodes:
        visit(node, Look())
    return sorted(found)


class _Compiler:
    """Compiles an operation for one choice, that of the run."""

    def __init__(self, run: Run) -> None:
        self._schema = run.schema
        self._node = run.operation
        self._selecting = (run.schema, run.fragments, run.variable_values)

    def operation(self) -> Object:
        """Return what fills the whole answer."""
        root = self._schema.get_root_type(self._node.operation)
        if root is None or self._node.operation is OperationType.SUBSCRIPTION:
            raise Unsupported
        return self._object(root, collect_fields(*self._selecting, root, self._node).grouped_field_set, 0)

    def _object(self, type: GraphQLObjectType, selected: GroupedFieldSet, up: int) -> Object:
        template: Answer = dict.fromkeys(selected)
        fields: list[Field] = []
        for key, details in selected.items():
            name = details[0].node.name.value
            definition = self._schema.get_field(type, name)
            if name == "__typename":
                template[key] = type.name
            elif definition is None or name.startswith("__"):
                raise Unsupported
            else:
                fields.append(Field(key, details, definition, type))
        steps: list[Step] = []
        for simple, together in groupby(fields, make.is_simple):
            each = [(field, self._field(field, up)) for field in together]
            steps += [make.leaves_step(each)] if simple else [step for _, step in each]
        return template, steps

    def _field(self, field: Field, up: int) -> Step:
        spot = self._spot(field, field.definition.type, up)
        attribute = make.attribute_of(field)
        return make.resolver_step(spot) if attribute is None else make.attribute_step(spot, attribute)

    def _spot(self, field: Field, type: GraphQLOutputType, up: int) -> Spot:
        if not isinstance(type, GraphQLNonNull):
            return Spot(field, type, 0, self._complete(field, type, 0))
        complete = self._complete(field, type.of_type, up + 1)
        return Spot(field, type, up + 1, make.required(field, complete))

    def _complete(self, field: Field, type: GraphQLOutputType, up: int) -> Complete:
        if isinstance(type, GraphQLList):
            return make.items(self._spot(field, type.of_type, up))
        if is_leaf_type(type):
            return make.leaf(type)
        if isinstance(type, GraphQLObjectType):
            return self._selected(field, type, up)
        if is_abstract_type(type):
            possible = self._schema.get_possible_types(type)
            return make.abstract(
                field, type, {each.name: self._selected(field, each, up) for each in possible}
            )
        raise Unsupported

    def _selected(self, field: Field, type: GraphQLObjectType, up: int) -> Complete:
        selected = collect_subfields(*self._selecting, self._node, type, field.details)
        return make.fields_of(field, type, self._object(type, selected.grouped_field_set, up))
