"""What a service keeps of identity's facts, and the shares of its own records; on its own metadata."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming, now, uuid7


class Model(Conventions, DeclarativeBase):
    """The base of the tables of access."""

    metadata = naming()


class KnownPrincipal(Model):
    """An employee, a service account or an API key, as identity last told."""

    __tablename__ = "access_principal"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(String(20))
    team_id: Mapped[UUID | None] = mapped_column()
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(100)))
    # the only `object:action` that the roles allow it (either may be `*`); none named: all that they allow
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(130)))
    active: Mapped[bool] = mapped_column()


class KnownTeam(Model):
    """Where a team stands in the tree, as identity last told."""

    __tablename__ = "access_team"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    path: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))  # from the top to this team
    manager_id: Mapped[UUID | None] = mapped_column()


class KnownRole(Model):
    """What a role allows, as identity last told."""

    __tablename__ = "access_role"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(100))
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    retired: Mapped[bool] = mapped_column()


class EndedSession(Model):
    """A session whose token is refused although it has not expired."""

    __tablename__ = "access_ended_session"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the token's `jti`
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Revision(Model):
    """One row that changes with any of the tables above, so that every process notices."""

    __tablename__ = "access_revision"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[UUID] = mapped_column()


class RecordShare(Model):
    """A record of this service that somebody lets a person or a team see, or also change."""

    __tablename__ = "record_share"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    object: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[UUID] = mapped_column()
    grantee_id: Mapped[UUID] = mapped_column()  # a person or a team
    can_update: Mapped[bool] = mapped_column()
    shared_by: Mapped[UUID | None] = mapped_column()
    shared_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        Index("uq_record_share_grantee", "object", "record_id", "grantee_id", unique=True),
        Index(None, "grantee_id", "object"),
    )


class RecordOwner(Model):
    """Who owns a record of another service, as that service last told; what hangs on it is theirs too."""

    __tablename__ = "record_owner"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
