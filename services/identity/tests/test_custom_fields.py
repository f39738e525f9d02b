"""Employees have fields of the company's own."""

import pytest

from chassis.testing import Graph
from tests.custom_values import prove


@pytest.mark.feature("F74")
@pytest.mark.feature("F78")
async def test_custom_fields_of_employees_hold(graph: Graph) -> None:
    await prove(
        graph,
        "Employee",
        made_by="registerEmployee",
        of=lambda number: {"email": f"e{number}@example.org", "name": f"员工 {number}"},
        listed="employees",
    )
