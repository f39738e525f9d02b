"""Who may do what: principals, their roles, and how both become a WHERE, a mask or a refusal."""

from chassis.access.principal import ANONYMOUS, Kind, Principal, acting_as, actor_id, current
from chassis.access.tokens import ALGORITHM, AUDIENCE, TokenVerifier

__all__ = [
    "ALGORITHM",
    "ANONYMOUS",
    "AUDIENCE",
    "Kind",
    "Principal",
    "TokenVerifier",
    "acting_as",
    "actor_id",
    "current",
]
