"""Asking politely: what is waited for, tried again, and given up."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator

import httpx
import pytest

from muso.corpus.catalogues.web import TRIES, Unauthorized, Web
from muso.errors import CatalogueError


def test_requests_are_an_interval_apart_and_named(server, clock):
    server.route = lambda request: server.answer({"found": 1})
    web = clock.web(interval_s=1.0)
    assert [web.ask_json(f"{server.url}/{n}") for n in range(3)] == [{"found": 1}] * 3
    assert clock.slept == [1.0, 1.0]
    assert {request.headers["User-Agent"] for request in server.asked} == {
        "muso/test ( me@example.org )"
    }


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_too_many_requests_are_followed_by_the_wait_that_is_asked_for(server, clock, form):
    date = email.utils.formatdate(time.time() + 17, usegmt=True)
    told = {"Retry-After": "17" if form == "seconds" else date}
    answers = iter([server.answer(status=429, headers=told), server.answer({"found": 1})])
    server.route = lambda request: next(answers)
    assert clock.web().ask_json(server.url) == {"found": 1}
    assert clock.slept == [pytest.approx(17, abs=2)]


def test_asked_to_wait_for_hours_a_collection_stops_at_once(server, clock):
    server.route = lambda request: server.answer(status=429, headers={"Retry-After": "7200"})
    with pytest.raises(CatalogueError, match=r"asks to wait 120 minutes; call again then"):
        clock.web().ask_json(server.url)
    assert clock.slept == []


def test_a_server_in_trouble_is_asked_again_more_and_more_slowly(server, clock):
    answers = iter([server.answer(status=503), server.answer(status=500), server.answer(b"here")])
    server.route = lambda request: next(answers)
    assert clock.web().ask_bytes(server.url) == b"here"
    assert clock.slept == [1.0, 2.0]


def test_a_server_that_stays_in_trouble_is_given_up_with_a_reason(server, clock):
    server.route = lambda request: server.answer(status=502)
    with pytest.raises(CatalogueError, match=rf"127\.0\.0\.1:\d+: it answers 502, {TRIES} times"):
        clock.web().ask_bytes(server.url)
    assert len(server.asked) == TRIES


def test_a_connection_that_breaks_off_is_tried_again(server, clock):
    answers = iter([server.answer(b"x" * 50_000, cut=True), server.answer(b"x" * 50_000)])
    server.route = lambda request: next(answers)
    assert clock.web().ask_bytes(server.url) == b"x" * 50_000
    assert len(server.asked) == 2


def test_half_a_json_answer_is_tried_again(server, clock):
    answers = iter([server.answer(b'{"found": '), server.answer(b'{"found": 1}')])
    server.route = lambda request: next(answers)
    assert clock.web().ask_json(server.url) == {"found": 1}


def test_nobody_at_home_is_told(clock):
    with pytest.raises(CatalogueError, match=r"127\.0\.0\.1:1: no whole answer \(ConnectError"):
        clock.web().ask_json("http://127.0.0.1:1/")


def test_what_is_not_there_is_none_and_who_is_not_known_is_told(server, clock):
    server.route = lambda request: server.answer(status=404 if "gone" in request.path else 401)
    assert clock.web().ask_bytes(f"{server.url}/gone") is None
    with pytest.raises(Unauthorized, match="refuses who is asking"):
        clock.web().ask_json(f"{server.url}/secret")
    assert len(server.asked) == 2


def test_other_refusals_are_not_repeated(server, clock):
    server.route = lambda request: server.answer(b"no such genre", status=400)
    with pytest.raises(CatalogueError, match=r"refuses the request \(400: no such genre\)"):
        clock.web().ask_json(server.url)
    assert len(server.asked) == 1


def test_a_server_that_sends_round_in_circles_is_given_up_with_a_reason(server, clock):
    server.route = lambda request: server.answer(status=302, headers={"Location": "/again"})
    with pytest.raises(CatalogueError, match=r"no whole answer \(TooManyRedirects"):
        clock.web().ask_json(server.url)


@pytest.mark.parametrize("status", [400, 503])
def test_of_a_refusal_only_the_beginning_is_read_however_long_it_is(clock, status):
    read = []

    def endless() -> Iterator[bytes]:
        for _ in range(10_000):
            read.append(1)
            yield b"no entry " * 100

    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=endless())

    client = httpx.Client(transport=httpx.MockTransport(refuse))
    web = Web("muso/test", sleep=clock.sleep, clock=lambda: clock.now, _client=client)
    with pytest.raises(CatalogueError) as told:
        web.ask_bytes("http://shop.example/cover")
    assert len(read) < 10 * TRIES
    assert len(str(told.value)) < 300
    assert ("no entry no entry" in str(told.value)) == (status == 400)
