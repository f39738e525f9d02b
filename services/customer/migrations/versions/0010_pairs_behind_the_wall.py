"""Pairs behind the wall: whoever sees both records sees the pair."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE customer_pair ENABLE ROW LEVEL SECURITY")
    op.execute(
        """CREATE POLICY wall ON customer_pair FOR SELECT TO roundel_narrow USING (
    left_id IN (SELECT id FROM customer) AND right_id IN (SELECT id FROM customer)
)"""
    )
    op.execute("ALTER TABLE contact_pair ENABLE ROW LEVEL SECURITY")
    op.execute(
        """CREATE POLICY wall ON contact_pair FOR SELECT TO roundel_narrow USING (
    left_id IN (SELECT id FROM contact) AND right_id IN (SELECT id FROM contact)
)"""
    )


def downgrade() -> None:
    op.execute("DROP POLICY wall ON contact_pair")
    op.execute("ALTER TABLE contact_pair DISABLE ROW LEVEL SECURITY")
    op.execute("DROP POLICY wall ON customer_pair")
    op.execute("ALTER TABLE customer_pair DISABLE ROW LEVEL SECURITY")
