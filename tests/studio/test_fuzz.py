"""Whatever its description allows, and what it does not, the API never fails by its own fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

EXAMPLES = 6
"""A route and mode; more in CI would only take longer."""
LEFT_ALONE = ("/api/sharing", "/events", "/api/styles")
"""What opens the door to the network, never ends, or trains."""


@pytest.fixture
def address(serve: Callable[[], Any]) -> str:
    """Of a running studio."""
    return str(serve().address)


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_no_request_makes_the_api_fail(address: str, mode: str) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json")
    generated = schemathesis.GenerationMode(mode)
    tried: dict[str, int] = {}

    def attempt(operation: Any) -> None:
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=generated))
        def ask(case: Any) -> None:
            answer = case.call(timeout=60)
            tried[operation.label] = tried.get(operation.label, 0) + 1
            assert answer.status_code < 500, f"{operation.label}: {answer.text}"

        try:
            ask()
        except Unsatisfiable:
            # Nothing that this route is given could be wrong.
            assert mode == "negative"

    for found in schema.get_all_operations():
        operation = found.ok()
        if not any(part in operation.path for part in LEFT_ALONE):
            attempt(operation)
    assert len(tried) > 20
