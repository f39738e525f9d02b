"""Inputs of every mutation, made from the graph's own schema, each with one value that cannot be."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_required_input_field,
)

FIT: Mapping[str, Any] = {
    "String": "x",
    "Int": 1,
    "Boolean": True,
    "Decimal": "1",
    "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00+00:00",
    "Condition": {"rules": []},
    "JSON": {},
}
UNFIT: Mapping[str, tuple[Any, ...]] = {
    "String": ("a\0b", 7),
    "ID": ("a\0", True),
    "Int": (2**31, 1.5),
    "Boolean": ("yes",),
    "Decimal": ("NaN", "1e999999999999"),
    "Date": ("2026-02-30",),
    "DateTime": ("2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00"),
    "JSON": ("a\0b",),
    "Condition": ("all", {}, {"rules": [{"field": "a\0b", "operator": "eq", "value": "a\0b"}]}),
}

Known = Mapping[str, str]  # ids that exist, by the names of the fields that ask for them


def hostile_inputs(schema: GraphQLSchema, known: Known) -> Iterator[tuple[str, str, Any]]:
    """Give for each mutation its name, its document, and inputs with one unfit value each."""
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        for argument in field.args.values():
            kind = cast(GraphQLInputObjectType, get_nullable_type(argument.type))
            document = f"mutation($input: {argument.type}) {{ {name}(input: $input) {{ __typename }} }}"
            for given in _inputs(kind, known):
                yield name, document, given


def _inputs(
    kind: GraphQLInputObjectType, known: Known, inside: tuple[GraphQLInputType, ...] = ()
) -> Iterator[dict[str, Any]]:
    """All required fields, and one of the fields unfit; a filter in a filter of its kind is tried once."""
    fit = {
        name: _fit(field.type, name, known)
        for name, field in kind.fields.items()
        if is_required_input_field(field)
    }
    for name, field in kind.fields.items():
        for unfit in _unfit(field.type, known, (*inside, kind)):
            yield {**fit, name: unfit}


def _fit(type: GraphQLInputType, name: str, known: Known) -> Any:
    type = cast(GraphQLInputType, get_nullable_type(type))
    if isinstance(type, GraphQLList):
        return [_fit(type.of_type, name, known)]
    if isinstance(type, GraphQLInputObjectType):
        return {
            inner: _fit(field.type, inner, known)
            for inner, field in type.fields.items()
            if is_required_input_field(field)
        }
    if isinstance(type, GraphQLEnumType):
        return next(iter(type.values))
    if name == "currency":
        return "CNY"
    named = get_named_type(type).name
    return known.get(name, known["id"]) if named == "ID" else FIT[named]


def _unfit(type: GraphQLInputType, known: Known, inside: tuple[GraphQLInputType, ...] = ()) -> Iterator[Any]:
    type = cast(GraphQLInputType, get_nullable_type(type))
    if isinstance(type, GraphQLList):
        for unfit in _unfit(type.of_type, known, inside):
            yield [unfit]
    elif isinstance(type, GraphQLInputObjectType):
        yield "nothing of this kind"
        if type not in inside:
            yield from _inputs(type, known, inside)
    elif isinstance(type, GraphQLEnumType):
        yield "NO_SUCH_CHOICE"
    else:
        yield from UNFIT[cast(GraphQLNamedType, type).name]
