"""What is kept beside the tables, like rows that wait to be brought in: encrypted where anything is."""

from typing import Any

from sqlalchemy import Dialect, inspect

from chassis.secrets import keyring
from chassis.secrets.columns import attributes
from chassis.secrets.keyring import FORMAT, Keyring


def seal(dialect: Dialect, value: bytes, place: str) -> bytes:
    """Return JSON as it may be stored: encrypted for this place; as it is, where the database has no keys."""
    keys = getattr(dialect, "keyring", None)
    return keys.encrypt(value, place) if isinstance(keys, Keyring) and keys.master else value


def unseal(dialect: Dialect, stored: bytes, place: str) -> bytes:
    """Return what `seal` was given; raises Unavailable without the keys."""
    return keyring.of(dialect).decrypt(stored, place) if stored.startswith(FORMAT) else stored


def secret_names(model: Any) -> frozenset[str]:
    """Return the attributes of a mapped class that are stored encrypted."""
    return frozenset(name for name, _ in attributes(inspect(model)))
