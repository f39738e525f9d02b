"""How a command ends that could not be done."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from chassis.errors import DomainError


@contextmanager
def in_one_sentence(name: str) -> Iterator[None]:
    """Let an expected failure end the process in one sentence and status 1."""
    try:
        yield
    except ValidationError as error:
        wrong = "; ".join(
            f"ROUNDEL_{'_'.join(map(str, found['loc'])).upper()}: {found['msg']}"
            for found in error.errors(include_input=False)
        )
        sys.exit(f"{name} cannot start, its environment is incomplete: {wrong}")
    except DomainError as error:
        sys.exit(f"{name}: {error}")
