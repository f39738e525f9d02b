"""The base of this service's tables."""

from sqlalchemy.orm import DeclarativeBase

from chassis.database import Conventions, naming


class Model(Conventions, DeclarativeBase):
    """Every table of the project service."""

    metadata = naming()
