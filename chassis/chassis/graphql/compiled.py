"""Operations compiled once to closures; the results are those of graphql-core's `execute`.

A selected field becomes a step that writes its value into the answer. A value that must be waited for
leaves its place empty and is put on the run's list; it fills the place later, so that objects and lists
in between cost no coroutine. Plain attributes of an object are read and serialised together; when
anything about one of them is unusual, they are done again one by one, exactly as graphql-core does it.
"""

from collections.abc import Callable, Sequence
from inspect import isawaitable, iscoroutinefunction
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    VariableNode,
    Visitor,
    default_field_resolver,
    default_type_resolver,
    execute,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    visit,
)
from graphql.execution import get_variable_values
from graphql.execution.collect_fields import (
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.executor import Executor, invalid_return_type_error
from graphql.execution.values import VariableValues
from graphql.pyutils import is_iterable
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from chassis.graphql.compiled_run import PLAIN, Complete, Field, Info, Nulled, Operation, Place, Run, Spot

Answer = dict[str, Any]
Step = Callable[[Any, Answer, Place, Run], None]
Object = tuple[Answer, Sequence[Step]]  # what its answer begins as, and what fills it
Leaf = tuple[
    str, type | None, Callable[[Any], Any], bool
]  # key, class that needs nothing, coercion, required

PLANS = 16  # per operation: one for each choice that @skip and @include leave to variables
BACKREF = "strawberry-definition"
IDENTICAL: dict[str, type] = {"String": str, "Boolean": bool}


class Unsupported(Exception):
    """This is left to graphql-core."""


class Executable:
    """A valid document; an operation of it is compiled when it first runs."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        fragments: dict[str, FragmentDefinitionNode] = {}
        nodes: list[OperationDefinitionNode] = []
        for node in document.definitions:
            if isinstance(node, FragmentDefinitionNode):
                fragments[node.name.value] = node
            elif isinstance(node, OperationDefinitionNode):
                nodes.append(node)
        self.operations = nodes
        self._compiled: dict[str | None, _Compiled | None] = {
            node.name.value if node.name else None: _Compiled(Operation(schema, fragments, node))
            for node in nodes
        }
        if len(nodes) == 1:
            self._compiled[None] = next(iter(self._compiled.values()))

    async def execute(
        self, context: Any, variables: dict[str, Any] | None = None, operation_name: str | None = None
    ) -> ExecutionResult:
        """Return what the named operation gives, or the only one."""
        compiled = self._compiled.get(operation_name)
        if compiled:
            try:
                plan, values = compiled.plan(variables or {})
            except Unsupported:
                self._compiled[operation_name] = None
            except GraphQLError:
                pass
            else:
                return await _run(plan, Run(context, values))
        result = execute(
            self._schema,
            self._document,
            context_value=context,
            variable_values=variables,
            operation_name=operation_name,
        )
        return await result if isawaitable(result) else result


async def _run(plan: tuple[Object, bool], run: Run) -> ExecutionResult:
    (template, steps), serially = plan
    run.data = answer = template.copy()
    try:
        for step in steps:
            step(None, answer, None, run)
            if serially:
                await run.settle()
        await run.settle()
    except GraphQLError as error:
        run.end(error)
    except Nulled:
        pass
    await run.settle()  # drops what an error left waiting
    return ExecutionResult(run.data, run.errors or None)


class _Compiled:
    """One operation with its plans."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._definitions = operation.node.variable_definitions or ()
        self._switches: list[str] | None = None
        self._plans: dict[tuple[Any, ...], tuple[Object, bool]] = {}

    def plan(self, given: dict[str, Any]) -> tuple[tuple[Object, bool], VariableValues]:
        """Return the plan for these variables, and their coerced values.

        Raise GraphQLError for variables that cannot be used.
        """
        values = get_variable_values(self._operation.schema, self._definitions, given, max_errors=1)
        if isinstance(values, list):
            raise values[0]
        if self._switches is None:
            self._switches = _switches(self._operation)
        choice = tuple(values.coerced.get(name) for name in self._switches)
        if choice not in self._plans:
            if len(self._plans) == PLANS:
                raise Unsupported
            self._plans[choice] = _Compiler(self._operation, values).plan()
        return self._plans[choice], values


def _switches(operation: Operation) -> list[str]:
    """Return the variables that decide what is selected."""
    found: set[str] = set()

    class Look(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            if node.name.value not in ("skip", "include"):
                raise Unsupported
            values = (argument.value for argument in node.arguments or ())
            found.update(value.name.value for value in values if isinstance(value, VariableNode))

    for node in (operation.node, *operation.fragments.values()):
        visit(node, Look())
    return sorted(found)


class _Compiler:
    """Compiles an operation for one choice of its switches."""

    def __init__(self, operation: Operation, variables: VariableValues) -> None:
        self._operation = operation
        self._schema = operation.schema
        self._variables = variables
        self._fragments = {name: FragmentDetails(node) for name, node in operation.fragments.items()}

    def plan(self) -> tuple[Object, bool]:
        """Return what fills the answer, and whether root fields run one after the other."""
        node = self._operation.node
        root = self._schema.get_root_type(node.operation)
        if root is None or node.operation is OperationType.SUBSCRIPTION:
            raise Unsupported
        selected = collect_fields(self._schema, self._fragments, self._variables, root, node)
        fields = self._object(root, selected.grouped_field_set, None)
        return fields, node.operation is OperationType.MUTATION

    def _object(self, type: GraphQLObjectType, selected: GroupedFieldSet, up: int | None) -> Object:
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
                fields.append(Field(key, details, definition, type, self._operation))
        steps: list[Step] = []
        for simple, together in groupby(fields, _is_simple):
            each = [(field, self._field(field, up)) for field in together]
            steps += [_leaves(each)] if simple else [step for _, step in each]
        return template, steps

    def _field(self, field: Field, up: int | None) -> Step:
        spot = self._spot(field, field.definition.type, up)
        attribute = _attribute(field)
        return _resolved(field, spot) if attribute is None else _read(field, spot, attribute)

    def _spot(self, field: Field, type: GraphQLOutputType, up: int | None) -> Spot:
        if not isinstance(type, GraphQLNonNull):
            up = 0
        elif up is not None:
            up += 1
        nullable = cast(GraphQLOutputType, get_nullable_type(type))
        complete = self._complete(field, nullable, up)
        if isinstance(type, GraphQLNonNull):
            complete = _required(field, complete)
        return Spot(field, up, complete, is_list=isinstance(nullable, GraphQLList))

    def _complete(self, field: Field, type: GraphQLOutputType, up: int | None) -> Complete:
        if isinstance(type, GraphQLList):
            leaf = get_nullable_type(type.of_type)
            return _list(self._spot(field, type.of_type, up), IDENTICAL.get(getattr(leaf, "name", "")))
        if is_leaf_type(type):
            return _leaf(type)
        if isinstance(type, GraphQLObjectType):
            return self._selected(field, type, up)
        if is_abstract_type(type):
            possible = self._schema.get_possible_types(type)
            return _abstract(field, type, {each.name: self._selected(field, each, up) for each in possible})
        raise Unsupported

    def _selected(self, field: Field, type: GraphQLObjectType, up: int | None) -> Complete:
        node = self._operation.node
        selected = collect_subfields(
            self._schema, self._fragments, self._variables, node, type, field.details
        )
        return _filled(field, type, self._object(type, selected.grouped_field_set, up))


def _attribute(field: Field) -> str | None:
    """Return the attribute that a field shows, if it does nothing else."""
    definition = field.definition.extensions.get(BACKREF)
    if (
        isinstance(definition, StrawberryField)
        and definition.is_basic_field
        and definition.default_resolver is getattr
        and type(definition).get_result is StrawberryField.get_result
        and getattr(field.definition.resolve, "__name__", "") == "_get_basic_result"
    ):
        return definition.python_name
    return None


def _is_simple(field: Field) -> bool:
    return is_leaf_type(get_nullable_type(field.definition.type)) and _attribute(field) is not None


def _leaves(fields: Sequence[tuple[Field, Step]]) -> Step:
    """Read and serialise plain attributes together."""
    names = [cast(str, _attribute(field)) for field, _ in fields]
    one_by_one = [step for _, step in fields]
    leaves: list[Leaf] = []
    for field, _ in fields:
        kind = cast(GraphQLLeafType, get_nullable_type(field.definition.type))
        required = isinstance(field.definition.type, GraphQLNonNull)
        leaves.append((field.key, IDENTICAL.get(kind.name), _coercion(kind), required))
    several = attrgetter(*names)
    read = several if len(names) > 1 else lambda source: (several(source),)

    def step(source: Any, answer: Answer, parent: Place, run: Run) -> None:
        try:
            for (key, same, coerce, required), value in zip(leaves, read(source), strict=True):
                if value.__class__ is same:
                    answer[key] = value
                elif value is None and not required:
                    answer[key] = None
                elif PLAIN[value.__class__]:
                    found = coerce(value)
                    if found is None or found is Undefined:
                        break
                    answer[key] = found
                else:
                    break
            else:
                return
        except Exception:
            pass
        for alone in one_by_one:
            alone(source, answer, parent, run)

    return step


def _coercion(type: GraphQLLeafType) -> Callable[[Any], Any]:
    coerce = type.coerce_output_value
    definition = type.extensions.get(BACKREF)
    if isinstance(definition, StrawberryEnumDefinition):
        chosen = definition.wrapped_cls
        names: dict[Any, str] = {member: coerce(member) for member in cast(Any, chosen)}
        return lambda value: names[value] if value.__class__ is chosen else coerce(value)
    if type.name == "Int":
        return lambda value: value if value.__class__ is int and -(2**31) <= value < 2**31 else coerce(value)
    return coerce


def _read(field: Field, spot: Spot, attribute: str) -> Step:
    key, type_name = field.key, field.parent.name

    def step(source: Any, answer: Answer, parent: Place, run: Run) -> None:
        place = (parent, key, type_name)
        try:
            value = getattr(source, attribute)
            if PLAIN[value.__class__]:
                answer[key] = spot.complete(value, place, run)
            else:
                run.put(value, spot, answer, key, place)
        except Exception as error:
            run.refuse(error, spot, place)

    return step


def _resolved(field: Field, spot: Spot) -> Step:
    key, type_name = field.key, field.parent.name
    resolve = field.definition.resolve or default_field_resolver
    takes_arguments = bool(field.definition.args)

    def step(source: Any, answer: Answer, parent: Place, run: Run) -> None:
        place = (parent, key, type_name)
        try:
            given = run.arguments(field) if takes_arguments else {}
            value = resolve(source, cast(Any, Info(field, place, run)), **given)
            run.put(value, spot, answer, key, place)
        except Exception as error:
            run.refuse(error, spot, place)

    return step


def _required(field: Field, complete: Complete) -> Complete:
    def completed(value: Any, place: Place, run: Run) -> Any:
        found = complete(value, place, run)
        if found is None:
            raise TypeError(f"Cannot return null for non-nullable field {field}.")
        return found

    return completed


def _is_null(value: Any) -> bool:
    if isinstance(value, Exception):
        raise value
    return value is None or value is Undefined


def _leaf(type: GraphQLLeafType) -> Complete:
    def complete(value: Any, place: Place, run: Run) -> Any:
        return None if _is_null(value) else Executor.complete_leaf_value(type, value)

    return complete


def _list(spot: Spot, same: type | None) -> Complete:
    """Complete a list; items of the class `same` are already what they should be."""
    field, complete = spot.field, spot.complete

    def completed(values: Any, place: Place, run: Run) -> Any:
        if values.__class__ is not list:
            if _is_null(values):
                return None
            if not is_iterable(values):
                raise GraphQLError(f"Expected Iterable, but did not find one for field '{field}'.")
        elif same is not None and {same}.issuperset(map(type, values)):
            return values.copy()
        found: list[Any] = []
        for index, value in enumerate(values):
            item = (place, index, None)
            found.append(None)
            try:
                if PLAIN[value.__class__]:
                    found[index] = complete(value, item, run)
                else:
                    run.put(value, spot, found, index, item)
            except Exception as error:
                run.refuse(error, spot, item)
        return found

    return completed


def _filled(field: Field, type: GraphQLObjectType, fields: Object) -> Complete:
    template, steps = fields
    is_type_of = type.is_type_of
    if iscoroutinefunction(is_type_of):
        raise Unsupported

    def complete(value: Any, place: Place, run: Run) -> Any:
        if _is_null(value):
            return None
        if is_type_of is not None and not is_type_of(value, cast(Any, Info(field, place, run))):
            raise invalid_return_type_error(type, value, field.details)
        answer = template.copy()
        for step in steps:
            step(value, answer, place, run)
        return answer

    return complete


def _abstract(field: Field, type: GraphQLAbstractType, objects: dict[str, Complete]) -> Complete:
    resolve_type = type.resolve_type or default_type_resolver
    if iscoroutinefunction(resolve_type):
        raise Unsupported

    def complete(value: Any, place: Place, run: Run) -> Any:
        if _is_null(value):
            return None
        info = cast(Any, Info(field, place, run))
        name = resolve_type(value, info, type)
        if name not in objects:  # says what is wrong with it
            Executor.ensure_valid_runtime_type(info, name, type, field.details, info, value)
        return objects[cast(str, name)](value, place, run)

    return complete
