"""Albums of the Spotify Web API: artists by genre, and their albums.

Source: https://developer.spotify.com/documentation/web-api (Search for Item, Get Artist's Albums,
Client Credentials Flow). Its terms allow covers to be shown, not to be passed on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, ClassVar

from muso.corpus.catalogues.album import Album, Catalogue
from muso.corpus.catalogues.web import Unauthorized, Web, user_agent
from muso.errors import UsageError

ACCOUNTS, API = "https://accounts.spotify.com", "https://api.spotify.com"
"""Overridden by the environment's MUSO_SPOTIFY_ACCOUNTS and MUSO_SPOTIFY_API."""
PAGE = 50
DEEPEST = 1000
"""The search gives no results beyond."""
WANTED = 640
"""Pixels a side of its largest pictures."""


class Spotify(Catalogue):
    """Spotify. SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET in the environment say who asks.

    Raises:
        UsageError: they are not there.
    """

    name: ClassVar[str] = "spotify"

    def __init__(self, web: Web | None = None) -> None:
        self._web = web or Web(user_agent())
        self._accounts = os.environ.get("MUSO_SPOTIFY_ACCOUNTS", ACCOUNTS)
        self._api = os.environ.get("MUSO_SPOTIFY_API", API)
        found = [os.environ.get(f"SPOTIFY_CLIENT_{part}", "") for part in ("ID", "SECRET")]
        if not all(found):
            raise UsageError(
                "Spotify wants to know who asks: make an app at developer.spotify.com and put its "
                "two words into SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET"
            )
        self._client = (found[0], found[1])
        self._token = ""

    def albums(self, genre: str) -> Iterator[Album]:
        seen: set[str] = set()
        query = {"q": f'genre:"{genre}"', "type": "artist", "limit": PAGE}
        for offset in range(0, DEEPEST, PAGE):
            page = self._ask(f"{self._api}/v1/search", {**query, "offset": offset})["artists"]
            for artist in page["items"]:
                if artist and artist["id"] not in seen:
                    seen.add(artist["id"])
                    yield from self._albums_of(artist)
            if not page.get("next"):
                return

    def _albums_of(self, artist: dict[str, Any]) -> Iterator[Album]:
        url: str | None = f"{self._api}/v1/artists/{artist['id']}/albums"
        query: dict[str, Any] | None = {"include_groups": "album", "limit": PAGE}
        while url:
            page = self._ask(url, query)
            for album in page["items"]:
                if images := album.get("images"):
                    # The smallest that is large enough, or else the largest.
                    near = min(images, key=lambda image: abs((image.get("width") or 0) - WANTED))
                    yield Album(
                        key=f"spotify:album:{album['id']}",
                        title=album["name"],
                        artist=artist["name"],
                        tags=tuple(artist.get("genres") or ()),
                        picture=near["url"],
                    )
            # The next page's address holds the query.
            url, query = page.get("next"), None

    def picture(self, album: Album) -> bytes | None:
        return self._web.ask_bytes(album.picture)

    def _ask(self, url: str, query: dict[str, Any] | None) -> Any:
        """One answer of the API, with a new token where the old one has run out."""
        for fresh in (False, True):
            if fresh or not self._token:
                self._token = self._new_token()
            try:
                headers = {"Authorization": f"Bearer {self._token}"}
                found = self._web.ask_json(url, headers=headers, params=query)
                return found or {"items": [], "artists": {"items": []}}
            except Unauthorized:
                if fresh:
                    raise
        raise AssertionError("unreachable")

    def _new_token(self) -> str:
        try:
            told = self._web.ask_json(
                f"{self._accounts}/api/token",
                "POST",
                data={"grant_type": "client_credentials"},
                auth=self._client,
            )
        except Unauthorized as error:
            raise Unauthorized(
                f"{error}; check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET"
            ) from None
        return str((told or {}).get("access_token", ""))
