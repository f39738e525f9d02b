"""What can happen to an intake form."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid, LimitExceeded, NotFound
from marketing.campaigns.queries import known_campaign
from marketing.forms import queries
from marketing.forms.fields import PROSPECT_FIELDS, FormField, check_answers, check_fields
from marketing.forms.models import IntakeForm
from marketing.prospects.commands import capture_prospect, qualify_prospect
from marketing.prospects.models import ProspectStatus
from marketing.touchpoints.commands import record_touchpoint
from marketing.touchpoints.models import Touchpoint, TouchpointKind
from marketing.touchpoints.queries import submissions_between

MOST_SUBMISSIONS = 5  # of one form by one prospect within
IN_THE_LAST = timedelta(minutes=10)
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


async def create_intake_form(
    session: AsyncSession,
    *,
    key: str,
    title: str,
    source: str,
    fields: Sequence[FormField],
    campaign_id: UUID | None = None,
    qualifies: bool = True,
) -> IntakeForm:
    """Make a form that is not on the web yet; raise Conflict when another one has its key."""
    if not _KEY.fullmatch(key) or len(key) > 50:
        raise Invalid(f"{key!r} is no key; write it like contact-us", path=("input", "key"))
    for name, text, longest in (("title", title, 200), ("source", source, 100)):
        if not text.strip() or len(text) > longest:
            raise Invalid(f"A form needs a {name} of 1 to {longest} characters", path=("input", name))
    check_fields(fields)
    if campaign_id is not None:
        await known_campaign(session, campaign_id)
    form = IntakeForm(
        key=key,
        title=title.strip(),
        source=source.strip(),
        campaign_id=campaign_id,
        fields=[field.to_json() for field in fields],
        qualifies=qualifies,
    )
    try:
        async with session.begin_nested():
            session.add(form)
    except IntegrityError as error:
        raise Conflict(f"There is a form {key} already", path=("input", "key")) from error
    return form


async def publish_intake_form(
    session: AsyncSession, id: UUID, *, published: bool, expected_version: int | None = None
) -> IntakeForm:
    """Put a form on the web, or take it off."""
    form = await fetch(session, IntakeForm, id, expected_version=expected_version)
    form.published = published
    await session.flush()
    return form


async def submit_intake_form(
    session: AsyncSession,
    *,
    key: str,
    answers: Sequence[tuple[str, str]],
    page: str | None = None,
    at: datetime | None = None,
) -> Touchpoint:
    """Take in what somebody filled in: a prospect stamped with source and campaign, and a touchpoint.

    The prospect goes to sales at once, unless the form says otherwise or it was handed over before.
    Raises NotFound for a form that is not on the web, Invalid for an answer that its field does not take
    and LimitExceeded when one prospect submits too often.
    """
    form = await queries.published_form(session, key)
    if form is None:
        raise NotFound("There is no such form on the web", path=("input", "formKey"))
    kept = check_answers([FormField.of(field) for field in form.fields], answers)
    submitted_at = at or now()
    details = {name: value for name, value in kept.items() if name in PROSPECT_FIELDS}
    prospect = await capture_prospect(
        session, details=details, source=form.source, campaign_id=form.campaign_id, at=submitted_at
    )
    await _throttle(session, form, prospect.id, submitted_at)
    touchpoint = await record_touchpoint(
        session,
        kind=TouchpointKind.FORM,
        prospect_id=prospect.id,
        campaign_id=form.campaign_id,
        form_id=form.id,
        detail=form.title,
        page=page,
        answers=[{"name": name, "value": value} for name, value in kept.items()],
        at=submitted_at,
    )
    if form.qualifies and prospect.status is ProspectStatus.CAPTURED:
        await qualify_prospect(session, prospect.id, at=submitted_at)
    return touchpoint


async def _throttle(session: AsyncSession, form: IntakeForm, prospect_id: UUID, at: datetime) -> None:
    recent = await submissions_between(
        session, form_id=form.id, prospect_id=prospect_id, after=at - IN_THE_LAST, until=at
    )
    if recent >= MOST_SUBMISSIONS:
        minutes = int(IN_THE_LAST.total_seconds() // 60)
        raise LimitExceeded(
            f"You sent this form {recent} times within {minutes} minutes; we have it, or try again later",
            path=("input", "answers"),
        )
