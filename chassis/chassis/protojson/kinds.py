"""The kinds of fields that messages between services are made of; any other is left to the library."""

from google.protobuf.descriptor import FieldDescriptor

PLAIN = frozenset(
    (
        FieldDescriptor.TYPE_STRING,
        FieldDescriptor.TYPE_BOOL,
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_UINT32,
    )
)
LONG = frozenset((FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT64))  # in JSON they are texts
ENUM, MESSAGE = FieldDescriptor.TYPE_ENUM, FieldDescriptor.TYPE_MESSAGE
TIMESTAMP = "google.protobuf.Timestamp"


def is_usual(field: FieldDescriptor) -> bool:
    """Tell whether a field of this kind is written and read here."""
    if field.message_type and field.message_type.GetOptions().map_entry:
        return False
    return field.type in PLAIN or field.type in LONG or field.type in (ENUM, MESSAGE)
