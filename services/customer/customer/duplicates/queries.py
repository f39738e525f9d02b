"""Reads of pairs, and which records are worth comparing at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import scope
from chassis.access.rights import Effective
from chassis.conditions.tree import Group
from chassis.listing import Listing
from customer.companies.queries import CUSTOMERS
from customer.contacts.queries import CONTACTS
from customer.duplicates.models import ContactPair, CustomerPair
from customer.duplicates.scoring import Company, Person


@dataclass(frozen=True, slots=True)
class _Pairs(Listing):
    """Pairs of another listing's rows: whoever sees both sees the pair."""

    def chosen(
        self, given: Group | None, allowed: Effective, search: str | None = None
    ) -> ColumnElement[bool] | None:
        asked = Listing.chosen(self, given, allowed, search)
        if allowed.reach is None:
            return asked
        sides = dict(self.through)
        seen = [
            self.table.c[column].in_(select(side.table.c.id).where(scope.where(side, allowed.reach.shape)))
            for column, side in sides.items()
        ]
        return and_(*seen) if asked is None else and_(asked, *seen)


def _pairs(noun: str, model: Any, of: Listing) -> _Pairs:
    return _Pairs(
        noun=noun,
        table=model.__table__,
        fields={column.key: column for column in model.__table__.c},
        sorts=("score",),
        default=(("score", "desc"),),
        through=(("left_id", of), ("right_id", of)),
    )


CUSTOMER_PAIRS = _pairs("customer", CustomerPair, CUSTOMERS)
CONTACT_PAIRS = _pairs("contact", ContactPair, CONTACTS)

Candidates = Sequence[tuple[UUID, UUID]]

# The names of two companies are compared only if they share half of their groups of three signs.
_ALIKE = text("SELECT set_config('pg_trgm.similarity_threshold', :least, true)")


def _statement(sql: str) -> TextClause:
    return text(sql).bindparams(bindparam("ids", type_=ARRAY(PgUUID(as_uuid=True))))


_PAIRS = "SELECT least(a.id, b.id) AS left_id, greatest(a.id, b.id) AS right_id"
_COMPANIES = _statement(
    f"{_PAIRS} FROM customer a CROSS JOIN LATERAL ("
    " SELECT id FROM customer WHERE registration_number = a.registration_number"
    " UNION SELECT id FROM customer WHERE name_sort = a.name_sort"
    " UNION SELECT id FROM customer WHERE name % a.name"
    " UNION SELECT y.customer_id FROM contact x JOIN contact y USING (phone) WHERE x.customer_id = a.id"
    " UNION SELECT y.customer_id FROM contact x JOIN contact y USING (email) WHERE x.customer_id = a.id"
    ") b WHERE a.id = ANY(:ids) AND b.id <> a.id GROUP BY 1, 2"
)
_PEOPLE = _statement(
    f"{_PAIRS} FROM contact a CROSS JOIN LATERAL ("
    " SELECT id FROM contact WHERE phone = a.phone"
    " UNION SELECT id FROM contact WHERE email = a.email"
    " UNION SELECT id FROM contact WHERE customer_id = a.customer_id AND name % a.name"
    ") b WHERE a.id = ANY(:ids) AND b.id <> a.id GROUP BY 1, 2"
)
_COMPANY = _statement(
    "SELECT id, name_key, name_sort, registration_number, ARRAY(SELECT phone FROM contact"
    " WHERE customer_id = customer.id AND phone IS NOT NULL UNION SELECT email FROM contact"
    " WHERE customer_id = customer.id AND email IS NOT NULL) AS reached_by FROM customer"
    " WHERE id = ANY(:ids) AND merged_into_id IS NULL"
)
_PERSON = _statement(
    "SELECT id, name, customer_id, phone, email FROM contact WHERE id = ANY(:ids) AND merged_into_id IS NULL"
)


async def companies_like(session: AsyncSession, ids: Sequence[UUID]) -> Candidates:
    """Return the pairs of these companies with any others that are worth comparing."""
    return await _candidates(session, _COMPANIES, ids, least="0.5")


async def people_like(session: AsyncSession, ids: Sequence[UUID]) -> Candidates:
    """Return the pairs of these contacts with any others that are worth comparing."""
    return await _candidates(session, _PEOPLE, ids, least="0.3")


async def _candidates(
    session: AsyncSession, statement: TextClause, ids: Sequence[UUID], *, least: str
) -> Candidates:
    await session.execute(_ALIKE, {"least": least})
    return [(row.left_id, row.right_id) for row in await session.execute(statement, {"ids": list(ids)})]


async def companies_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Company]:
    """Return what is compared of companies."""
    rows = await session.execute(_COMPANY, {"ids": list(ids)})
    return {
        row.id: Company(row.name_key, row.name_sort, row.registration_number, frozenset(row.reached_by))
        for row in rows
    }


async def people_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Person]:
    """Return what is compared of contacts."""
    rows = await session.execute(_PERSON, {"ids": list(ids)})
    return {row.id: Person(row.name, str(row.customer_id), row.phone, row.email) for row in rows}
