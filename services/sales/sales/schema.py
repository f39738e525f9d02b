"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.access.sharing import sharing
from chassis.graphql.schema import build, join
from sales.assignment.graphql import AssignmentMutations, AssignmentQueries
from sales.contracts.fields import CONTRACT_FIELDS
from sales.contracts.graphql import Contract as ContractNode
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
from sales.opportunities.fields import OPPORTUNITY_FIELDS
from sales.opportunities.graphql import Opportunity as OpportunityNode
from sales.opportunities.graphql import OpportunityQueries, OpportunitySubscriptions
from sales.opportunities.importing import OpportunityImport
from sales.opportunities.models import Opportunity
from sales.opportunities.mutations import OpportunityMutations
from sales.opportunities.queries import OPPORTUNITIES
from sales.pipelines.graphql import PipelineQueries
from sales.products.fields import PRODUCT_FIELDS
from sales.products.graphql import Product as ProductNode
from sales.products.graphql import ProductMutations, ProductQueries
from sales.products.importing import ProductImport
from sales.quotes.fields import QUOTE_FIELDS
from sales.quotes.graphql import Quote as QuoteNode
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
            PRODUCT_FIELDS.queries(),
            CONTRACT_FIELDS.queries(),
            QUOTE_FIELDS.queries(),
            OPPORTUNITY_FIELDS.queries(),
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
            PRODUCT_FIELDS.mutations(ProductNode),
            CONTRACT_FIELDS.mutations(ContractNode),
            QUOTE_FIELDS.mutations(QuoteNode),
            OPPORTUNITY_FIELDS.mutations(OpportunityNode),
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
