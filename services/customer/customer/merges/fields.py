"""Field by field: which of two records' values stays, and how they change places.

What the winner takes over from the loser is exchanged: nothing is lost, and taking back is the same again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Invalid
from chassis.exporting.naming import camel
from chassis.fields import values
from chassis.fields.memory import schema_of
from chassis.fields.types import TYPES
from customer.merges.models import Merge

EMPTY: tuple[Any, ...] = (None, "", [], {})
_CUSTOM = "custom."
_FILES = ("attachment", "image", "signature")  # a file belongs to the record to which it was given


class Side(StrEnum):
    """Whose value stays."""

    WINNER = "winner"
    LOSER = "loser"


Choices = Mapping[str, Side]


@dataclass(frozen=True)
class Fields:
    """The fields of an object that can be chosen, each with its columns; `unique` columns with a stand-in."""

    columns: Mapping[str, tuple[str, ...]]
    lists: tuple[str, ...] = ()  # of which both sides' stay
    latest: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()


def fields(*names: str, together: Mapping[str, tuple[str, ...]], **given: Any) -> Fields:
    """Return the fields of these columns, each under its name in the graph, and those of several columns."""
    return Fields({**together, **{camel(name): (name,) for name in names}}, **given)


async def take_over(
    session: AsyncSession, known: Fields, merge: Merge, winner: Any, loser: Any, choices: Choices
) -> None:
    """Let the winner have what was chosen of the loser, and what itself lacks; note it in the merge.

    Raises Invalid for a field that cannot be chosen.
    """
    keys = await _custom_keys(session, winner)
    _check(choices, {*known.columns, *(f"{_CUSTOM}{key}" for key in keys)})
    merge.taken = [
        column for name in _chosen(known, winner, loser, choices) for column in known.columns[name]
    ]
    merge.custom = [
        key for key in keys if _takes(choices.get(f"{_CUSTOM}{key}"), *_values(winner, loser, key))
    ]
    merge.added = {
        column: [each for each in getattr(loser, column) if each not in getattr(winner, column)]
        for column in known.lists
    }
    await _exchange(session, known, merge, winner, loser)
    for column, added in merge.added.items():
        setattr(winner, column, [*getattr(winner, column), *added])


async def give_back(session: AsyncSession, known: Fields, merge: Merge, winner: Any, loser: Any) -> None:
    """Give back what was taken over, with the values that it has now."""
    await _exchange(session, known, merge, winner, loser)
    for column, added in merge.added.items():
        setattr(winner, column, [each for each in getattr(winner, column) if each not in added])


def _check(choices: Choices, known: Collection[str]) -> None:
    for place, name in enumerate(choices):
        if name not in known:
            raise Invalid(
                f"{name[:60]!r} cannot be chosen; these can: {', '.join(sorted(known))}",
                path=("input", "fields", place, "field"),
            )


def _chosen(known: Fields, winner: Any, loser: Any, choices: Choices) -> Sequence[str]:
    found = []
    for name, columns in known.columns.items():
        ours, theirs = ([getattr(each, column) for column in columns] for each in (winner, loser))
        if name in known.latest and ours[0] and theirs[0] and name not in choices:
            takes = theirs[0] > ours[0]
        else:
            takes = _takes(choices.get(name), ours[0], theirs[0])
        if takes and ours != theirs:
            found.append(name)
    return found


def _takes(choice: Side | None, ours: Any, theirs: Any) -> bool:
    if choice is None:
        return ours in EMPTY and theirs not in EMPTY
    return choice is Side.LOSER


def _values(winner: Any, loser: Any, key: str) -> tuple[Any, Any]:
    return winner.custom.get(key), loser.custom.get(key)


async def _custom_keys(session: AsyncSession, record: Any) -> list[str]:
    """Return the custom fields that can change places: not files, nor what one record alone may have."""
    schema = await schema_of(session, record.__tablename__)
    return [
        key
        for key, known in schema.fields.items()
        if not (known.unique or TYPES[known.type].computed or known.type in _FILES)
    ]


async def _exchange(session: AsyncSession, known: Fields, merge: Merge, winner: Any, loser: Any) -> None:
    ours, theirs = ({column: getattr(each, column) for column in merge.taken} for each in (winner, loser))
    our_custom, their_custom = (
        {key: value for key, value in each.custom.items() if key in merge.custom} for each in (winner, loser)
    )
    for column in known.unique:  # of which the database takes no two
        if column in merge.taken:
            setattr(loser, column, str(merge.id))
    await session.flush()
    _set(winner, theirs, their_custom, merge.custom)
    await session.flush()
    _set(loser, ours, our_custom, merge.custom)
    for record in (winner, loser):
        await values.write(session, record)  # for the formulas
    await session.flush()


def _set(record: Any, columns: Mapping[str, Any], custom: Mapping[str, Any], keys: Collection[str]) -> None:
    for column, value in columns.items():
        setattr(record, column, value)
    if keys:
        kept = {key: value for key, value in record.custom.items() if key not in keys}
        record.custom = {**kept, **custom}
