"""Passwords: hashed by Argon2id, away from the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from chassis.errors import Invalid

SHORTEST, LONGEST = 8, 200

# OWASP's parameters; two at a time bound the memory that a flood of sign-ins takes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$2UF7tuwyj2HWzG3SeLQzUQ$uqu6pzQ+MMYMvBuU8QDJ1ZWr+TypuuiX0s1BMAs0fB0"


async def hash_password(password: str) -> str:
    """Return what may be stored of a password; raise Invalid for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"A password has {SHORTEST} to {LONGEST} characters", path=("input", "password"))
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def is_right(password: str, hash: str | None) -> bool:
    """Tell whether this is the password; takes as long when there is none to compare with."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, hash)


def _verify(password: str, hash: str | None) -> bool:
    try:
        return _hasher.verify(hash or _NOBODYS, password[: LONGEST + 1]) and hash is not None
    except VerificationError:
        return False
