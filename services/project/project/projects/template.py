"""What every project begins with."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone to be, due after this share of the time between start and end."""

    name: str
    share: float

    def due_on(self, starts_on: date, ends_on: date) -> date:
        """Return the day it is due in a project of these days."""
        return starts_on + timedelta(days=round((ends_on - starts_on).days * self.share))


STEPS = (
    Step("项目启动 / Kick-off", 0),
    Step("交付 / Delivery", 0.8),
    Step("验收 / Acceptance", 1),
)
START_TASK = "新项目启动 / Project start"
START_TASK_DAYS = 3  # from the project's start
TYPICAL_DAYS = 90  # length of a project whose contract names no end
