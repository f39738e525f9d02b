"""contacts are unique by rule."""

from alembic import op

# contacts that are there already hold the keys of the default rules, the oldest of equal ones
_PLAIN = "lower(regexp_replace(normalize({}::text, NFKC), '[[:space:][:punct:]]+', '', 'g'))"
_KEYS = """
    INSERT INTO unique_key (object, rule, key, record_id)
    SELECT 'contact', '{rule}', encode(sha256(convert_to({key}, 'UTF8')), 'hex'), id
    FROM contact WHERE nullif({last}, '') IS NOT NULL ORDER BY created_at, id
    ON CONFLICT DO NOTHING
"""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("uq_contact_phone"), table_name="contact", postgresql_where="(phone IS NOT NULL)")
    op.create_index("ix_contact_phone", "contact", ["phone"], unique=False)
    phone, company, name = (_PLAIN.format(column) for column in ("phone", "customer_id", "name"))
    op.execute(_KEYS.format(rule="phone", key=phone, last=phone))
    op.execute(_KEYS.format(rule="company and name", key=f"{company} || E'\\x1f' || {name}", last=name))


def downgrade() -> None:
    op.drop_index("ix_contact_phone", table_name="contact")
    op.create_index(
        op.f("uq_contact_phone"), "contact", ["phone"], unique=True, postgresql_where="(phone IS NOT NULL)"
    )
