"""The second wall: row-level security, for whoever may not see everything.

A service owns its tables and reads them as their owner; a read for a caller with narrow rights is done as
the role `roundel_narrow`, which sees of a table only what its policy lets through. The policies ask settings:
`roundel.see_<noun>` is `*` for all rows, a list of owners, or empty for none. They are made by migrations
out of what the listings say, see `policies`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import URL, BindParameter, ClauseElement, Dialect, Executable, TextClause, text
from sqlalchemy.sql import visitors

from chassis.access import scope
from chassis.access.principal import current
from chassis.access.rights import Reach, Rights
from chassis.access.roles import Condition
from chassis.reads.reader import Reader, Unreadable
from chassis.searching.language import MOST_WORDS

NARROW = "roundel_narrow"
GRANTEES = "grantees"
WORD = "search_word"  # followed by its place in the search: a view, a setting and a parameter

FUNCTIONS = (
    """
CREATE OR REPLACE FUNCTION wall_opens(noun text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT current_setting('roundel.see_' || noun, true) = '*'
$$""",
    """
CREATE OR REPLACE FUNCTION wall_shows(noun text) RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN coalesce(current_setting('roundel.see_' || noun, true), '') IN ('', '*') THEN '{}'
           ELSE current_setting('roundel.see_' || noun, true)::uuid[] END
$$""",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {NARROW}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {NARROW}",
)

# An entry of the audit is behind the wall of the record it tells of: the function reads the record's table
# as whoever calls it. It is told the table when it runs, so a new object needs no policy for its entries.
AUDIT = (
    *FUNCTIONS[:2],
    """
CREATE FUNCTION wall_tells(object text, record_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE COST 1000 AS $$
DECLARE
    of regclass := to_regclass(format('public.%I', object));
    seen boolean := false;
BEGIN
    IF has_table_privilege(of, 'SELECT') THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE id = $1)', of) INTO seen USING record_id;
    END IF;
    RETURN seen;
END $$""",
    "ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY",
    f"""
CREATE POLICY wall ON audit_entry FOR SELECT TO {NARROW} USING (
    (SELECT wall_opens('audit'))
    OR actor_id = ANY ((SELECT wall_shows('audit'))::uuid[])
    OR wall_tells(object, record_id)
)""",
)

# The texts that records are found by are closed to narrow readers: a policy would keep LIKE off their index.
# Of each word of a search, which stands in a setting, a view tells where it is found; it tells no text.
SEARCH = (
    *(
        f"""
CREATE VIEW {WORD}_{n} AS
    SELECT object, record_id, field, current_setting('roundel.{WORD}_{n}', true) AS word FROM search_text
    WHERE text LIKE current_setting('roundel.{WORD}_{n}', true)"""
        for n in range(MOST_WORDS)
    ),
    f"REVOKE SELECT ON search_text FROM {NARROW}",
)


def policies(listing: scope.Owned, parts: Mapping[str, str] | None = None) -> Iterable[str]:
    """Return the statements of a migration for a listing's table and for parts of its rows.

    `parts` names tables with the column that holds the row's id: who sees the row sees its parts.
    """
    noun, name = listing.noun, listing.table.name
    shared = [_shared("id", noun), *(_shared(column, parent.noun) for column, parent in listing.through)]
    ways = [f"(SELECT wall_opens('{noun}'))", *_owned(listing, noun), *shared]
    yield from _policy(name, "\n    OR ".join(ways))
    for part, column in (parts or {}).items():
        yield from _policy(part, f"{column} IN (SELECT id FROM {name})")


def _policy(table: str, sees: str) -> Iterable[str]:
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"CREATE POLICY wall ON {table} FOR SELECT TO {NARROW} USING (\n    {sees}\n)"


def _owned(listing: scope.Owned, noun: str) -> Iterable[str]:
    if listing.owner:
        yield f"{listing.owner} = ANY ((SELECT wall_shows('{noun}'))::uuid[])"
    for column, parent in listing.through:
        above = "\n        OR ".join(_owned(parent, noun))
        yield f"{column} IN (\n        SELECT id FROM {parent.table.name} WHERE {above})"


def _shared(column: str, noun: str) -> str:
    return (
        f"{column} IN (\n        SELECT record_id FROM record_share WHERE object = '{noun}'"
        f"\n        AND grantee_id = ANY ((SELECT wall_shows('{GRANTEES}'))::uuid[]))"
    )


def settings(rights: Rights) -> Mapping[str, str]:
    """Return what the policies ask, for a caller with these rights."""
    found = {f"see_{noun}": _seen(rights, noun) for noun in _nouns()}
    return {**found, f"see_{GRANTEES}": _array(rights.grantees)}


def _seen(rights: Rights, noun: str) -> str:
    allowed = rights.on(noun, "read")
    if allowed is None:
        return ""
    return "*" if allowed.reach is None or _is_conditional(allowed.reach) else _array(allowed.reach.people)


def _is_conditional(reach: Reach) -> bool:
    """A condition is not said a second time in the policies: there the first wall stands alone."""
    return any(isinstance(each, Condition) for each in reach.scopes)


def _array(ids: Iterable[Any]) -> str:
    return "{" + ",".join(sorted(str(id) for id in ids)) + "}"


def _set(names: Sequence[str], *, local: bool, parameter: str) -> str:
    kind = str(local).lower()
    told = [
        f"set_config('roundel.{name}', {parameter.format(n + 1)}, {kind})" for n, name in enumerate(names)
    ]
    return f"SELECT set_config('role', '{NARROW}', {kind}), {', '.join(told)}"


def words(values: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what of a statement's values are words of a search."""
    return {name: value for name, value in values.items() if name.startswith(WORD)}


def narrow() -> Rights | None:
    """Return the present caller's rights when there is an object of which they may read some rows only."""
    rights = current().rights
    if rights is None:
        return None
    if rights.narrow is None:
        reading = [rights.on(noun, "read") for noun in _nouns()]
        rights.narrow = any(allowed is not None and allowed.reach is not None for allowed in reading)
    return rights if rights.narrow else None


def _nouns() -> list[str]:
    return sorted({listing.noun for listing in scope.OF_TABLES.values() if not listing.open})


def local(rights: Rights, statement: Executable | None = None) -> TextClause:
    """Return what puts the wall up, for a statement that may search, until the transaction ends."""
    own: dict[str, Any] = {}
    parts: Iterable[Any] = visitors.iterate(statement) if isinstance(statement, ClauseElement) else ()
    for each in parts:
        if isinstance(each, BindParameter):
            own[each.key] = each.value
    given = {**settings(rights), **words(own)}
    names = list(given)
    bound = {f"v{n + 1}": value for n, value in enumerate(given.values())}
    return text(_set(names, local=True, parameter=":v{}")).bindparams(**bound)


class NarrowReader(Reader):
    """Reads behind the wall, for the present caller; a connection is told only what it does not know."""

    def __init__(self, url: URL, dialect: Dialect, *, size: int) -> None:
        super().__init__(url, dialect, size=size)
        self._told: WeakKeyDictionary[Any, Rights] = WeakKeyDictionary()

    def told(self, own: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        """Return the words of a search; raises Unreadable for several searches at once."""
        searches = [found for values in own if (found := words(values))]
        if len(searches) > 1:
            raise Unreadable
        return searches[0] if searches else {}

    async def fetch(
        self, connection: Any, sql: str, given: Sequence[Any], told: Mapping[str, str]
    ) -> Sequence[asyncpg.Record]:
        """Run one statement behind the wall."""
        rights = current().rights
        assert rights is not None, "whoever sees everything reads elsewhere"
        known = self._told.get(connection._con) is rights
        if told or not known:
            values = {**({} if known else settings(rights)), **told}
            await connection.fetch(_set(list(values), local=False, parameter="${}"), *values.values())
            self._told[connection._con] = rights
        return await super().fetch(connection, sql, given, told)
