"""Only the studio's own page, on this machine, may speak to it."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from muso.studio.pages import PAGES
from muso.studio.security import POLICY, Guard


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.5", ""])
def test_a_request_that_names_another_host_is_refused(studio: TestClient, host: str) -> None:
    answer = studio.get("/api/pieces", headers={"host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:9999", "[::1]:8420", "LOCALHOST"])
def test_loopback_names_are_answered_whatever_the_port(studio: TestClient, host: str) -> None:
    assert studio.get("/api/pieces", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:3000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {
            "sec-fetch-site": "cross-site",
            "sec-fetch-mode": "navigate",
            "sec-fetch-dest": "document",
        },
    ],
)
def test_another_sites_page_can_neither_change_nor_read(
    studio: TestClient, headers: dict[str, str]
) -> None:
    assert studio.delete("/api/pieces", headers=headers).status_code == 403
    assert studio.get("/api/pieces", headers=headers).status_code == 403


def test_the_own_page_may_speak(studio: TestClient) -> None:
    own = {"origin": "http://127.0.0.1:8420", "sec-fetch-site": "same-origin"}
    assert studio.get("/api/pieces", headers=own).status_code == 200


def test_a_link_from_another_site_opens_a_page_and_nothing_else(studio: TestClient) -> None:
    headers = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }
    assert studio.get("/compose", headers=headers).status_code == 200
    assert (
        studio.get("/compose", headers={**headers, "sec-fetch-dest": "iframe"}).status_code == 403
    )


@pytest.mark.parametrize("path", [page.path for page in PAGES] + ["/api", "/api/pieces"])
def test_every_answer_carries_the_policy_and_no_page_needs_more(
    studio: TestClient, path: str
) -> None:
    answer = studio.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY and "http" not in POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    assert not re.search(r"<script(?![^>]*src=)[^>]*>|\sstyle=|\son\w+=", answer.text)


@pytest.mark.parametrize("path", [page.path for page in PAGES] + ["/static/studio.css"])
def test_nothing_comes_from_elsewhere(studio: TestClient, path: str) -> None:
    assert not re.search(
        r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", studio.get(path).text
    )


def test_a_body_larger_than_allowed_is_refused_before_it_is_read(studio: TestClient) -> None:
    answer = studio.post("/api/sessions", content=b" " * (2**20 + 1))
    assert answer.status_code == 413


def test_a_body_that_lies_about_its_length_is_cut_off(studio: TestClient) -> None:
    def chunks() -> object:
        for _ in range(20):
            yield b" " * 100_000

    answer = studio.post("/api/sessions", content=chunks())  # type: ignore[arg-type]
    assert answer.status_code in {400, 413, 422, 499}


def test_on_another_address_names_of_other_sites_are_still_refused() -> None:
    guard = Guard(None, "0.0.0.0")  # type: ignore[arg-type]
    assert guard._knows("192.168.1.5:8420")
    assert not guard._knows("evil.example:8420")


def test_errors_are_told_as_plain_text_and_never_as_html(studio: TestClient) -> None:
    answer = studio.post("/api/pieces", params={"name": "<script>.txt"}, content=b"x")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["kind"] == "wrong_format"
