"""The demonstration company: the same every time, and possible."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import phonenumbers
import pytest

from demo.company import make_companies
from demo.names import REGIONS
from demo.records import Company, Contract, Deal

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def companies() -> list[Company]:
    return make_companies(TODAY)


@pytest.fixture(scope="module")
def deals(companies: list[Company]) -> list[Deal]:
    return [deal for company in companies for deal in company.deals]


@pytest.fixture(scope="module")
def contracts(deals: list[Deal]) -> list[Contract]:
    return [deal.contract for deal in deals if deal.contract]


def test_the_same_day_and_seed_make_the_same_company(companies: list[Company]) -> None:
    assert make_companies(TODAY) == companies
    assert make_companies(TODAY, seed=1) != companies


def test_another_day_moves_the_history_but_makes_the_same_people(companies: list[Company]) -> None:
    moved = make_companies(TODAY + timedelta(days=40))
    assert [one.name for one in moved] == [one.name for one in companies]
    assert [one.contacts for one in moved] == [one.contacts for one in companies]


def test_there_are_two_hundred_customers_of_all_regions(companies: list[Company]) -> None:
    customers = [one for one in companies if one.registered_at]
    assert len(customers) == 200
    assert {one.region for one in customers} == {*REGIONS, "International"}


def test_names_phone_numbers_and_keys_are_unique(companies: list[Company]) -> None:
    people = [person for one in companies for person in one.contacts]
    keys = [one.key for one in companies] + [person.key for person in people]
    keys += [
        record.key
        for one in companies
        for records in (one.touchpoints, one.deals, one.past_deals, one.follow_ups, one.tickets)
        for record in records
    ]
    for values in (keys, [one.name for one in companies], [person.phone for person in people]):
        assert [value for value, times in Counter(values).items() if times > 1] == []


def test_phone_numbers_are_possible(companies: list[Company]) -> None:
    for one in companies:
        for person in one.contacts:
            assert phonenumbers.is_possible_number(phonenumbers.parse(person.phone)), person.phone


def test_nothing_happens_today_or_later(companies: list[Company], contracts: list[Contract]) -> None:
    midnight = datetime.combine(TODAY, time(), UTC)
    for one in companies:
        moments = [one.registered_at, one.converted_at, one.inquiry.at if one.inquiry else None]
        moments += [met.at for met in one.touchpoints]
        moments += [entry.at for entry in one.follow_ups]
        moments += [moment for ticket in one.tickets for moment in (ticket.opened_at, ticket.resolved_at)]
        moments += [
            moment for deal in one.deals for moment in (deal.opened_at, *deal.advanced_at, deal.lost_at)
        ]
        assert all(moment < midnight for moment in moments if moment), one.key
    for contract in contracts:
        days = [contract.signed_on, contract.accepted_on, *contract.milestones_accepted_on]
        days += [day for part in contract.instalments for day in (part.invoiced_on, part.paid_on)]
        assert all(day < TODAY for day in days if day)


def test_every_deal_goes_forward_in_time(deals: list[Deal]) -> None:
    for deal in deals:
        moments = [deal.opened_at, *deal.advanced_at, *([deal.lost_at] if deal.lost_at else [])]
        assert moments == sorted(moments), deal.key
        days = [deal.opened_at.date(), *(moment.date() for moment in deal.advanced_at)]
        if deal.quoted_on:
            days.append(deal.quoted_on)
        if deal.contract:
            days += [deal.contract.signed_on, deal.contract.starts_on, deal.contract.ends_on]
        assert days == sorted(days), deal.key


def test_instalments_add_up_to_the_contract(deals: list[Deal]) -> None:
    for deal in deals:
        if deal.contract:
            assert sum((part.amount for part in deal.contract.instalments), Decimal(0)) == deal.total > 0


def test_no_discount_needs_an_approval(deals: list[Deal]) -> None:
    assert all(line.discount <= 8 for deal in deals for line in deal.lines)


def test_the_pipeline_is_alive(
    companies: list[Company], deals: list[Deal], contracts: list[Contract]
) -> None:
    stages = Counter(
        len(deal.advanced_at) for deal in deals if deal.contract is None and deal.lost_at is None
    )
    assert all(stages[stage] >= 3 for stage in range(4)), stages
    parts = [part for contract in contracts for part in contract.instalments]
    assert any(part.due_on < TODAY and part.paid_on is None for part in parts)
    assert any(contract.accepted_on is None for contract in contracts)
    assert any(ticket.resolved_at is None for one in companies for ticket in one.tickets)
    assert any(one.registered_at is None and one.inquiry for one in companies)


def test_the_first_customer_is_known_from_every_side(companies: list[Company]) -> None:
    rich = companies[0]
    assert rich.inquiry
    assert rich.credit_limit
    assert len(rich.contacts) == 4
    assert len({met.campaign for met in rich.touchpoints}) >= 2
    assert len(rich.follow_ups) >= 10
    assert sum(1 for deal in rich.deals if deal.contract) == 3
    assert any(deal.contract is None and deal.lost_at is None for deal in rich.deals)
    assert any(ticket.score for ticket in rich.tickets)
    assert any(ticket.resolved_at is None for ticket in rich.tickets)
