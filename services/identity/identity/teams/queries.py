"""Reads of teams."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from identity.teams.models import Team

TEAMS = Listing(
    noun="team",
    table=Team.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Team.__table__.c},
    sorts=("created_at", "name_sort"),
    default=(("name_sort", "asc"),),
    owner="manager_id",
)


async def one_at_a_time(session: AsyncSession) -> None:
    """Let others who change the tree wait until this transaction ends: no team slips below a moving one."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("identity.teams"))))


async def below(session: AsyncSession, team: Team) -> Sequence[Team]:
    """Return the teams below this one, as they are now, from the top down."""
    inside = Team.path.op("<@")(team.path) & (Team.id != team.id)
    query = select(Team).where(inside).order_by(Team.path).execution_options(populate_existing=True)
    return (await session.scalars(query)).all()
