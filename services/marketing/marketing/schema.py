"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from marketing.campaigns.graphql import CampaignMutations, CampaignQueries, CampaignSubscriptions
from marketing.costs.graphql import CostMutations
from marketing.exports import EXPORTS
from marketing.forms.graphql import FormMutations, FormQueries
from marketing.forms.public import PublicFormMutations, PublicFormQueries
from marketing.imports import IMPORTS
from marketing.prospects.graphql import Customer, ProspectMutations, ProspectQueries, ProspectSubscriptions
from marketing.touchpoints.graphql import TouchpointMutations, TouchpointQueries
from marketing.trail import TRAIL


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query",
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
