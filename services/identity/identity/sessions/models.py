"""Who signed in, and who failed to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import uuid7
from identity.model import Model


class Session(Model):
    """A token that was given out, by its `jti`."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class FailedSignIn(Model):
    """A wrong password, or an address that nobody signs in with."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (Index("ix_failed_sign_in_email_at", "email", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str] = mapped_column(String(320))
    at: Mapped[datetime] = mapped_column(index=True)
