"""The objects of this service that files bring in."""

from project.tasks.importable import IMPORTABLE_TASKS, TASK_IMPORTS

IMPORTABLES = (IMPORTABLE_TASKS,)
IMPORTS = (TASK_IMPORTS,)
