"""Close to narrow readers what no answer is made of."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "REVOKE SELECT ON custom_value, data_key, dead_letter, idempotency_key, inbox_event, outbox_event,"
        " timer, unique_key FROM roundel_narrow"
    )


def downgrade() -> None:
    op.execute(
        "GRANT SELECT ON custom_value, data_key, dead_letter, idempotency_key, inbox_event, outbox_event,"
        " timer, unique_key TO roundel_narrow"
    )
