"""The objects of this service that files bring in."""

from project.projects.importable import IMPORTABLE_PROJECTS, PROJECT_IMPORTS
from project.tasks.importable import IMPORTABLE_TASKS, TASK_IMPORTS

IMPORTABLES = (IMPORTABLE_PROJECTS, IMPORTABLE_TASKS)
IMPORTS = (PROJECT_IMPORTS, TASK_IMPORTS)
