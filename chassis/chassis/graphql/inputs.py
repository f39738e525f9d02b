"""What every mutation's input has."""

import strawberry


@strawberry.input
class Input:
    """Input of a mutation that makes something."""

    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Repeat a request with the same key, and it is done once and answered alike.",
    )
    reason: str | None = strawberry.field(
        default=None, description="Why, for the record's history; at most 500 characters."
    )


@strawberry.input
class ChangeInput(Input):
    """Input of a mutation that changes something that is there."""

    expected_version: int | None = strawberry.field(
        default=None, description="The version you read; a newer one is a CONFLICT."
    )
