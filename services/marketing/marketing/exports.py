"""The lists of this service that can be exported."""

from chassis.exporting.graphql import exports
from marketing.campaigns.graphql import CampaignFilter, CampaignOrder
from marketing.campaigns.queries import CAMPAIGNS
from marketing.costs.queries import COSTS
from marketing.forms.graphql import IntakeFormFilter, IntakeFormOrder
from marketing.forms.queries import FORMS
from marketing.prospects.graphql import ProspectFilter, ProspectOrder
from marketing.prospects.queries import PROSPECTS
from marketing.touchpoints.graphql import TouchpointFilter, TouchpointOrder
from marketing.touchpoints.queries import TOUCHPOINTS

EXPORTS = (
    exports("marketing", "Campaigns", CAMPAIGNS, filter=CampaignFilter, order=CampaignOrder),
    exports("marketing", "CampaignCosts", COSTS),
    exports("marketing", "IntakeForms", FORMS, filter=IntakeFormFilter, order=IntakeFormOrder),
    exports("marketing", "Prospects", PROSPECTS, filter=ProspectFilter, order=ProspectOrder),
    exports("marketing", "Touchpoints", TOUCHPOINTS, filter=TouchpointFilter, order=TouchpointOrder),
)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
