"""What a process tells its supervisor and its operators over HTTP."""

from collections.abc import Awaitable, Callable, Mapping

import prometheus_client
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

Check = Callable[[], Awaitable[None]]


def router(checks: Mapping[str, Check]) -> APIRouter:
    """Return /health/live, /health/ready and /metrics; ready is who passes every check without raising."""
    routes = APIRouter()

    @routes.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/health/ready")
    async def ready() -> JSONResponse:
        found = {name: await _outcome(check) for name, check in checks.items()}
        healthy = all(outcome == "ok" for outcome in found.values())
        return JSONResponse(found, status_code=200 if healthy else 503)

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(
            prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_PLAIN_0_0_4
        )

    return routes


async def _outcome(check: Check) -> str:
    try:
        await check()
    except Exception as error:  # whatever is wrong, the answer is "not ready", and why
        return f"{type(error).__name__}: {error}"
    return "ok"
