"""The lists of this service that can be exported."""

from automation.todos.entities import TodoFilter
from automation.todos.graphql import TodoOrder
from automation.todos.queries import TODOS
from chassis.exporting.graphql import exports

EXPORTS = (exports("automation", "Todos", TODOS, filter=TodoFilter, order=TodoOrder),)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
