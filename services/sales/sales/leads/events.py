"""What is told of leads."""

from datetime import datetime

from roundel.sales.v1 import sales_events_pb2 as events
from sales import wire
from sales.leads.models import Lead


def created(lead: Lead) -> events.LeadCreated:
    """Say that somebody is interested."""
    event = events.LeadCreated(
        lead_id=str(lead.id),
        version=lead.version,
        company=lead.company,
        contact_name=wire.text(lead.contact_name),
        source=wire.text(lead.source),
        region=wire.text(lead.region),
        industry=wire.text(lead.industry),
        campaign_id=wire.text(lead.campaign_id),
        prospect_id=wire.text(lead.prospect_id),
        customer_id=wire.text(lead.customer_id),
    )
    event.occurred_at.FromDatetime(lead.created_at)
    return event


def changed(lead: Lead, *, at: datetime) -> events.LeadChanged:
    """Say what is known of the lead now."""
    event = events.LeadChanged(
        lead_id=str(lead.id),
        version=lead.version,
        company=lead.company,
        contact_name=wire.text(lead.contact_name),
        source=wire.text(lead.source),
        region=wire.text(lead.region),
        industry=wire.text(lead.industry),
        customer_id=wire.text(lead.customer_id),
    )
    event.occurred_at.FromDatetime(at)
    return event


def assigned(lead: Lead, *, at: datetime) -> events.LeadAssigned:
    """Say who deals with the lead."""
    event = events.LeadAssigned(
        lead_id=str(lead.id),
        version=lead.version,
        owner_id=wire.text(lead.owner_id),
        rule=wire.text(lead.assigned_by_rule),
        company=lead.company,
        customer_id=wire.text(lead.customer_id),
    )
    event.occurred_at.FromDatetime(at)
    return event


def converted(lead: Lead, *, at: datetime) -> events.LeadConverted:
    """Say that the lead became a deal."""
    event = events.LeadConverted(
        lead_id=str(lead.id),
        version=lead.version,
        customer_id=wire.text(lead.customer_id),
        opportunity_id=wire.text(lead.opportunity_id),
        prospect_id=wire.text(lead.prospect_id),
        campaign_id=wire.text(lead.campaign_id),
        owner_id=wire.text(lead.owner_id),
    )
    event.occurred_at.FromDatetime(at)
    return event


def lost(lead: Lead, *, at: datetime) -> events.LeadLost:
    """Say that the lead came to nothing, and why."""
    event = events.LeadLost(
        lead_id=str(lead.id),
        version=lead.version,
        customer_id=wire.text(lead.customer_id),
        owner_id=wire.text(lead.owner_id),
        company=lead.company,
        reason=wire.text(lead.lost_reason),
    )
    event.occurred_at.FromDatetime(at)
    return event
