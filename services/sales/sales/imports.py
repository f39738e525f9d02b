"""The objects of this service that files bring in."""

from sales.leads.importable import IMPORTABLE_LEADS, LEAD_IMPORTS
from sales.opportunities.importable import IMPORTABLE_OPPORTUNITIES, OPPORTUNITY_IMPORTS
from sales.products.importable import IMPORTABLE_PRODUCTS, PRODUCT_IMPORTS

IMPORTABLES = (
    IMPORTABLE_LEADS,
    IMPORTABLE_OPPORTUNITIES,
    IMPORTABLE_PRODUCTS,
)
IMPORTS = (
    LEAD_IMPORTS,
    OPPORTUNITY_IMPORTS,
    PRODUCT_IMPORTS,
)
