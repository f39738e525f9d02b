"""Figures about requests, plans and fetches."""

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
COST_BUCKETS = (1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 100_000)

REQUESTS = Histogram(
    "gateway_request_seconds", "Requests by operation and outcome.", ["operation", "outcome"], buckets=BUCKETS
)
ERRORS = Counter("gateway_errors", "Errors in responses by code.", ["code"])
FETCHES = Histogram(
    "gateway_fetch_seconds", "Fetches by subgraph and outcome.", ["service", "outcome"], buckets=BUCKETS
)
UNDER_WAY = Gauge("gateway_fetches_under_way", "Calls to a subgraph that are not answered yet.", ["service"])
RETRIES = Counter("gateway_retries", "Attempts repeated, by why the one before failed.", ["service", "cause"])
BREAKER = Gauge("gateway_breaker", "A subgraph's breaker: 0 closed, 0.5 half-open, 1 open.", ["service"])
OPENED = Counter("gateway_breaker_opened", "How often a subgraph's breaker opened.", ["service"])
SHARED = Counter("gateway_fetches_shared", "Fetches answered by an identical one under way.", ["service"])
GATHERED = Counter("gateway_fetches_gathered", "Fetches asked for together with like ones.", ["service"])
SPECULATED = Counter("gateway_fetches_speculated", "Fetches begun early, used or dropped.", ["outcome"])
COSTS = Histogram("gateway_operation_cost", "Operations by what their answer may cost.", buckets=COST_BUCKETS)
PLANS = Counter("gateway_plans", "Operations by where their plan was found.", ["source"])
SUBSCRIPTIONS = Gauge("gateway_subscriptions", "Open subscriptions by transport.", ["transport"])
EVENTS = Counter("gateway_events", "Events for subscribers: delivered, withheld, dropped.", ["outcome"])
RELOADS = Counter("gateway_reloads", "Replacements of the supergraph by outcome.", ["outcome"])
SUPERGRAPH = Gauge(
    "gateway_supergraph_loaded_timestamp_seconds", "When the supergraph in use was loaded.", ["sha256"]
)

MOST_NAMES = 100
LONGEST_NAME = 80
OTHER = "other"


class OperationNames:
    """The names that label figures: the first ones that worked, so that callers cannot fill the memory."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def label(self, name: str, *, worked: bool) -> str:
        """The label of an operation's name, `other` when it is none of the known ones."""
        if name and worked and len(name) <= LONGEST_NAME and len(self._known) < MOST_NAMES:
            self._known.add(name)
        return name if name in self._known else OTHER
