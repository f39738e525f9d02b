"""What can happen to a pair."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.access import guard
from chassis.database import now
from chassis.errors import Conflict, NotFound
from customer.duplicates.models import DuplicateState, Pair
from customer.duplicates.searching import SEARCHED


async def dismiss(session: AsyncSession, object: str, id: UUID) -> Pair:
    """Note that two records are not one, so that they are not shown again.

    Raises NotFound for a pair of which the caller may not see both, Conflict for one that is merged.
    """
    searched = SEARCHED[object]
    pair = await session.get(searched.pair, id, with_for_update=True)
    if pair is None or not await _sees_both(session, object, pair):
        raise NotFound(f"There is no pair {id}", path=("input", "id"), id=str(id))
    if pair.state is DuplicateState.MERGED:
        raise Conflict("These two were merged; take the merge back first", path=("input", "id"))
    pair.state, pair.decided_at, pair.decided_by = DuplicateState.DISMISSED, now(), access.actor_id()
    await session.flush()
    return pair


async def _sees_both(session: AsyncSession, object: str, pair: Pair) -> bool:
    model = SEARCHED[object].model
    return all([await guard.may_touch(session, model, id) for id in (pair.left_id, pair.right_id)])
