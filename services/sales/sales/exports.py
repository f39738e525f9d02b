"""The lists of this service that can be exported."""

from chassis.exporting.graphql import exports
from sales.assignment.graphql import AssignmentRuleFilter, AssignmentRuleOrder
from sales.assignment.queries import ASSIGNMENT_RULES
from sales.contracts.graphql import ContractFilter, ContractOrder
from sales.contracts.queries import CONTRACTS
from sales.leads.graphql import LeadFilter, LeadOrder
from sales.leads.queries import LEADS
from sales.opportunities.graphql import OpportunityFilter, OpportunityOrder
from sales.opportunities.queries import OPPORTUNITIES
from sales.pipelines.graphql import PipelineStageFilter, PipelineStageOrder
from sales.pipelines.queries import PIPELINE_STAGES
from sales.products.graphql import ProductFilter, ProductOrder
from sales.products.queries import PRODUCTS
from sales.quotes.graphql import QuoteFilter, QuoteOrder
from sales.quotes.queries import QUOTES

EXPORTS = (
    exports("sales", "Leads", LEADS, filter=LeadFilter, order=LeadOrder),
    exports(
        "sales", "AssignmentRules", ASSIGNMENT_RULES, filter=AssignmentRuleFilter, order=AssignmentRuleOrder
    ),
    exports("sales", "PipelineStages", PIPELINE_STAGES, filter=PipelineStageFilter, order=PipelineStageOrder),
    exports("sales", "Opportunities", OPPORTUNITIES, filter=OpportunityFilter, order=OpportunityOrder),
    exports("sales", "Products", PRODUCTS, filter=ProductFilter, order=ProductOrder),
    exports("sales", "Quotes", QUOTES, filter=QuoteFilter, order=QuoteOrder),
    exports("sales", "Contracts", CONTRACTS, filter=ContractFilter, order=ContractOrder),
)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
