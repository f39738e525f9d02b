"""One request, one trace: from the gateway through every service to the last event it caused."""

import secrets
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from chassis.testing import eventually
from deploy.local.suite import Suite
from tests.e2e.caller import Caller

SIGNED, ACTIVATED = "roundel.sales.v1.ContractSigned", "roundel.sales.v1.ContractActivated"
OPENED, SCHEDULED = "roundel.project.v1.ProjectOpened", "roundel.finance.v1.ReceivablesScheduled"
CHECK_CREDIT = "roundel.finance.v1.FinanceService/CheckCredit"

# Each step of the trace with the step it came out of: "service: what it did".
STEPS = {
    "gateway: fetch sales": "gateway: POST /graphql",
    "sales: graphql": "gateway: fetch sales",
    "sales: UPDATE contract": "sales: graphql",
    f"sales: {CHECK_CREDIT}": "sales: graphql",
    f"finance: {CHECK_CREDIT}": f"sales: {CHECK_CREDIT}",
    "sales: INSERT outbox_event": "sales: graphql",
    f"sales: publish {SIGNED}": "sales: graphql",
    f"project: handle {SIGNED}": f"sales: publish {SIGNED}",
    "project: INSERT project": f"project: handle {SIGNED}",
    "project: INSERT outbox_event": f"project: handle {SIGNED}",
    f"project: publish {OPENED}": f"project: handle {SIGNED}",
    f"finance: handle {SIGNED}": f"sales: publish {SIGNED}",
    "finance: INSERT receivable": f"finance: handle {SIGNED}",
    f"finance: publish {SCHEDULED}": f"finance: handle {SIGNED}",
    f"customer: handle {SIGNED}": f"sales: publish {SIGNED}",
    f"insight: handle {SIGNED}": f"sales: publish {SIGNED}",
    f"sales: handle {OPENED}": f"project: publish {OPENED}",
    f"sales: handle {SCHEDULED}": f"finance: publish {SCHEDULED}",
    f"automation: handle {OPENED}": f"project: publish {OPENED}",
    "automation: INSERT todo": f"automation: handle {OPENED}",
    f"insight: handle {OPENED}": f"project: publish {OPENED}",
    f"insight: handle {SCHEDULED}": f"finance: publish {SCHEDULED}",
    f"insight: handle {ACTIVATED}": f"sales: publish {ACTIVATED}",
}
ACTIVATION = f"sales: publish {ACTIVATED}"  # came out of whichever of the two parts was ready last


class Trace:
    """A trace begun by a caller who wants it recorded."""

    def __init__(self, file: Path) -> None:
        self.id, self.root = secrets.token_hex(16), secrets.token_hex(8)
        self.headers = {"traceparent": f"00-{self.id}-{self.root}-01"}
        self._file = file

    def spans(self) -> dict[str, dict[str, Any]]:
        """What the suite recorded of it so far, by id."""
        mine = (line for line in self._file.read_bytes().splitlines() if self.id.encode() in line)
        spans = (orjson.loads(line) for line in mine)
        return {
            span["context"]["span_id"]: span
            for span in spans
            if span["context"]["trace_id"] == f"0x{self.id}"
        }


def said(span: dict[str, Any]) -> str:
    return f"{span['resource']['attributes']['service.name']}: {span['name']}"


@pytest.fixture
def trace(suite: Suite) -> Trace:
    return Trace(suite.var / "spans.jsonl")


async def test_one_trace_spans_the_request_and_all_that_it_caused(
    trace: Trace, administrator: Caller
) -> None:
    contract = await draft(administrator)
    signed = await administrator.ask(
        "mutation($input: SignContractInput!) { signContract(input: $input) { contract { id } } }",
        {"input": {"id": contract}},
        headers=trace.headers,
    )
    assert not signed.errors, signed.errors

    def complete() -> dict[str, Any]:
        spans = trace.spans()
        missing = {*STEPS, ACTIVATION} - {said(span) for span in spans.values()}
        assert not missing, missing
        for span in spans.values():  # what contains others is written last
            parent = span["parent_id"].removeprefix("0x")
            assert parent == trace.root or f"0x{parent}" in spans, f"{said(span)} hangs in the air"
        return spans

    spans = await eventually(complete)
    parents: dict[str, set[str]] = defaultdict(set)
    for span in spans.values():
        parent = span["parent_id"].removeprefix("0x")
        parents[said(span)].add("the caller" if parent == trace.root else said(spans[f"0x{parent}"]))
    assert parents["gateway: POST /graphql"] == {"the caller"}
    for step, cause in STEPS.items():
        assert cause in parents[step], f"{step} came out of {parents[step]}"
    assert parents[ACTIVATION] <= {f"sales: handle {OPENED}", f"sales: handle {SCHEDULED}"}


async def draft(administrator: Caller) -> str:
    """A contract that waits for its signature."""
    registered = await administrator.do("registerCustomer", "{ customer { id } }", name="Traced")
    customer: str = registered["customer"]["id"]

    async def drafted() -> Any:  # sales hears of the customer by an event
        answer = await administrator.ask(
            "mutation($input: DraftContractInput!) { draftContract(input: $input) { contract { id } } }",
            {
                "input": {
                    "customerId": customer,
                    "lines": [{"description": "Work", "amount": {"amount": "100", "currency": "CNY"}}],
                    "idempotencyKey": "draft-traced",
                }
            },
        )
        assert not answer.errors, answer.errors
        return answer.data["draftContract"]["contract"]["id"]

    id: str = await eventually(drafted, timeout=30)
    return id


async def test_what_nobody_wants_recorded_is_not(trace: Trace, administrator: Caller) -> None:
    unwanted = {"traceparent": trace.headers["traceparent"].removesuffix("01") + "00"}
    await administrator.ask("{ customers { totalCount } }", headers=unwanted)
    await administrator.ask("{ teams { totalCount } }", headers=trace.headers)

    await eventually(lambda: "identity: graphql" in {said(span) for span in trace.spans().values()})
    assert "customer: graphql" not in {said(span) for span in trace.spans().values()}


async def test_no_statement_in_a_trace_tells_its_values(trace: Trace, administrator: Caller) -> None:
    secret = "Nobody should read this"
    found = await administrator.ask(
        "query($name: String!) { customers(filter: {name: {eq: $name}}) { totalCount } }",
        {"name": secret},
        headers=trace.headers,
    )
    assert not found.errors
    await eventually(lambda: any("db.query.text" in span["attributes"] for span in trace.spans().values()))
    assert secret not in orjson.dumps(list(trace.spans().values())).decode()
