"""What the demonstration company wrote down about its customers."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a customer, the highest of the decision chain first."""

    key: str
    name: str
    title: str
    decision_role: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A form that somebody filled in."""

    form: str
    at: datetime
    contact: Contact
    interest: str
    message: str


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """How somebody met us apart from forms."""

    key: str
    kind: str
    detail: str
    campaign: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An entry of the follow-up log."""

    key: str
    kind: str
    subject: str
    next_plan: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a quote; the price is the list price."""

    sku: str
    quantity: int
    discount: int  # percent


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of a contract's total, and what became of it so far."""

    name: str
    amount: Decimal
    due_on: date
    invoiced_on: date | None
    paid_on: date | None


@dataclass(frozen=True, slots=True)
class Contract:
    """A signed contract and how far its delivery is."""

    signed_on: date
    starts_on: date
    ends_on: date
    instalments: tuple[Instalment, ...]
    milestones_accepted_on: tuple[date, ...]
    accepted_on: date | None


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity; `advanced_at` tells when it entered its second stage and the following."""

    key: str
    name: str
    opened_at: datetime
    lines: tuple[Line, ...]
    advanced_at: tuple[datetime, ...]
    quoted_on: date | None = None
    contract: Contract | None = None
    lost_at: datetime | None = None
    loss_reason: str = ""
    total: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request for help; the score is the customer's answer to the survey."""

    key: str
    subject: str
    priority: str
    channel: str
    opened_at: datetime
    resolved_at: datetime | None
    resolution: str
    score: int | None
    comment: str


@dataclass(frozen=True, slots=True)
class PastDeal:
    """A decided opportunity taken over from the old spreadsheets."""

    key: str
    name: str
    sku: str
    engaged_on: date
    closed_on: date
    won: bool
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Company:
    """A company outside: `registered_at` is when it became a customer, if it is one."""

    key: str
    name: str
    region: str
    industry: str
    size_band: str
    founded_year: int
    employees: int
    source: str
    pain_points: tuple[str, ...]
    incumbent: str
    contacts: tuple[Contact, ...]
    registered_at: datetime | None = None
    tags: tuple[str, ...] = ()
    inquiry: Inquiry | None = None
    converted_at: datetime | None = None
    credit_limit: Decimal | None = None
    touchpoints: tuple[Touchpoint, ...] = ()
    deals: tuple[Deal, ...] = ()
    past_deals: tuple[PastDeal, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    tickets: tuple[Ticket, ...] = ()
