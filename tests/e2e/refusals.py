"""What a good refusal looks like, and whether it left anything behind."""

from typing import Any, Self

from sqlalchemy import text

from chassis.database import Database
from chassis.errors import BY_CODE
from chassis.testing import eventually
from deploy.local.suite import SERVICES, Suite
from tests.e2e.caller import Answer

LEAKS = ("Traceback", "site-packages", ".py", "sqlalchemy", "asyncpg", "SELECT ", "INSERT ", "UPDATE ")
WRITTEN = text("SELECT (SELECT count(*) FROM outbox_event) + (SELECT count(*) FROM idempotency_key) AS rows")


class Books:
    """What all services have written so far."""

    def __init__(self, suite: Suite) -> None:
        self._databases = {name: Database(suite.database_url(name), pool_size=1) for name in SERVICES}

    async def __aenter__(self) -> Self:
        await self.settled()
        return self

    async def __aexit__(self, *_: object) -> None:
        for database in self._databases.values():
            await database.close()

    async def rows(self) -> dict[str, int]:
        """The number of rows that anything written adds to, by service."""
        return {name: (await base.read(WRITTEN))[0].rows for name, base in self._databases.items()}

    async def settled(self) -> dict[str, int]:
        """The same, once no event is on its way any more."""
        seen: list[dict[str, int]] = [{}]

        async def unchanged() -> bool:
            seen.append(await self.rows())
            return seen[-1] == seen[-2]

        await eventually(unchanged, timeout=30, pause=0.5)
        return seen[-1]


def refused(answer: Answer, code: str, *names: str) -> dict[str, Any]:
    """Return the first error, which has this code and names these things; none of them leaks anything."""
    assert answer.errors, answer.text[:300]
    assert answer.status < 500 or (answer.status, answer.codes[0]) == (503, "UNAVAILABLE"), answer.text[:300]
    assert set(answer.codes) <= set(BY_CODE), answer.errors
    assert not [leak for leak in LEAKS if leak in answer.text], answer.text[:300]
    first = answer.errors[0]
    assert first["extensions"]["code"] == code, answer.errors
    assert all(name in first["message"] for name in names), first["message"]
    return first
