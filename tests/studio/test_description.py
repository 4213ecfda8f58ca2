"""The API's own description: every answer says what it holds."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient


def resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """`schema`, or the one that it points to."""
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    found: dict[str, Any] = whole["components"]["schemas"][name]
    return found


def test_every_answer_in_json_has_fields_that_are_described(studio: TestClient) -> None:
    whole = studio.get("/api/openapi.json").json()
    described = 0
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if not status.startswith("2"):
                    continue
                for kind, content in answer.get("content", {}).items():
                    if kind != "application/json":
                        continue
                    schema = resolved(content["schema"], whole)
                    one = resolved(schema.get("items", schema), whole)
                    assert one.get("properties"), (method, path, one)
                    described += 1
    assert described >= 40


def test_what_was_said_is_described_down_to_the_evidence(studio: TestClient) -> None:
    schemas = studio.get("/api/openapi.json").json()["components"]["schemas"]
    assert {"label", "ranking", "valence", "evidence"} <= set(schemas["Prediction"]["properties"])
    assert {"start_s", "end_s", "support"} <= set(schemas["Evidence"]["properties"])
    assert {"right", "by_piece", "confusion", "chance"} <= set(schemas["Results"]["properties"])
