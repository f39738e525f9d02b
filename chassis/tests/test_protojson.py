"""Messages become JSON and come back as the library does it, also those that are left to it."""

from typing import Any

import orjson
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.protojson.parsing import parse
from chassis.protojson.printing import to_dict

ONE: dict[str, tuple[int, str, Any]] = {
    "some_text": (Field.TYPE_STRING, "", "项目 \" \\ 'x'"),
    "is_so": (Field.TYPE_BOOL, "", True),
    "small": (Field.TYPE_INT32, "", -7),
    "large": (Field.TYPE_INT64, "", -(2**60)),
    "real": (Field.TYPE_DOUBLE, "", 1.5),
    "colour": (Field.TYPE_ENUM, ".roundel.tests.Colour", 1),
    "part": (Field.TYPE_MESSAGE, ".roundel.tests.Part", {"some_text": "inner"}),
    "at": (Field.TYPE_MESSAGE, ".google.protobuf.Timestamp", {"seconds": 1_750_000_000, "nanos": 1_000}),
    "free": (Field.TYPE_MESSAGE, ".google.protobuf.Struct", {"a": [1, None]}),
}
USUAL = {name: one for name, one in ONE.items() if name != "real"}


def _kinds() -> tuple[Any, Any]:
    file = FileDescriptorProto(name="roundel/tests.proto", package="roundel.tests", syntax="proto3")
    file.dependency.extend(kind.DESCRIPTOR.file.name for kind in (Timestamp, Struct))
    colour = file.enum_type.add(name="Colour")
    for number, name in enumerate(("NONE", "RED")):
        colour.value.add(name=name, number=number)
    for message_name, fields in (("Part", ("some_text",)), ("Whole", ONE), ("Usual", USUAL)):
        message = file.message_type.add(name=message_name)
        number = 0
        for label, suffix in ((Field.LABEL_OPTIONAL, ""), (Field.LABEL_REPEATED, "_all")):
            for name in fields:
                kind, of, _ = ONE[name]
                number += 1
                message.field.add(
                    name=name + suffix, number=number, type=kind, type_name=of or None, label=label
                )
    pool = Default()
    pool.AddSerializedFile(file.SerializeToString())
    whole, usual = (pool.FindMessageTypeByName(f"roundel.tests.{name}") for name in ("Whole", "Usual"))
    return GetMessageClass(whole), GetMessageClass(usual)


WHOLE, USUAL_KIND = _kinds()


def _filled(kind: Any, fields: dict[str, tuple[int, str, Any]]) -> Any:
    given = {name: value for name, (_, _, value) in fields.items()}
    return kind(**given, **{f"{name}_all": [value, value] for name, value in given.items()})


@pytest.mark.parametrize("message", [_filled(WHOLE, ONE), _filled(USUAL_KIND, USUAL), WHOLE(), USUAL_KIND()])
def test_a_message_is_written_and_read_as_by_the_library(message: Any) -> None:
    written = to_dict(message)
    assert written == json_format.MessageToDict(message)
    assert parse(orjson.dumps(written), type(message)) == message
    by_name = json_format.MessageToJson(message, preserving_proto_field_name=True)
    assert parse(by_name, type(message)) == message


@pytest.mark.parametrize(
    "written",
    [
        {"someText": None},
        {"unknown": {"a": 1}},
        {"large": 5, "small": "5", "colour": 1},
        {"colour": "NO_SUCH"},
        {"at": "2026-01-01T08:00:00+08:00"},
        {"at": "2026-01-01T00:00:00.123456789Z"},
        {"part": {}},
        {"isSoAll": []},
    ],
)
def test_what_is_unusual_is_read_too(written: dict[str, Any]) -> None:
    body = orjson.dumps(written)
    assert parse(body, USUAL_KIND) == json_format.Parse(body, USUAL_KIND(), ignore_unknown_fields=True)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "5",
        '{"someText": 5}',
        '{"isSo": 1}',
        '{"isSo": "true"}',
        '{"small": true}',
        '{"small": 3000000000}',
        '{"large": " 5"}',
        '{"someTextAll": "text"}',
        '{"someTextAll": [null]}',
        '{"partAll": {"someText": "a"}}',
        '{"at": "20260101T000000Z"}',
        '{"at": "2026-02-30T00:00:00Z"}',
        '{"at": 5}',
    ],
)
def test_what_is_no_such_message_is_refused(body: str) -> None:
    with pytest.raises(json_format.ParseError):
        parse(body, USUAL_KIND)
