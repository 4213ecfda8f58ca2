"""The page of models tells what the bundles tell."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from muso import service
from muso.judge.intervals import Interval

SHIPPED = Path(__file__).parents[2] / "src" / "muso" / "bundles" / "composer.1"


def test_every_bundle_is_listed_with_its_figures(studio: TestClient) -> None:
    listed = studio.get("/api/bundles").json()
    (composer,) = [one for one in listed["bundles"] if one["name"] == "composer.1"]
    assert composer["default"] and len(composer["labels"]) == 119
    assert 0 < composer["metrics"]["accuracy"] < 1


def test_a_bundle_shows_its_card_and_its_report_as_they_are(studio: TestClient) -> None:
    shown = studio.get("/api/bundles/composer.1").json()
    report = json.loads((SHIPPED / "report.json").read_text())
    assert shown["report"]["confusion"] == report["confusion"]
    assert shown["card"] == (SHIPPED / "CARD.md").read_text()
    assert shown["manifest"]["task"] == "composer"


def test_no_folder_is_a_bundle_by_its_path(studio: TestClient) -> None:
    for name in ("nothing", "%2e%2e%2fsessions", "composer.1%2f..%2fcomposer.1"):
        assert studio.get(f"/api/bundles/{name}").status_code in {404, 422}


def test_the_page_of_the_api_names_every_route(studio: TestClient) -> None:
    page = studio.get("/api").text
    for path in studio.get("/api/openapi.json").json()["paths"]:
        assert path in page


def test_what_studies_claimed_stands_beside_what_is_true(studio: TestClient) -> None:
    found = studio.get("/api/studies/composer").json()
    assert found["study"] == "composer" and found["notes"]
    listing = next(one for one in found["claims"] if one["experiment"] == "listing")
    assert listing["leaky"] and listing["claim"] == "0.90 to 0.93" and listing["how"]
    # With neighbours in a sorted listing it is right far more often than with whole works kept out.
    assert listing["theirs"]["low"] < listing["theirs"]["value"] < listing["theirs"]["high"]
    assert listing["theirs"]["value"] > listing["honest"]["value"]
    assert studio.get("/api/studies/nothing").json() == {"study": None, "claims": [], "notes": []}


def test_a_task_finds_its_study_whatever_that_is_called(studio: TestClient) -> None:
    for task, study in (("cover_genre", "cover"), ("compose", "style"), ("genre", "genre")):
        assert studio.get(f"/api/studies/{task}").json()["study"] == study


def test_a_figure_of_which_nothing_more_can_be_said_is_told_without_ends(
    studio: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = Interval(0.5, math.nan, math.nan)
    cells = [replace(cell, theirs=None, honest=bare) for cell in service.reproduce("composer")]
    monkeypatch.setattr(service, "reproduce", lambda study: cells)
    claims = studio.get("/api/studies/composer").json()["claims"]
    assert claims and all(one["theirs"] is None for one in claims)
    assert claims[0]["honest"] == {"value": 0.5, "low": None, "high": None}
