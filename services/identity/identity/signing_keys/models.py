"""The keys that sign our tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import uuid7
from identity.model import Model


class SigningKey(Model):
    """An EC P-256 key pair; only the newest has no end, and until then it is published."""

    __tablename__ = "signing_key"
    __table_args__ = (UniqueConstraint("signs_until", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)  # the tokens' `kid`
    public: Mapped[dict[str, Any]] = mapped_column(JSONB)  # JWK
    private: Mapped[str] = mapped_column(Text)  # JWK, encrypted
    signs_from: Mapped[datetime]
    signs_until: Mapped[datetime | None] = mapped_column()
