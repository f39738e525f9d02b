"""Messages as proto-JSON, as the library writes them, at half its price."""

from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from chassis.protojson.kinds import LONG, PLAIN, TIMESTAMP, is_usual

Write = Callable[[Any], Any]


def to_dict(message: Message) -> dict[str, Any]:
    """Return what is set in a message, by the names that fields have in JSON."""
    writers = _writers(message.DESCRIPTOR)
    if writers is None:
        return MessageToDict(message)
    written: dict[str, Any] = {}
    for field, value in message.ListFields():
        name, write, many = writers[field.number]
        if write is None:
            written[name] = list(value) if many else value
        else:
            written[name] = [write(each) for each in value] if many else write(value)
    return written


@cache
def _writers(kind: Descriptor) -> dict[int, tuple[str, Write | None, bool]] | None:
    """Return how each field is written; None for a message that is left to the library."""
    if not all(map(is_usual, kind.fields)):
        return None
    return {field.number: (field.json_name, _write(field), field.is_repeated) for field in kind.fields}


def _write(field: FieldDescriptor) -> Write | None:
    if field.type in PLAIN:
        return None
    if field.type in LONG:
        return str
    if field.enum_type:
        names = {value.number: value.name for value in field.enum_type.values}
        return lambda number: names.get(number, number)
    assert field.message_type, "the kinds of fields are known"
    if field.message_type.full_name == TIMESTAMP:
        return lambda time: time.ToJsonString()
    return MessageToDict if field.message_type.file.package == "google.protobuf" else to_dict
