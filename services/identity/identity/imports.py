"""The objects of this service that files bring in."""

from identity.employees.importable import EMPLOYEE_IMPORTS, IMPORTABLE_EMPLOYEES

IMPORTABLES = (IMPORTABLE_EMPLOYEES,)
IMPORTS = (EMPLOYEE_IMPORTS,)
