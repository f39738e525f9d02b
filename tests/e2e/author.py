"""Random valid operations over the graph's schema, drawn by Hypothesis."""

from pathlib import Path
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from hypothesis import strategies as st

SCHEMA = build_schema((Path(__file__).resolve().parents[2] / "gateway/schema.graphql").read_text())
VARIABLES = {"yes": True, "no": False, "two": 2}
DECLARED = {"$yes": "$yes: Boolean!", "$no": "$no: Boolean! = true", "$two": "$two: Int"}
VALUES = {
    "Int": ["1", "2", "3"],
    "Float": ["1.5"],
    "Boolean": ["true", "false"],
    "String": ['"e"', '"Round"', '"公司"', '""'],
    "Date": ['"2026-03-02"', '"2025-01-01"'],
    "DateTime": ['"2026-03-02T00:00:00Z"', '"2020-01-01T00:00:00+08:00"'],
    "Decimal": ['"1000"', '"0.5"'],
    "Condition": [
        '{rules: [{field: "id", operator: "isNotEmpty"}]}',
        '{not: true, rules: [{field: "id", operator: "isEmpty"}]}',
    ],
    "JSON": ['"x"'],
}
CONDITIONS = (
    " @include(if: $yes)",
    " @skip(if: $no)",
    " @include(if: $no)",
    " @skip(if: $yes)",
    " @skip(if: $no) @include(if: $yes)",
    " @include(if: true)",
)
NOTED = frozenset(("ChangeEntryConnection",))  # who reads these is noted in them, a moment later
LEVELS = 8
FIELDS = 48


@st.composite
def operations(draw: st.DrawFn) -> str:
    """An operation; `<Customer 1>` in it stands for the id of one of the customers."""
    return _Author(draw, SCHEMA).operation()


class _Author:
    def __init__(self, draw: st.DrawFn, schema: GraphQLSchema) -> None:
        self._draw = draw
        self._schema = schema
        self._fragments: dict[str, tuple[str, str]] = {}
        self._left = FIELDS
        self._aliases = 0

    def operation(self) -> str:
        assert self._schema.query_type is not None
        selections = self._selections(self._schema.query_type, LEVELS)
        if self._rarely():
            selections = f'{{ t: __type(name: "Customer") {{ kind called: name }} {selections[1:]}'
        parts = [selections, *(f"fragment {n} on {t} {s}" for n, (t, s) in self._fragments.items())]
        text = " ".join(parts)
        declared = ", ".join(definition for name, definition in DECLARED.items() if name in text)
        return f"query ({declared}) {text}" if declared else f"query {text}"

    def _selections(self, type: GraphQLObjectType, levels: int) -> str:
        usable = [
            name
            for name, field in type.fields.items()
            if levels > 1 or not is_composite_type(get_named_type(field.type))
            if get_named_type(field.type).name not in NOTED
        ]
        if "nodes" in usable and not self._rarely():
            names = ["nodes"]
        else:
            names = self._draw(st.lists(st.sampled_from(usable), min_size=1, max_size=6, unique=True))
        chosen = []
        for name in names:
            if self._left > 0:
                self._left -= 1
                chosen.append(self._field(name, type.fields[name], levels))
        if not chosen or self._rarely():
            chosen.append(self._picked(["__typename", f"{self._alias()}__typename"]) + self._condition())
        text = "{ " + " ".join(chosen) + " }"
        return self._wrapped(type, text) if self._rarely() else text

    def _wrapped(self, type: GraphQLObjectType, text: str) -> str:
        same = [name for name, (of, _) in self._fragments.items() if of == type.name]
        match self._picked(["inline", "plain", "named", "again"]):
            case "inline":
                return f"{{ ... on {type.name}{self._condition()} {text} }}"
            case "plain":
                return f"{{ ...{self._condition() or ' @include(if: true)'} {text} __typename }}"
            case "again" if same:
                return f"{{ ...{same[0]}{self._condition()} ... {text} }}"
        name = f"F{len(self._fragments)}"
        self._fragments[name] = (type.name, text)
        return f"{{ ...{name}{self._condition()} }}"

    def _field(self, name: str, field: GraphQLField, levels: int) -> str:
        given = self._arguments(field)
        # the same key with other arguments elsewhere in the selection would be refused
        alias = self._alias() if field.args or self._rarely() else ""
        inner = get_named_type(field.type)
        below = f" {self._selections(inner, levels - 1)}" if isinstance(inner, GraphQLObjectType) else ""
        return f"{alias}{name}{given}{self._condition()}{below}"

    def _arguments(self, field: GraphQLField) -> str:
        given = {}
        if "first" in field.args:
            backwards = "last" in field.args and self._rarely()
            given["last" if backwards else "first"] = self._picked(
                ["2", "3", "1", "$two", "101"][: 4 + self._rarely()]
            )
        for name, argument in field.args.items():
            if name in ("first", "last", "after", "before"):
                continue
            if isinstance(argument.type, GraphQLNonNull) or self._rarely():
                given[name] = self._argument(name, argument, field)
        return f"({', '.join(f'{n}: {v}' for n, v in given.items())})" if given else ""

    def _argument(self, name: str, argument: GraphQLArgument, field: GraphQLField) -> str:
        if name in ("id", "number") or get_named_type(argument.type).name == "ID":
            return f'"<{get_named_type(field.type).name}.{name} {self._picked(range(4))}>"'
        return self._value(argument.type, 2)

    def _value(self, declared: Any, levels: int) -> str:
        named = get_named_type(declared)
        if is_list_type(get_nullable_type(declared)):
            return f"[{self._value(get_nullable_type(declared).of_type, levels)}]"
        if isinstance(named, GraphQLEnumType):
            return str(self._picked(list(named.values)))
        if _is_object(named):
            return self._object(named, levels)
        if named.name == "ID":
            return f'"<{self._picked(["Customer", "Lead", "Employee"])}.id {self._picked(range(3))}>"'
        return str(self._picked(VALUES[named.name]))

    def _object(self, declared: GraphQLInputObjectType, levels: int) -> str:
        fields = declared.fields
        flat = [n for n, f in fields.items() if levels or not _is_object(get_named_type(f.type))]
        names = [n for n, f in fields.items() if isinstance(f.type, GraphQLNonNull)]
        if not names and flat:
            names = self._draw(st.lists(st.sampled_from(flat), max_size=2, unique=True))
        given = (f"{name}: {self._value(fields[name].type, levels - 1)}" for name in names)
        return "{" + ", ".join(given) + "}"

    def _condition(self) -> str:
        return str(self._picked(CONDITIONS)) if self._rarely() else ""

    def _alias(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}: "

    def _rarely(self) -> bool:
        return self._draw(st.integers(0, 6)) == 6

    def _picked(self, values: Any) -> Any:
        return self._draw(st.sampled_from(values))


def _is_object(declared: Any) -> bool:
    return isinstance(declared, GraphQLInputObjectType)
