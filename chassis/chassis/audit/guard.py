"""What makes the audit append-only: migrations run PROTECT; only who owns the tables can undo it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

TABLES = ("audit_entry", "audit_seal")

PROTECT = (
    """
    CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: audit entries are neither changed nor removed', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END $$
    """,
    *(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        for table in TABLES
    ),
    f"REVOKE UPDATE, DELETE, TRUNCATE ON {', '.join(TABLES)} FROM CURRENT_USER",
)

UNPROTECT = (
    *(f"ALTER TABLE {table} DISABLE TRIGGER append_only" for table in TABLES),
    f"GRANT UPDATE, DELETE, TRUNCATE ON {', '.join(TABLES)} TO CURRENT_USER",
)


async def lift(url: str) -> None:
    """Let whoever owns these tables empty them, as tests do."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in UNPROTECT:
            await connection.execute(text(statement))
    await engine.dispose()
