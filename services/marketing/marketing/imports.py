"""The objects of this service that files bring in."""

from marketing.campaigns.importable import CAMPAIGN_IMPORTS, IMPORTABLE_CAMPAIGNS
from marketing.prospects.importable import IMPORTABLE_PROSPECTS, PROSPECT_IMPORTS

IMPORTABLES = (IMPORTABLE_CAMPAIGNS, IMPORTABLE_PROSPECTS)
IMPORTS = (CAMPAIGN_IMPORTS, PROSPECT_IMPORTS)
