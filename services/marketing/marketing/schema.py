"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from marketing.campaigns.fields import CAMPAIGN_FIELDS
from marketing.campaigns.graphql import Campaign, CampaignMutations, CampaignQueries, CampaignSubscriptions
from marketing.costs.graphql import CostMutations
from marketing.exports import EXPORTS
from marketing.forms.graphql import FormMutations, FormQueries
from marketing.forms.public import PublicFormMutations, PublicFormQueries
from marketing.imports import IMPORTS
from marketing.prospects.fields import PROSPECT_FIELDS
from marketing.prospects.graphql import (
    Customer,
    Prospect,
    ProspectMutations,
    ProspectQueries,
    ProspectSubscriptions,
)
from marketing.touchpoints.graphql import TouchpointMutations, TouchpointQueries
from marketing.trail import TRAIL


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query",
            PROSPECT_FIELDS.queries(),
            CAMPAIGN_FIELDS.queries(),
            TRAIL.queries(),
            CampaignQueries,
            FormQueries,
            PublicFormQueries,
            ProspectQueries,
            TouchpointQueries,
            *(each.queries for each in IMPORTS),
        ),
        mutation=join(
            "Mutation",
            PROSPECT_FIELDS.mutations(Prospect),
            CAMPAIGN_FIELDS.mutations(Campaign),
            CampaignMutations,
            CostMutations,
            FormMutations,
            PublicFormMutations,
            ProspectMutations,
            TouchpointMutations,
            *(each.mutations for each in (*IMPORTS, *EXPORTS)),
        ),
        subscription=join("Subscription", CampaignSubscriptions, ProspectSubscriptions),
        types=[Customer],
    )
