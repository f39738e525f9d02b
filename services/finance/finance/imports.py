"""The objects of this service that files bring in."""

from finance.invoices.importable import IMPORTABLE_INVOICES, INVOICE_IMPORTS

IMPORTABLES = (IMPORTABLE_INVOICES,)
IMPORTS = (INVOICE_IMPORTS,)
