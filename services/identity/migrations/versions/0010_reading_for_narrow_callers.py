"""Reading for narrow callers."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO roundel_narrow")
    op.execute("REVOKE SELECT ON password, signing_key FROM roundel_narrow")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO roundel_narrow")


def downgrade() -> None:
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM roundel_narrow")
    op.execute("REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM roundel_narrow")
