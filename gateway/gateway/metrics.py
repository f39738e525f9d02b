"""Figures about requests, plans and fetches."""

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Histogram("gateway_request_seconds", "Requests by outcome.", ["outcome"], buckets=BUCKETS)
ERRORS = Counter("gateway_errors", "Errors in responses by code.", ["code"])
FETCHES = Histogram(
    "gateway_fetch_seconds", "Fetches by subgraph and outcome.", ["service", "outcome"], buckets=BUCKETS
)
UNDER_WAY = Gauge("gateway_fetches_under_way", "Calls to a subgraph that are not answered yet.", ["service"])
RETRIES = Counter("gateway_retries", "Attempts repeated, by why the one before failed.", ["service", "cause"])
BREAKER = Gauge("gateway_breaker", "A subgraph's breaker: 0 closed, 0.5 half-open, 1 open.", ["service"])
OPENED = Counter("gateway_breaker_opened", "How often a subgraph's breaker opened.", ["service"])
SHARED = Counter("gateway_fetches_shared", "Fetches answered by an identical one under way.", ["service"])
SPECULATED = Counter("gateway_fetches_speculated", "Fetches begun early, used or dropped.", ["outcome"])
PLANS = Counter("gateway_plans", "Operations by where their plan was found.", ["source"])
