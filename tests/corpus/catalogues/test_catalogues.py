"""Spotify and MusicBrainz as their documentation shows them, over a real socket."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image

from muso.corpus.catalogues.musicbrainz import MusicBrainz
from muso.corpus.catalogues.spotify import Spotify
from muso.corpus.covers import collect
from muso.corpus.piles import CataloguePile
from muso.corpus.tags import genre_table
from muso.errors import CatalogueError, UsageError

TABLE = genre_table()


@pytest.fixture
def spotify(server, clock, monkeypatch):
    """Two artists on two pages; the first has three albums on two pages, one without a cover."""
    for part in ("ACCOUNTS", "API"):
        monkeypatch.setenv(f"MUSO_SPOTIFY_{part}", server.url)
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "me")
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "secret")
    tokens = iter(range(1, 100))
    artists = [
        {"id": "a1", "name": "Kreator", "genres": ["thrash metal", "metal"]},
        {"id": "a2", "name": "Enya", "genres": ["celtic", "pop"]},
        {"id": "a3", "name": "Nobody", "genres": []},
    ]

    def album(key: str, name: str) -> dict[str, object]:
        sizes = (640, 300, 64)
        images = [{"url": f"{server.url}/i/{key}-{s}", "width": s, "height": s} for s in sizes]
        return {"id": key, "name": name, "images": images}

    def route(request):
        if request.path == "/api/token":
            basic = request.headers["Authorization"].startswith("Basic ")
            assert basic and request.body == "grant_type=client_credentials"
            return server.answer({"access_token": f"t{next(tokens)}", "expires_in": 3600})
        if request.path.startswith("/i/"):
            assert request.path.endswith("-640")
            return server.answer(server.art(sum(map(ord, request.path))))
        if request.headers["Authorization"] == "Bearer t1" and "a1" in request.path:
            return server.answer({"error": {"status": 401, "message": "expired"}}, status=401)
        if request.path == "/v1/search":
            assert request.query["q"] == 'genre:"metal"' and request.query["type"] == "artist"
            first = request.query["offset"] == "0"
            more = f"{server.url}/v1/search?offset=50" if first else None
            return server.answer(
                {"artists": {"items": artists[:2] if first else artists[2:], "next": more}}
            )
        if request.path == "/v1/artists/a1/albums" and "offset" not in request.query:
            next_ = f"{server.url}/v1/artists/a1/albums?offset=2"
            bare = {"id": "x0", "name": "No Art", "images": []}
            return server.answer({"items": [album("x1", "Coma of Souls"), bare], "next": next_})
        if request.path == "/v1/artists/a1/albums":
            return server.answer({"items": [album("x2", "Endless Pain")], "next": None})
        if request.path == "/v1/artists/a3/albums":
            return server.answer({"items": [album("x3", "Untold")], "next": None})
        if request.path == "/v1/artists/a2/albums":
            return server.answer({"items": [album("x4", "Watermark")], "next": None})
        return server.answer(status=404)

    server.route = route
    return Spotify(clock.web())


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "covers.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_spotify_is_collected_page_by_page_with_a_new_token_when_one_runs_out(
    spotify, server, tmp_path
):
    found = collect(CataloguePile(spotify, ["metal"], TABLE), tmp_path, genres=("metal",))
    taken = {(row["artist"], row["album"]): row for row in rows(tmp_path)}
    assert set(taken) == {
        ("Kreator", "Coma of Souls"), ("Kreator", "Endless Pain"), ("Nobody", "Untold")
    }  # fmt: skip
    one = taken["Kreator", "Coma of Souls"]
    assert (one["label"], one["source"], one["tagged"], one["work"], one["key"]) == (
        "metal", "spotify", "thrash metal; metal", "kreator", "spotify:album:x1"
    )  # fmt: skip
    picture = Image.open(tmp_path / one["path"])
    assert (picture.size, picture.format, picture.mode) == ((640, 640), "JPEG", "RGB")
    assert found.added == 3 and len(server.asked_for("/api/token")) == 2


def test_called_again_no_picture_is_asked_for_twice(spotify, server, tmp_path):
    pile = CataloguePile(spotify, ["metal"], TABLE)
    collect(pile, tmp_path)
    pictures = len(server.asked_for("/i/"))
    again = collect(pile, tmp_path)
    assert (again.added, again.known, len(again.corpus)) == (0, 3, 3)
    assert len(server.asked_for("/i/")) == pictures == 3


def test_enough_of_a_genre_is_enough(spotify, server, tmp_path):
    pile = CataloguePile(spotify, ["metal"], TABLE)
    assert collect(pile, tmp_path, genres=("metal",), each=1).added == 1
    assert len(server.asked_for("/i/")) == 1


def test_spotify_without_or_with_wrong_credentials_says_what_is_missing(server, clock, monkeypatch):
    monkeypatch.delenv("SPOTIFY_CLIENT_SECRET", raising=False)
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "me")
    with pytest.raises(UsageError, match="SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET"):
        Spotify(clock.web())
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "wrong")
    monkeypatch.setenv("MUSO_SPOTIFY_ACCOUNTS", server.url)
    server.route = lambda request: server.answer({"error": "invalid_client"}, status=401)
    with pytest.raises(CatalogueError, match="check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET"):
        next(Spotify(clock.web()).albums("metal"))


@pytest.fixture
def musicbrainz(server, clock, monkeypatch):
    """Five release groups over two pages; their covers lie in an archive that redirects."""
    monkeypatch.setenv("MUSO_MUSICBRAINZ", f"{server.url}/ws/2")
    monkeypatch.setenv("MUSO_COVERART", server.url)
    monkeypatch.setenv("MUSO_CONTACT", "me@example.org")

    def group(key: str, title: str, artist: str, tag: str) -> dict[str, object]:
        credit = [{"name": artist, "artist": {"id": f"of {key}", "name": artist}}]
        tags = [{"count": 1, "name": "german"}, {"count": 5, "name": tag}]
        return {"id": key, "title": title, "artist-credit": credit, "tags": tags}

    groups = [
        group("g1", "Wildflowers", "Dolly Parton", "country"),
        group("g2", "Bare", "Nobody", "country"),
        group("g3", "Broken", "Somebody", "country"),
        group("g4", "wildflowers!", "Dolly Parton", "country"),
        group("g5", "Again", "Another", "country"),
    ]

    def route(request):
        if request.path == "/ws/2/release-group":
            assert request.query["query"] == 'tag:"country" AND primarytype:album'
            assert request.query["fmt"] == "json"
            at = int(request.query["offset"])
            return server.answer({"count": 5, "offset": at, "release-groups": groups[at : at + 3]})
        if request.path.endswith("/g2/front-500"):
            return server.answer(status=404)
        if request.path.endswith("/front-500"):
            key = request.path.split("/")[2]
            return server.answer(
                status=307, headers={"Location": f"{server.url}/archive/{key}.jpg"}
            )
        if request.path == "/archive/g3.jpg":
            return server.answer(server.art(1)[:400])
        return server.answer(server.art(1, side=200 if "g5" in request.path else 500))

    server.route = route
    return MusicBrainz(clock.web(interval_s=1.0))


def test_musicbrainz_is_collected_slowly_and_each_album_and_picture_once(
    musicbrainz, server, clock, tmp_path
):
    found = collect(CataloguePile(musicbrainz, ["country"], TABLE), tmp_path)
    (row,) = rows(tmp_path)
    assert (row["artist"], row["label"], row["source"]) == (
        "Dolly Parton", "country", "musicbrainz"
    )  # fmt: skip
    why = {key.rpartition(":")[2]: text for key, text in found.left_out.items()}
    assert why["g2"] == "it has no cover"
    assert "the image is damaged" in why["g3"]
    assert why["g4"].startswith("the same album as Dolly Parton - Wildflowers")
    assert why["g5"].startswith("the same picture as Dolly Parton - Wildflowers")
    # A redirect is one request of ours; the first needs no wait.
    ours = [r for r in server.asked if "/archive/" not in r.path]
    assert clock.slept == [1.0] * (len(ours) - 1)


def test_what_was_left_out_is_remembered_with_its_reason(musicbrainz, server, tmp_path):
    pile = CataloguePile(musicbrainz, ["country"], TABLE)
    collect(pile, tmp_path)
    with (tmp_path / "left-out.csv").open(newline="") as file:
        kept = {row["key"]: row["why"] for row in csv.DictReader(file)}
    assert kept["musicbrainz:release-group:g2"] == "it has no cover"
    server.asked.clear()
    assert collect(pile, tmp_path).known == 5
    assert not server.asked_for("front-500")


def test_an_archive_that_fails_again_and_again_stops_and_keeps_what_is_there(
    musicbrainz, server, clock, tmp_path
):
    usual = server.route
    server.route = lambda r: (
        server.answer(status=503) if "front-500" in r.path and "g1" not in r.path else usual(r)
    )
    pile = CataloguePile(musicbrainz, ["country"], TABLE)
    with pytest.raises(CatalogueError, match=r"it answers 503, 5 times; try again later"):
        collect(pile, tmp_path)
    assert len(rows(tmp_path)) == 1
    server.route = usual
    again = collect(pile, tmp_path)
    assert again.known == 2 and len(again.left_out) == 3


def test_musicbrainz_wants_to_know_whom_to_write_to(monkeypatch):
    monkeypatch.delenv("MUSO_CONTACT", raising=False)
    with pytest.raises(UsageError, match="put your mail address or page into MUSO_CONTACT"):
        MusicBrainz()
