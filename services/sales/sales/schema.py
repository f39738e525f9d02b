"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.access.sharing import sharing
from chassis.graphql.schema import build, join
from sales.assignment.graphql import AssignmentMutations, AssignmentQueries
from sales.contracts.graphql import ContractQueries, ContractSubscriptions
from sales.contracts.models import Contract
from sales.contracts.mutations import ContractMutations
from sales.contracts.queries import CONTRACTS
from sales.customers import Customer
from sales.exports import EXPORTS
from sales.imports import IMPORTS
from sales.leads.fields import LEAD_FIELDS
from sales.leads.graphql import Lead, LeadQueries, LeadSubscriptions
from sales.leads.models import Lead as LeadRow
from sales.leads.mutations import LeadMutations
from sales.leads.queries import LEADS
from sales.opportunities.graphql import OpportunityQueries, OpportunitySubscriptions
from sales.opportunities.importing import OpportunityImport
from sales.opportunities.models import Opportunity
from sales.opportunities.mutations import OpportunityMutations
from sales.opportunities.queries import OPPORTUNITIES
from sales.pipelines.graphql import PipelineQueries
from sales.products.graphql import ProductMutations, ProductQueries
from sales.products.importing import ProductImport
from sales.quotes.graphql import QuoteMutations, QuoteQueries, QuoteSubscriptions
from sales.trail import TRAIL
from sales.unique import UNIQUENESS

SHARED = (
    sharing(LEADS, LeadRow),
    sharing(OPPORTUNITIES, Opportunity),
    sharing(CONTRACTS, Contract),
)


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query",
            TRAIL.queries(),
            LeadQueries,
            LEAD_FIELDS.queries(),
            AssignmentQueries,
            PipelineQueries,
            OpportunityQueries,
            ProductQueries,
            QuoteQueries,
            ContractQueries,
            *(each.queries for each in (*IMPORTS, *UNIQUENESS, *SHARED)),
        ),
        mutation=join(
            "Mutation",
            LeadMutations,
            LEAD_FIELDS.mutations(Lead),
            AssignmentMutations,
            OpportunityMutations,
            OpportunityImport,
            ProductMutations,
            ProductImport,
            QuoteMutations,
            ContractMutations,
            *(each.mutations for each in (*IMPORTS, *UNIQUENESS, *SHARED)),
            *(each.mutations for each in EXPORTS),
        ),
        subscription=join(
            "Subscription",
            LeadSubscriptions,
            OpportunitySubscriptions,
            QuoteSubscriptions,
            ContractSubscriptions,
        ),
        types=[Customer],
    )
