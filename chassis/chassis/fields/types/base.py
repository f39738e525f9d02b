"""What every type of field can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal, NoReturn
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    String,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.conditions import kinds
from chassis.conditions.fields import Field
from chassis.conditions.kinds import Kind
from chassis.errors import Invalid
from chassis.fields.containing import Kept
from chassis.fields.definition import Definition, Json, Language

Compared = Literal["text", "number", "money", "date", "datetime", "boolean", "id", "list", "path", "nothing"]

_UNCOMPARED = Kind("value", ("isEmpty", "isNotEmpty"), lambda given: given)
KINDS: Mapping[Compared, Kind] = {
    "text": kinds.TEXT,
    "number": kinds.NUMBER,
    "money": kinds.MONEY,
    "date": kinds.DATE,
    "datetime": kinds.DATETIME,
    "boolean": kinds.BOOLEAN,
    "id": kinds.ID,
    "list": kinds.TEXTS,
    "path": kinds.TEXT,
    "nothing": _UNCOMPARED,
}
_SQL: Mapping[Compared, Any] = {
    "number": Numeric(),
    "money": Numeric(),
    "date": Date(),
    "datetime": DateTime(timezone=True),
    "boolean": Boolean(),
    "id": PgUUID(as_uuid=True),
}
_ITSELF: ColumnElement[Any] = literal_column("'{}'")
_PYTHON: Mapping[Compared, Callable[[Any], Any]] = {
    "number": lambda stored: Decimal(str(stored)),
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "id": UUID,
}


def refuse(message: str, *path: str | int) -> NoReturn:
    """Raise Invalid; whoever knows the field adds its name and place."""
    raise Invalid(message, path=path)


def within(custom: ColumnElement[Any], key: str, part: str) -> ColumnElement[Any]:
    """Return a part of a stored object as text."""
    return custom.op("->", return_type=JSONB())(key).op("->>", return_type=String())(part)


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that a definition may set for its type; `check` returns what is kept or raises Invalid."""

    description: str
    check: Callable[[Any], Any]
    required: bool = False


class FieldType:
    """A kind of values: which are taken, how they are kept, compared, read from text and shown."""

    name: ClassVar[str]
    description: ClassVar[str]
    settings: ClassVar[Mapping[str, Setting]] = {}
    compares: ClassVar[Compared] = "text"
    may_be_unique: ClassVar[bool] = False
    computed: ClassVar[bool] = False  # nobody enters its values
    stored: ClassVar[bool] = True  # records hold its values
    searched: ClassVar[bool] = False  # records are found by the words in it

    def compared(self, definition: Definition) -> Compared:
        """Return as what its values are compared."""
        return self.compares

    def operators(self, definition: Definition) -> tuple[str, ...]:
        """Return the operators that conditions may use."""
        return tuple(KINDS[self.compared(definition)].operators)

    def field(self, custom: ColumnElement[Any], definition: Definition) -> Field:
        """Return the field as conditions know it."""
        return Field(KINDS[self.compared(definition)], self.expression(custom, definition))

    def sorts(self, definition: Definition) -> bool:
        """Tell whether lists can be sorted by it."""
        return self.compared(definition) not in ("list", "nothing")

    def check_settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings as they are kept; raise Invalid with the name of the wrong one."""
        for name in given:
            if name not in self.settings:
                known = ", ".join(self.settings) or "none"
                refuse(f"The type {self.name} has no setting {name!r}; it has: {known}", name)
        kept: dict[str, Any] = {}
        for name, setting in self.settings.items():
            if given.get(name) is not None:
                try:
                    kept[name] = setting.check(given[name])
                except Invalid as error:
                    refuse(error.message, name, *error.path)
            elif setting.required:
                refuse(f"The type {self.name} needs the setting {name}: {setting.description}", name)
        self.check_together(kept)
        return kept

    def check_together(self, settings: Mapping[str, Any]) -> None:
        """Raise Invalid when settings contradict each other."""
        low, high = settings.get("min"), settings.get("max")
        if low is not None and high is not None and self._bound(low) > self._bound(high):
            refuse("min is above max", "min")

    def _bound(self, setting: Any) -> Any:
        return setting

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the value as it is stored; raise Invalid when this field does not take it."""
        raise NotImplementedError

    def parse(self, text: str, definition: Definition) -> Json:
        """Return what a text of an import says, as it is stored; raise Invalid when it says nothing."""
        return self.validate(text.strip(), definition)

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return a stored value as people read it."""
        return str(value)

    def plain(self, value: Json) -> Json:
        """Return the part of a stored value that is compared."""
        return value

    def comparable(self, value: Json, definition: Definition) -> Any:
        """Return a stored value as conditions in Python compare it; equal to `expression` in SQL."""
        compared = self.compared(definition)
        if value is None or compared == "nothing":
            return value
        convert = _PYTHON.get(compared)
        return convert(self.plain(value)) if convert else self.plain(value)

    def expression(self, custom: ColumnElement[Any], definition: Definition) -> ColumnElement[Any]:
        """Return what conditions compare, out of the column of custom values."""
        compared = self.compared(definition)
        if compared == "list":
            return self._texts(custom, definition)
        written = self._or_default(custom, self.text_of(custom, definition), definition)
        return cast(written, _SQL[compared]) if compared in _SQL else written

    def text_of(self, custom: ColumnElement[Any], definition: Definition) -> ColumnElement[Any]:
        """Return the compared part of the stored value as text."""
        written = custom.op("->>", return_type=String())(definition.key)
        return type_coerce(written, Kept(custom, definition.key)) if definition.default is None else written

    def _texts(self, custom: ColumnElement[Any], definition: Definition) -> ColumnElement[Any]:
        path = literal(f"$.{definition.key}[*] ? (@ != null)", JSONPATH())
        element = func.jsonb_path_query(custom, path).column_valued("element")
        texts = select(func.array_agg(element.op("#>>", return_type=String())(_ITSELF))).scalar_subquery()
        found = type_coerce(texts, ARRAY(Text()))
        if not definition.default:
            return found
        default = literal(list(definition.default), ARRAY(Text()))
        return case((custom.op("?", return_type=Boolean())(definition.key), found), else_=default)

    def _or_default(
        self, custom: ColumnElement[Any], written: ColumnElement[Any], definition: Definition
    ) -> ColumnElement[Any]:
        """Records written before the field was there have its default."""
        if definition.default is None:
            return written
        default = self.plain(definition.default)
        text = str(default).lower() if isinstance(default, bool) else str(default)
        return case((custom.op("?", return_type=Boolean())(definition.key), written), else_=literal(text))

    def order(self, custom: ColumnElement[Any], definition: Definition) -> ColumnElement[Any]:
        """Return what lists are sorted by."""
        return self.expression(custom, definition)

    def references(self, value: Json, definition: Definition) -> Sequence[tuple[str, UUID]]:
        """Return the records that a stored value points to, each with its kind of object."""
        return ()
