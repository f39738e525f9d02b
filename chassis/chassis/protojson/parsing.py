"""Messages out of proto-JSON, as the library reads them, at a fifth of its price."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import orjson
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.protojson.kinds import LONG, PLAIN, TIMESTAMP, is_usual

M = TypeVar("M", bound=Message)
Read = Callable[[Any, Any], None]  # a message and what is to be in its field

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_NUMBER = re.compile(r"-?\d+", re.ASCII)
_PYTHON = {FieldDescriptor.TYPE_STRING: str, FieldDescriptor.TYPE_BOOL: bool}


class _Unusual(ValueError):
    """Raised for what the library is to read, or to refuse."""


def parse(data: bytes | str, kind: type[M]) -> M:
    """Return the message; fields that it does not know are ignored, and of equal names the last one counts.

    Raises json_format.ParseError for what is no such message.
    """
    message = kind()
    try:
        _fill(message, orjson.loads(data))
    except (ValueError, TypeError, AttributeError):
        return json_format.Parse(data, kind(), ignore_unknown_fields=True)
    return message


def _fill(message: Any, values: Any) -> None:
    readers = _readers(message.DESCRIPTOR)
    for name, value in values.items():
        if read := readers.get(name):
            read(message, value)


@cache
def _readers(kind: Descriptor) -> dict[str, Read]:
    readers: dict[str, Read] = {}
    for field in kind.fields:
        readers[field.name] = readers[field.json_name] = _reader(field)
    return readers


def _reader(field: FieldDescriptor) -> Read:
    one_of = field.containing_oneof
    if not is_usual(field) or (one_of and len(one_of.fields) > 1):
        return _leave
    if field.message_type:
        return _message_reader(field, field.message_type)
    name, value = field.name, _value(field)

    def many(message: Any, given: Any) -> None:
        if type(given) is not list:
            raise _Unusual
        getattr(message, name).extend(map(value, given))

    return many if field.is_repeated else lambda message, given: setattr(message, name, value(given))


def _message_reader(field: FieldDescriptor, kind: Descriptor) -> Read:
    name = field.name
    if kind.file.package == "google.protobuf" and kind.full_name != TIMESTAMP:
        return _leave
    fill = _fill_time if kind.full_name == TIMESTAMP else _fill

    def one(message: Any, given: Any) -> None:
        part = getattr(message, name)
        part.SetInParent()
        fill(part, given)

    def many(message: Any, given: Any) -> None:
        if type(given) is not list:
            raise _Unusual
        parts = getattr(message, name)
        for each in given:
            fill(parts.add(), each)

    return many if field.is_repeated else one


def _value(field: FieldDescriptor) -> Callable[[Any], Any]:
    numbers = {value.name: value.number for value in field.enum_type.values} if field.enum_type else {}
    kind = _PYTHON.get(field.type, int)

    def plain(given: Any) -> Any:
        if type(given) is not kind:
            raise _Unusual
        return given

    def long(given: Any) -> int:
        if type(given) is not str or not _NUMBER.fullmatch(given):
            raise _Unusual
        return int(given)

    def enum(given: Any) -> int:
        if type(given) is not str or given not in numbers:
            raise _Unusual
        return numbers[given]

    if field.type in PLAIN:
        return plain
    return long if field.type in LONG else enum


def _fill_time(time: Timestamp, given: Any) -> None:
    if not _TIME.fullmatch(given):
        raise _Unusual
    time.FromDatetime(datetime.fromisoformat(given))


def _leave(message: Any, given: Any) -> None:
    raise _Unusual
