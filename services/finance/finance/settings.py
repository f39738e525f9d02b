"""What this service is told by its environment."""

from decimal import Decimal

from chassis.money import Money
from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """What any service needs, and what a customer may owe whose limit nobody set."""

    default_credit_amount: Decimal = Decimal(1_000_000)
    default_credit_currency: str = "CNY"

    @property
    def default_credit_limit(self) -> Money:
        """Return the limit of a customer for whom none was set."""
        return Money(self.default_credit_amount, self.default_credit_currency)
