"""What a capability adds to the roots of a service's graph."""

from typing import NamedTuple


class Roots(NamedTuple):
    """The fields of one object for the roots of its service."""

    queries: type
    mutations: type
