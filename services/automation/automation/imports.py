"""The objects of this service that files bring in."""

from automation.todos.importable import IMPORTABLE_TODOS, TODO_IMPORTS

IMPORTABLES = (IMPORTABLE_TODOS,)
IMPORTS = (TODO_IMPORTS,)
