"""Put the audit's entries behind the wall of the records they tell of."""

from alembic import op

from chassis.access import wall

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in wall.AUDIT:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP POLICY wall ON audit_entry")
    op.execute("ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION wall_tells")
