"""Secrets of programs: 256 random bits, so that a plain digest of them cannot be guessed."""

import hashlib
import secrets


def new_secret() -> str:
    """Return a secret that was never used."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, stored: str) -> bool:
    """Tell whether this is the secret of which that was stored."""
    return secrets.compare_digest(digest(secret), stored)
