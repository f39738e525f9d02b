"""How a field's resolver is called: straight, where Strawberry's own way there would change nothing."""

from collections.abc import Callable
from typing import Any, NamedTuple

from graphql import GraphQLInputType, default_field_resolver, get_named_type, get_nullable_type, is_leaf_type
from graphql.pyutils import Path
from strawberry.types.base import StrawberryMaybe
from strawberry.types.field import StrawberryField

from chassis.graphql.compiled_run import Field, Run

BACKREF = "strawberry-definition"
Call = Callable[[Any, Path, Run], Any]  # gives what the resolver gives for this source


class _Argument(NamedTuple):
    """What a resolver calls an argument; Strawberry makes an object of one that is not as given."""

    name: str
    as_given: bool


def call_of(field: Field) -> Call:
    """Return how the field's resolver is called."""
    through = _through(field)
    definition = field.definition.extensions.get(BACKREF)
    if (
        isinstance(definition, StrawberryField)
        and definition.base_resolver
        and not definition.extensions
        and type(definition).get_result is StrawberryField.get_result
        and getattr(field.definition.resolve, "__name__", "") in ("_resolver", "_async_resolver")
        and not any(isinstance(argument.type, StrawberryMaybe) for argument in definition.arguments)
    ):
        return _straight(field, definition, through)
    return through


def _through(field: Field) -> Call:
    resolve = field.definition.resolve or default_field_resolver
    takes_arguments = bool(field.definition.args)

    def call(source: Any, place: Path, run: Run) -> Any:
        given = run.arguments(field) if takes_arguments else {}
        return resolve(source, run.info(field, place), **given)

    return call


def _straight(field: Field, definition: StrawberryField, through: Call) -> Call:
    resolver: Any = definition.base_resolver
    function, bound = resolver.wrapped_func, bool(resolver.self_parameter)
    sources = [each.name for each in (resolver.root_parameter, resolver.parent_parameter) if each]
    told = resolver.info_parameter and resolver.info_parameter.name
    takes_arguments = bool(field.definition.args)
    arguments: dict[str, _Argument] = {}

    def call(source: Any, place: Path, run: Run) -> Any:
        config = run.schema._strawberry_schema.config  # type: ignore[attr-defined]
        if takes_arguments and not arguments:
            arguments.update(_arguments(field, definition, config))
        given: dict[str, Any] = dict.fromkeys(sources, source)
        for key, value in run.arguments(field).items() if takes_arguments else ():
            name, as_given = arguments[key]
            if value is not None and not as_given:
                return through(source, place, run)
            given[name] = value
        if told:
            given[told] = config.info_class(_raw_info=run.info(field, place), _field=definition)
        return function(source, **given) if bound else function(**given)

    return call


def _arguments(field: Field, definition: StrawberryField, config: Any) -> dict[str, _Argument]:
    names = {config.name_converter.from_argument(each): each.python_name for each in definition.arguments}
    return {
        key: _Argument(names[key], _is_as_given(argument.type))
        for key, argument in field.definition.args.items()
    }


def _is_as_given(type: GraphQLInputType) -> bool:
    """Say whether Strawberry gives a resolver just what graphql-core coerced: leaves, and representations."""
    return is_leaf_type(get_nullable_type(type)) or get_named_type(type).name == "_Any"
