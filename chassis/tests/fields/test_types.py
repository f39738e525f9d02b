"""Every type takes, refuses, stores, shows and reads what the table of cases says."""

from typing import Any

import pytest

from chassis.database import uuid7
from chassis.errors import Invalid
from chassis.fields.definition import Definition
from chassis.fields.types import TYPES
from chassis.tests.fields.cases import CASES, Case

pytestmark = pytest.mark.feature("F74")


def definition(type: str, settings: Any = None) -> Definition:
    kept = TYPES[type].check_settings(CASES[type].settings if settings is None else settings)
    return Definition(
        id=uuid7(), object="thing", key="it", type=type, label_zh="它", label_en="It", settings=kept
    )


def test_there_are_at_least_thirty_types_and_each_has_cases() -> None:
    assert len(TYPES) >= 30
    assert CASES.keys() == TYPES.keys()


@pytest.mark.parametrize(("name", "case"), CASES.items(), ids=CASES)
def test_a_type_does_what_its_cases_say(name: str, case: Case) -> None:
    type, of = TYPES[name], definition(name)
    for given, stored in case.stored:
        assert type.validate(given, of) == stored, given
        assert type.validate(stored, of) == stored, "what is stored is taken again"
    for text, stored in case.parsed:
        assert type.parse(text, of) == stored, text
    for stored, zh, en in case.shown:
        assert (type.display(stored, of, "zh"), type.display(stored, of, "en")) == (zh, en)
    assert case.stored or type.computed
    assert case.parsed or type.computed
    assert case.shown
    assert case.refused


@pytest.mark.parametrize(
    ("name", "given"), [(name, given) for name, case in CASES.items() for given in case.refused]
)
@pytest.mark.feature("F75")
def test_a_type_refuses_what_is_not_of_it(name: str, given: Any) -> None:
    with pytest.raises(Invalid):
        TYPES[name].validate(given, definition(name))


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, case in CASES.items() for text in case.unread]
)
def test_a_type_refuses_texts_that_say_nothing(name: str, text: str) -> None:
    with pytest.raises(Invalid):
        TYPES[name].parse(text, definition(name))


@pytest.mark.parametrize(
    ("name", "given"), [(name, given) for name, case in CASES.items() for given in case.wrong_settings]
)
def test_a_type_refuses_settings_that_cannot_be(name: str, given: Any) -> None:
    with pytest.raises(Invalid):
        TYPES[name].check_settings(given)
