"""Reads of merges."""

from typing import Any

from sqlalchemy import Select, any_, select

from chassis.access.scope import ids
from customer.merges.models import Merge

_columns = Merge.__table__.c
# what was merged into each of the records `keys`, the latest first
MERGES_INTO: Select[Any] = (
    select(Merge.__table__)
    .where(_columns.winner_id == any_(ids("keys")), _columns.within_id.is_(None))
    .order_by(_columns.merged_at.desc(), _columns.id)
    .limit(1000)
)
