"""tell who owns customers, because services that keep it heard of the older ones before they did."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Told again, it changes nothing: the others keep the newest version. A service that learns to listen to a
# further type hears the stream from its beginning, so it does not matter which is upgraded first.
TELL = """
INSERT INTO outbox_event (id, type, subject, data, headers, created_at)
SELECT uuidv7(), 'roundel.customer.v1.CustomerOwned', id::text,
       jsonb_strip_nulls(jsonb_build_object(
           'customerId', id::text, 'version', version::text, 'ownerId', owner_id::text)),
       '{}', now()
FROM customer ORDER BY id
"""


def upgrade() -> None:
    op.execute(TELL)


def downgrade() -> None:
    pass
