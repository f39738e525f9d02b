"""What migrations make of each service's database: what its models describe, and the second wall."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from sqlalchemy import LargeBinary, Table, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import migrations
from chassis.access import scope, wall
from chassis.access.rights import People, Rights
from chassis.access.roles import Grant
from chassis.audit.graphql import ENTRIES
from chassis.database import Database
from chassis.secrets.columns import Encrypted
from chassis.service import Service
from deploy.local.postgres import Postgres
from tests.access.api import SERVICES, service
from tests.access.rows import row

_TELLS_WHOSE = re.compile(r".*(owner|assignee|manager|agent|customer|contact|prospect|lead|record)_id")
_COLLEAGUES = "tells of colleagues, whom everybody here may know of"
# What no answer is made of, no narrow reader reads, whatever the statement.
CLOSED = frozenset(
    (
        *("custom_value", "data_key", "dead_letter", "idempotency_key", "inbox_event", "origin"),
        *("outbox_event", "password", "search_text", "signing_key", "timer", "unique_key"),
    )
)
NOT_WALLED = {
    **dict.fromkeys(("absence", "access_team", "api_key", "api_key_use", "employee", "team"), _COLLEAGUES),
    "record_owner": "is what the policies ask",
    "record_share": "is what the policies ask",
    "stored_file": "names no customer; a file is read by who may read its record",
}
_WALLED = text("SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid WHERE relrowsecurity")
_READABLE = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    f" AND has_table_privilege('{wall.NARROW}', oid, 'SELECT')"
)
_FREE = text("""
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT conrelid::regclass AS of, conname FROM pg_constraint WHERE contype IN ('c', 'f')
        AND conrelid != 0 AND connamespace = 'public'::regnamespace
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.of, each.conname); END LOOP;
END $$""")


class Migrated(NamedTuple):
    """A service and its database."""

    service: Service
    database: Database

    async def walled(self, connection: AsyncConnection) -> list[Table]:
        """Return the tables that have a policy."""
        named = {table.name: table for table in self.tables()}
        return [named[name] for name in (await connection.execute(_WALLED)).scalars()]

    def tables(self) -> Iterator[Table]:
        """Return all tables of the service."""
        self.service.schema()  # brings its listings
        for metadata in (self.service.metadata, *migrations.CHASSIS_TABLES):
            yield from metadata.sorted_tables


@pytest.fixture(scope="module", params=SERVICES)
async def migrated(request: pytest.FixtureRequest, postgres: Postgres) -> AsyncIterator[Migrated]:
    """Each service with its database as migrations make it."""
    found = service(request.param)
    url = await postgres.create_database(f"migrated_{request.param}")
    await migrations.upgrade(url, found.package)
    database = Database(url)
    yield Migrated(found, database)
    await database.close()


async def test_the_migrations_make_what_the_models_describe(migrated: Migrated) -> None:
    url = migrated.database.engine.url.render_as_string(hide_password=False)
    await migrations.check(url, migrated.service.package, migrated.service.metadata)


@pytest.mark.feature("F108")
async def test_what_is_somebodys_or_a_customers_is_behind_the_wall(migrated: Migrated) -> None:
    async with migrated.database.engine.connect() as connection:
        walled = {table.name for table in await migrated.walled(connection)}
    open = [
        table.name
        for table in migrated.tables()
        if table.name not in walled | CLOSED
        and table.name not in NOT_WALLED
        and (any(_TELLS_WHOSE.fullmatch(column.key) for column in table.c) or _parents(table))
    ]
    assert not open, f"Give {open} a policy (access.wall.policies), or say in NOT_WALLED why none is needed"


@pytest.mark.feature("F108")
async def test_what_no_answer_is_made_of_is_closed_to_narrow_readers(migrated: Migrated) -> None:
    async with migrated.database.engine.connect() as connection:
        readable = set((await connection.execute(_READABLE)).scalars())
    tables = {table.name for table in migrated.tables()}
    assert tables - readable == tables & CLOSED


@pytest.mark.feature("F108")
async def test_a_narrow_reader_gets_their_own_rows_whatever_the_statement(migrated: Migrated) -> None:
    me, somebody = uuid4(), uuid4()
    own = Grant(frozenset("*"), frozenset(("read",)), frozenset(("own",)))
    mine = People(*(frozenset((me,)),) * 4)
    async with migrated.database.engine.connect() as connection:
        await connection.execute(_FREE)  # any row will do; it is all rolled back
        for table in await migrated.walled(connection):
            expected = {key async for key in _rows_of(connection, table, me)}
            others = {key async for key in _rows_of(connection, table, somebody)}
            assert await _seen(connection, table, Rights([own], mine)) == expected, table.name
            assert await _seen(connection, table, Rights([], mine)) == set(), table.name
            assert expected.isdisjoint(others)
            assert expected
        await connection.rollback()


@pytest.mark.feature("F108")
async def test_a_narrow_reader_gets_the_audit_of_what_they_see(migrated: Migrated) -> None:
    me, somebody = uuid4(), uuid4()
    own = Grant(frozenset("*"), frozenset(("read",)), frozenset(("own",)))
    auditor = Grant(frozenset(("audit",)), frozenset(("read",)), frozenset(("all",)))
    people = People(*(frozenset((me,)),) * 4)
    entries = ENTRIES.table
    async with migrated.database.engine.connect() as connection:
        await connection.execute(_FREE)
        mine, others = set[Any](), set[Any]()
        for table in await migrated.walled(connection):
            if table is not entries and "id" in table.c:
                for owner, told in ((me, mine), (somebody, others)):
                    rows = [key async for key in _rows_of(connection, table, owner)]
                    told |= {
                        await _write(connection, entries, {}, me, object=table.name, record_id=key[0])
                        for key in rows
                    }
        for object in ("nonsense", *CLOSED):  # no table, and one that is closed
            others.add(await _write(connection, entries, {}, me, object=object, record_id=uuid4()))
        assert await _seen(connection, entries, Rights([own], people)) == mine
        assert await _seen(connection, entries, Rights([], people)) == set()
        assert await _seen(connection, entries, Rights([own, auditor], people)) == mine | others
        await connection.rollback()


async def _seen(connection: AsyncConnection, table: Table, rights: Rights) -> set[Any]:
    async with connection.begin_nested() as behind:
        await connection.execute(wall.local(rights))
        found = (await connection.execute(select(*table.primary_key))).all()
        await behind.rollback()
    return {tuple(key) for key in found}


async def _rows_of(connection: AsyncConnection, table: Table, owner: UUID) -> AsyncIterator[Any]:
    """Write and yield the row of this owner for each way in which a row is somebody's."""
    listing = scope.OF_TABLES.get(table)
    if listing is None:
        yield await _write(connection, table, _parents(table), owner)
    elif listing.owner:
        yield await _write(connection, table, {}, owner, **{listing.owner: owner})
    for parents in _ways(listing) if listing else ():
        yield await _write(connection, table, parents, owner)


def _ways(listing: scope.Owned) -> list[dict[str, scope.Owned]]:
    """Return the columns through which a row is somebody's; of a pair it takes both sides."""
    through = dict(listing.through)
    is_pair = len(through) == 2 and len({parent.table for parent in through.values()}) == 1
    return [through] if is_pair else [{column: parent} for column, parent in through.items()]


async def _write(
    connection: AsyncConnection, table: Table, parents: Any, owner: UUID, **given: Any
) -> tuple[Any, ...]:
    for column, parent in parents.items():
        [given[column], *_] = [key[0] async for key in _rows_of(connection, parent.table, owner)]
    sealed = {
        column.key: literal(b"sealed", LargeBinary)
        for column in table.c
        if isinstance(column.type, Encrypted)
    }
    written = insert(table).values(row(table, **sealed, **given)).returning(*table.primary_key)
    return tuple((await connection.execute(written)).one())


def _parents(table: Table) -> dict[str, scope.Owned]:
    """Return the columns that name rows which are somebody's, with their listings."""
    named = {key.parent.key: scope.OF_TABLES.get(key.column.table) for key in table.foreign_keys}
    return {column: parent for column, parent in named.items() if parent and not parent.open}
