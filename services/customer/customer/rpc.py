"""What other services may have done here."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import grpc
from google.protobuf import json_format
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.rpc import granted
from chassis.database import Database
from chassis.idempotency import fingerprint, once
from customer.companies import commands, queries
from customer.companies.models import Customer
from customer.contacts.commands import add_contact, phone_number
from customer.contacts.models import Contact
from customer.contacts.queries import contact_named, contact_of_phone
from roundel.customer.v1 import customer_actions_pb2 as pb
from roundel.customer.v1 import customer_actions_pb2_grpc as pb_grpc

Call = grpc.aio.ServicerContext[pb.RegisterCustomerRequest, Awaitable[pb.RegisterCustomerResponse]]


class CustomerActions(pb_grpc.CustomerActionsServicer):
    """Registers customers for other services and rules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @granted("customer", "create")
    async def RegisterCustomer(
        self, request: pb.RegisterCustomerRequest, context: Call
    ) -> pb.RegisterCustomerResponse:
        """Return the customer of this name, registered now if nobody knew it."""
        asked = fingerprint("RegisterCustomer", request.SerializeToString(deterministic=True).hex())
        async with self._database.transaction() as session:
            result = await once(session, request.idempotency_key, asked, lambda s: _register(s, request))
        return json_format.ParseDict(result, pb.RegisterCustomerResponse())


async def _register(session: AsyncSession, request: pb.RegisterCustomerRequest) -> dict[str, Any]:
    known = await queries.customer_named(session, request.name)
    customer = known or await commands.register_customer(
        session,
        name=request.name,
        industry=request.industry or None,
        region=request.region or None,
        source=request.source or None,
        owner_id=UUID(request.owner_id) if request.owner_id else None,
    )
    contact = await _contact(session, customer, request)
    return {
        "customer_id": str(customer.id),
        "contact_id": str(contact.id) if contact else "",
        "created": known is None,
    }


async def _contact(
    session: AsyncSession, customer: Customer, request: pb.RegisterCustomerRequest
) -> Contact | None:
    if not request.contact_name:
        return None
    known = await contact_named(session, customer.id, " ".join(request.contact_name.split()))
    if known is None and request.contact_phone:
        known = await contact_of_phone(session, phone_number(request.contact_phone) or "")
    if known is not None:
        return known
    return await add_contact(
        session,
        customer_id=customer.id,
        name=request.contact_name,
        email=request.contact_email,
        phone=request.contact_phone,
    )
