"""The types of fields; one registry for definitions, values, imports, exports, lists and conditions."""

from collections.abc import Mapping

from chassis.fields.types import choices, computed, dates, numbers, reach, records, texts
from chassis.fields.types.base import FieldType

_FAMILIES = (texts, numbers, dates, choices, reach, records, computed)
TYPES: Mapping[str, FieldType] = {type.name: type for family in _FAMILIES for type in family.TYPES}
