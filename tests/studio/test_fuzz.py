"""Whatever its description allows, and what it does not, the API never fails by its own fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from muso.studio.database import Database

SCORE = Path(__file__).parents[2] / "examples" / "bach-bwv66-6.mid"
EXAMPLES = 6
"""A route and mode; more in CI would only take longer."""
TEST = "a" * 16


@pytest.fixture
def address(serve: Callable[[], Any], tmp_path: Path) -> str:
    """Of a running studio, with a listening test in it."""
    database = Database(tmp_path / "home" / "studio" / "studio.sqlite")
    item = {"piece": "0" * 32 + ".mid", "name": "a", "label": "sad", "code": "code-0001"}
    database.add_test(TEST, "t" * 24, "Moods", ["sad", "happy"], [item])
    database.close()
    return str(serve().address)


def there(address: str) -> dict[str, str]:
    """What the studio holds, by the names its routes have for it."""
    import httpx

    client = httpx.Client(base_url=address, timeout=60)
    piece = client.post("/api/pieces", params={"name": "a.mid"}, content=SCORE.read_bytes())
    client.post("/api/sessions", json={"name": "tune", "bars": 2, "size": 4, "seed": 5})
    job = client.post("/api/exports", json={"piece": piece.json()["id"], "format": "mid"})
    return {"piece": piece.json()["id"], "name": "tune", "test": TEST, "task": "composer",
            "job": job.json()["job"], "number": "1", "row": "0"}  # fmt: skip


def ask(case: Any) -> tuple[int, bytes]:
    """The status of an answer and how it begins: streams of events may never end."""
    if not case.path.endswith("/events"):
        answer = case.call(timeout=60)
        return answer.status_code, answer.content[:2000]
    import requests

    with requests.request(**case.as_transport_kwargs(), stream=True, timeout=60) as begun:
        return begun.status_code, b""


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_no_request_makes_the_api_fail(address: str, mode: str) -> None:
    """Half of the requests are about things that are there, so that they get to the work."""
    schemathesis = pytest.importorskip("schemathesis")
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json")
    generated = schemathesis.GenerationMode(mode)
    known = there(address)
    tried: dict[str, set[int]] = {}

    def attempt(operation: Any) -> None:
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=generated), known_ones=st.booleans())
        def request(case: Any, known_ones: bool) -> None:
            if known_ones:
                for name in set(case.path_parameters or {}) & set(known):
                    case.path_parameters[name] = known[name]
            status, said = ask(case)
            tried.setdefault(operation.label, set()).add(status)
            assert status < 500, f"{operation.label}: {said!r}"

        try:
            request()
        except Unsatisfiable:
            # Nothing that this route is given could be wrong.
            assert mode == "negative"

    for found in schema.get_all_operations():
        attempt(found.ok())
    for route in ("/api/sharing", "/events", "/api/styles", "/api/exports"):
        assert any(route in label for label in tried), route
    assert len(tried) > 30 or mode == "negative"
