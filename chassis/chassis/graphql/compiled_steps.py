"""The closures of which compiled operations are made."""

from collections.abc import Callable, Sequence
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import Any, cast

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    default_type_resolver,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import Path, is_iterable
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from chassis.graphql.compiled_calls import BACKREF, call_of
from chassis.graphql.compiled_run import PLAIN, Complete, Field, Run, Spot, Unsupported

Answer = dict[str, Any]
Step = Callable[[Any, Answer, Any, Run], None]  # reads the source, fills the answer at this path
Object = tuple[Answer, Sequence[Step]]  # what its answer begins as, and what fills it
Leaf = tuple[str, type | None, Callable[[Any], Any], bool]  # key, class to leave alone, coercion, required

IDENTICAL: dict[str, type] = {"String": str, "Boolean": bool}


def attribute_of(field: Field) -> str | None:
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


def is_simple(field: Field) -> bool:
    """Say whether a field shows one attribute, a scalar or an enum."""
    return is_leaf_type(get_nullable_type(field.definition.type)) and attribute_of(field) is not None


def leaves_step(fields: Sequence[tuple[Field, Step]]) -> Step:
    """Read and serialise plain attributes together."""
    leaves = [_leaf(field) for field, _ in fields]
    one_by_one = [step for _, step in fields]
    several = attrgetter(*(str(attribute_of(field)) for field, _ in fields))
    read = several if len(fields) > 1 else lambda source: (several(source),)

    def step(source: Any, answer: Answer, parent: Path, run: Run) -> None:
        try:
            for (key, same, coerce, required), value in zip(leaves, read(source), strict=True):
                if value.__class__ is same:
                    answer[key] = value
                elif value is None and not required:
                    answer[key] = None
                elif (
                    PLAIN[value.__class__] and (found := coerce(value)) is not None and found is not Undefined
                ):
                    answer[key] = found
                else:
                    break
            else:
                return
        except Exception:  # noqa: S110  each is read again alone, which tells what failed where
            pass
        for alone in one_by_one:
            alone(source, answer, parent, run)

    return step


def _leaf(field: Field) -> Leaf:
    type = cast(GraphQLLeafType, get_nullable_type(field.definition.type))
    required = isinstance(field.definition.type, GraphQLNonNull)
    return field.key, IDENTICAL.get(type.name), _coercion(type), required


def _coercion(type: GraphQLLeafType) -> Callable[[Any], Any]:
    coerce = type.coerce_output_value
    definition = type.extensions.get(BACKREF)
    if isinstance(definition, StrawberryEnumDefinition):
        chosen: Any = definition.wrapped_cls
        names = {member: coerce(member) for member in chosen}
        return lambda value: names[value] if value.__class__ is chosen else coerce(value)
    if type is GraphQLInt:
        return lambda value: (
            value if value.__class__ is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT else coerce(value)
        )
    return coerce


def attribute_step(spot: Spot, attribute: str) -> Step:
    """Show an attribute of the source."""
    key, type_name, complete = spot.field.key, spot.field.parent.name, spot.complete

    def step(source: Any, answer: Answer, parent: Path, run: Run) -> None:
        place = Path(parent, key, type_name)
        try:
            value = getattr(source, attribute)
            if PLAIN[value.__class__]:
                answer[key] = complete(value, place, run)
            else:
                run.put(value, spot, answer, key, place)
        except Exception as error:
            run.refuse(error, spot, place)

    return step


def resolver_step(spot: Spot) -> Step:
    """Show what the field's resolver answers."""
    field = spot.field
    key, type_name = field.key, field.parent.name
    call = call_of(field)

    def step(source: Any, answer: Answer, parent: Path, run: Run) -> None:
        place = Path(parent, key, type_name)
        try:
            run.put(call(source, place, run), spot, answer, key, place)
        except Exception as error:
            run.refuse(error, spot, place)

    return step


def leaf(type: GraphQLLeafType) -> Complete:
    """Complete a scalar or an enum."""
    return lambda value, _, run: None if _is_null(value) else run.complete_leaf_value(type, value)


def required(field: Field, complete: Complete) -> Complete:
    """Complete a value that must not be null."""

    def completed(value: Any, place: Path, run: Run) -> Any:
        found = complete(value, place, run)
        if found is None:
            raise TypeError(f"Cannot return null for non-nullable field {field}.")
        return found

    return completed


def _is_null(value: Any) -> bool:
    if value is None or PLAIN[value.__class__]:
        return value is None
    if isinstance(value, Exception):
        raise value
    return value is Undefined


def items(spot: Spot) -> Complete:
    """Complete a list."""
    field, complete = spot.field, spot.complete
    same = IDENTICAL.get(str(get_nullable_type(spot.type)))

    def completed(values: Any, place: Path, run: Run) -> Any:
        if values.__class__ is not list:
            if _is_null(values):
                return None
            if not is_iterable(values):
                raise GraphQLError(f"Expected Iterable, but did not find one for field '{field}'.")
        elif same is not None and {same}.issuperset(map(type, values)):
            return values.copy()
        found: list[Any] = []
        for index, value in enumerate(values):
            item = Path(place, index, None)
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


def fields_of(field: Field, type: GraphQLObjectType, fields: Object) -> Complete:
    """Complete an object by its selected fields."""
    template, steps = fields
    is_type_of = type.is_type_of
    if iscoroutinefunction(is_type_of):
        raise Unsupported

    def complete(value: Any, place: Path, run: Run) -> Any:
        if _is_null(value):
            return None
        if is_type_of and not is_type_of(value, run.info(field, place)):
            raise invalid_return_type_error(type, value, field.details)
        answer = template.copy()
        for step in steps:
            step(value, answer, place, run)
        return answer

    return complete


def abstract(field: Field, type: GraphQLAbstractType, objects: dict[str, Complete]) -> Complete:
    """Complete an object whose type its value decides."""
    resolve_type = type.resolve_type or default_type_resolver
    if iscoroutinefunction(resolve_type):
        raise Unsupported

    def complete(value: Any, place: Path, run: Run) -> Any:
        if _is_null(value):
            return None
        info = run.info(field, place)
        found = run.ensure_valid_runtime_type(
            resolve_type(value, info, type), type, field.details, info, value
        )
        return objects[found.name](value, place, run)

    return complete
