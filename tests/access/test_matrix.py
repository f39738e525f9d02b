"""What the shipped roles may do, compared with the written table: role, object, actions, rows, fields.

After a change that is meant: `python -m tests.access.test_matrix` writes the table anew; read the difference.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.access.directory import EVERYBODY
from chassis.access.rights import People, Rights
from chassis.access.roles import Condition, Scope, parse
from chassis.database import uuid7
from chassis.graphql.policy import Granted
from identity.roles.catalogue import ROLES
from tests.access.api import policies, shown

TABLE = Path(__file__).with_name("matrix.txt")


def _asked() -> dict[str, list[str]]:
    """The actions that the API knows of each object."""
    found: dict[str, set[str]] = defaultdict(set)
    for _, __, policy in policies():
        if isinstance(policy, Granted):
            found[policy.noun].add(policy.action)
    return {noun: sorted(actions) for noun, actions in sorted(found.items())}


def _effective() -> Iterator[str]:
    """One line for each role, object and kind of scope; what is not said is denied."""
    me = frozenset((uuid7(),))
    asked = _asked()
    for role in ROLES.values():
        rights = Rights(parse(role.definition).grants, People(me, me, me, me))
        for noun, actions in asked.items():
            lines: dict[tuple[str, str, str], list[str]] = defaultdict(list)
            for action in actions:
                allowed = rights.on(noun, action)
                if allowed is not None:
                    scopes = _shown(allowed.reach.scopes if allowed.reach else frozenset(("all",)))
                    kept = " ".join(sorted(allowed.hidden)) or "-"
                    lines[scopes, kept, " ".join(sorted(allowed.fixed)) or "-"].append(action)
            for (scopes, hidden, fixed), granted in lines.items():
                yield f"{role.name} | {noun} | {' '.join(granted)} | {scopes} | {hidden} | {fixed}"


def _shown(scopes: frozenset[Scope]) -> str:
    return " ".join(sorted(each.json if isinstance(each, Condition) else each for each in scopes))


HEAD = "role | object | actions | rows | hidden | fixed"


@pytest.mark.feature("F108")
def test_the_roles_allow_what_the_written_table_says_and_nothing_else() -> None:
    assert [HEAD, *_effective()] == TABLE.read_text().splitlines()


@pytest.mark.feature("F108")
def test_every_type_of_the_api_is_of_an_object_that_the_table_knows() -> None:
    nouns = set(_asked())
    for name, _, listing in shown():
        assert listing.noun in nouns | {"timeline"}, name


def test_the_auditor_changes_nothing_and_everybody_is_a_role() -> None:
    lines = [line.split(" | ") for line in TABLE.read_text().splitlines()[1:]]

    assert {actions for role, _, actions, *_ in lines if role == "auditor"} == {"read"}
    assert EVERYBODY in {role for role, *_ in lines}


if __name__ == "__main__":
    TABLE.write_text("\n".join([HEAD, *_effective()]) + "\n")
