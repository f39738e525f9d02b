"""Forms and submissions that tests begin with."""

from collections.abc import Sequence
from typing import Any

from chassis.access import ANONYMOUS
from chassis.testing import Answer, Graph

SUBMIT = "mutation($input: SubmitIntakeFormInput!) { submitIntakeForm(input: $input) { receipt } }"
FIELDS: list[dict[str, Any]] = [
    {"name": "company", "labelZh": "公司", "labelEn": "Company"},
    {"name": "contact_name", "labelZh": "姓名", "labelEn": "Name"},
    {"name": "email", "labelZh": "邮箱", "labelEn": "E-mail", "type": "EMAIL"},
    {"name": "phone", "labelZh": "电话", "labelEn": "Phone", "type": "PHONE"},
    {"name": "message", "labelZh": "留言", "labelEn": "Message"},
    {"name": "team_size", "labelZh": "规模", "labelEn": "Size", "type": "CHOICE", "choices": ["1-50", "50+"]},
]


async def form(
    graph: Graph, *, qualifies: bool = True, publish: bool = True, fields: Sequence[Any] = FIELDS
) -> str:
    """Make the form contact-us of a new campaign; return the campaign's id."""
    launch = "mutation($input: LaunchCampaignInput!) { launchCampaign(input: $input) { campaign { id } } }"
    web = {"name": "Website", "channel": "CONTENT", "sourceCode": "WEB", "startsOn": "2025-01-01"}
    campaign = (await graph(launch, {"input": web})).data["launchCampaign"]["campaign"]["id"]
    create = "mutation($input: CreateIntakeFormInput!) { createIntakeForm(input: $input) { form { id } } }"
    given = {
        "key": "contact-us",
        "title": "Contact us",
        "source": "website",
        "campaignId": campaign,
        "fields": fields,
        "qualifies": qualifies,
    }
    made = (await graph(create, {"input": given})).data["createIntakeForm"]["form"]["id"]
    if publish:
        publishing = "mutation($id: ID!) { publishIntakeForm(input: {id: $id}) { form { published } } }"
        assert not (await graph(publishing, {"id": made})).errors
    return str(campaign)


def answered(**values: str) -> list[dict[str, str]]:
    """Return the answers as the graph takes them."""
    return [{"name": name, "value": value} for name, value in values.items()]


async def submit(graph: Graph, **values: str) -> Answer:
    """Submit contact-us as somebody we do not know."""
    sent = {"formKey": "contact-us", "answers": answered(**values), "page": "https://example.org/contact"}
    return await graph(SUBMIT, {"input": sent}, by=ANONYMOUS)
