"""Who signed in, and who failed to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import uuid7
from identity.model import Model


class How(StrEnum):
    """What proved who somebody is."""

    PASSWORD = "password"
    CLIENT_SECRET = "client_secret"
    API_KEY = "api_key"
    EXTERNAL_ISSUER = "external_issuer"


class Session(Model):
    """A token that was given out, by its `jti`."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    how: Mapped[How] = mapped_column(server_default=How.PASSWORD)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column()


class FailedSignIn(Model):
    """A proof that did not hold: a wrong password, secret, key or token, and whence it came."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (
        Index("ix_failed_sign_in_email_at", "email", "at"),
        Index("ix_failed_sign_in_source_how_at", "source", "how", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    how: Mapped[How] = mapped_column(server_default=How.PASSWORD)
    email: Mapped[str | None] = mapped_column(String(320))  # with which a password came
    source: Mapped[str | None] = mapped_column(String(45))  # an address, or an IPv6 network
    at: Mapped[datetime] = mapped_column(index=True)
