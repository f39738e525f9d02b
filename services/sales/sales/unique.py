"""The objects of this service with rules of uniqueness."""

from chassis.uniqueness.graphql import uniqueness
from sales.leads.unique import UNIQUE_LEADS

UNIQUENESS = tuple(map(uniqueness, (UNIQUE_LEADS,)))
