"""Links that say themselves which file, for whom and until when, and are signed."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from chassis.access import Principal
from chassis.database import Database
from chassis.edges import principals
from chassis.errors import NotFound

LASTS = timedelta(minutes=5)


def sign(database: Database, id: UUID, principal: Principal, *, at: datetime) -> tuple[str, datetime]:
    """Return the token of a link by which this caller reads the file, and when it expires."""
    expires = at + LASTS
    said = orjson.dumps([str(id), expires.timestamp(), principals.written(principal)])
    return _text(said) + "." + _text(_signature(database, said)), expires


def follow(database: Database, id: UUID, token: str, *, at: datetime, known: Any) -> Principal:
    """Return for whom a link is; raise NotFound when it was not signed here, or has expired."""
    said, _, signature = token.partition(".")
    try:
        content = _bytes(said)
        if hmac.compare_digest(_signature(database, content), _bytes(signature)):
            file, until, caller = orjson.loads(content)
            if file == str(id) and until > at.timestamp():
                return principals.read(caller, known)
    except (binascii.Error, ValueError):
        pass
    raise NotFound("This link leads nowhere, or not any more; ask for a new one")


def _signature(database: Database, said: bytes) -> bytes:
    """Every process of a service has the same database, and nobody else its password."""
    address = database.engine.url.render_as_string(hide_password=False)
    return hmac.digest(hashlib.sha256(b"links to files " + address.encode()).digest(), said, "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
