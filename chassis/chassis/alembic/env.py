"""What alembic runs for every service: the decisions are in chassis.migrations."""

from chassis.migrations import run

run()
