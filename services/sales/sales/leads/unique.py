"""By which rules a lead is entered only once; by none, unless the company sets some."""

from chassis.uniqueness.commands import Unique
from sales.leads.models import Lead

UNIQUE_LEADS = Unique("lead", "Lead", Lead, {})
