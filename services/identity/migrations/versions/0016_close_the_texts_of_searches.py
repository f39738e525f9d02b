"""Close the texts that records are found by to narrow readers; views tell them where a word is found."""

from alembic import op

from chassis.access import wall

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in wall.SEARCH:
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"GRANT SELECT ON search_text TO {wall.NARROW}")
    for place in range(wall.MOST_WORDS):
        op.execute(f"DROP VIEW {wall.WORD}_{place}")
