"""Which web pages of other origins may call; none, unless the operator names them."""

import re
from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

ORIGIN = re.compile(r"https?://[^/?#@\s*]+")
REQUEST_HEADERS = (
    "authorization",
    "content-type",
    "accept-language",
    "traceparent",
    "tracestate",
    "x-request-id",
)
RESPONSE_HEADERS = ("x-request-id", "retry-after")
PREFLIGHT_SECONDS = 3_600


class NoOrigin(Exception):
    """What was configured is no origin."""


def with_cors(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The application, answering pages of these origins; callers show a token, so no cookies are involved."""
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise NoOrigin(
                f"{origin!r} in ROUNDEL_CORS_ORIGINS is no origin; write it like https://app.example.org, "
                "without a path and without *"
            )
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=REQUEST_HEADERS,
        expose_headers=RESPONSE_HEADERS,
        max_age=PREFLIGHT_SECONDS,
    )
