"""The objects of this service that files bring in."""

from sales.contracts.importable import CONTRACT_IMPORTS, IMPORTABLE_CONTRACTS
from sales.leads.importable import IMPORTABLE_LEADS, LEAD_IMPORTS
from sales.opportunities.importable import IMPORTABLE_OPPORTUNITIES, OPPORTUNITY_IMPORTS
from sales.products.importable import IMPORTABLE_PRODUCTS, PRODUCT_IMPORTS
from sales.quotes.importable import IMPORTABLE_QUOTES, QUOTE_IMPORTS

IMPORTABLES = (
    IMPORTABLE_LEADS,
    IMPORTABLE_OPPORTUNITIES,
    IMPORTABLE_PRODUCTS,
    IMPORTABLE_QUOTES,
    IMPORTABLE_CONTRACTS,
)
IMPORTS = (
    LEAD_IMPORTS,
    OPPORTUNITY_IMPORTS,
    PRODUCT_IMPORTS,
    QUOTE_IMPORTS,
    CONTRACT_IMPORTS,
)
