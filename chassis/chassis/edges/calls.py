"""What the HTTP edges of a service beside the graph have in common: who calls, and how a refusal looks."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from chassis.access import Principal, TokenVerifier, acting_as
from chassis.audit.context import coming_from
from chassis.edges.addresses import address_of
from chassis.errors import DomainError, Unauthenticated

STATUS = {
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "INVALID": 400,
    "FORBIDDEN": 403,
    "UNAUTHENTICATED": 401,
    "LIMIT": 413,
    "UNAVAILABLE": 503,
}

Handler = Callable[..., Awaitable[Response]]


async def caller(request: Request, verifier: TokenVerifier) -> Principal:
    """Return whom the request's bearer token speaks for; raise Unauthenticated without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("This needs a sign-in: send a bearer token")
    return await verifier.verify(token)


def signed_in(verifier: TokenVerifier, handle: Handler) -> Handler:
    """Return the handler that acts as the caller and answers refusals as JSON."""

    @wraps(handle)
    async def handler(request: Request, **given: Any) -> Response:
        try:
            by = await caller(request, verifier)
            with acting_as(by), coming_from(address_of(request.scope)):
                return await handle(request, **given)
        except DomainError as error:
            return refused(error)

    return handler


def refused(error: DomainError) -> JSONResponse:
    """Return the answer that tells a refusal, in the form that the graph uses."""
    told = {"errors": [{"message": error.message, "extensions": error.extensions}]}
    return JSONResponse(told, STATUS.get(error.code, 500))
