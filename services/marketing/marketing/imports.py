"""The objects of this service that files bring in."""

from marketing.prospects.importable import IMPORTABLE_PROSPECTS, PROSPECT_IMPORTS

IMPORTABLES = (IMPORTABLE_PROSPECTS,)
IMPORTS = (PROSPECT_IMPORTS,)
