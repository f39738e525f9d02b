"""Figures about requests, plans and fetches."""

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Histogram("gateway_request_seconds", "Requests by outcome.", ["outcome"], buckets=BUCKETS)
ERRORS = Counter("gateway_errors", "Errors in responses by code.", ["code"])
FETCHES = Histogram(
    "gateway_fetch_seconds", "Fetches by subgraph and outcome.", ["service", "outcome"], buckets=BUCKETS
)
PLANS = Counter("gateway_plans", "Operations by where their plan was found.", ["source"])
SUBSCRIPTIONS = Gauge("gateway_subscriptions", "Open subscriptions by transport.", ["transport"])
EVENTS = Counter("gateway_events", "Events for subscribers: delivered, withheld, dropped.", ["outcome"])
