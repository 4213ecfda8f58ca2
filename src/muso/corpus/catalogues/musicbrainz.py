"""Albums of MusicBrainz, with their covers from the Cover Art Archive. No key is needed.

Source: https://musicbrainz.org/doc/MusicBrainz_API (search, rate limiting: one request a second
and a user agent that names whom to write to) and https://musicbrainz.org/doc/Cover_Art_Archive/API.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, ClassVar

from muso.corpus.catalogues.album import Album, Catalogue
from muso.corpus.catalogues.web import Web, user_agent
from muso.errors import UsageError

MUSICBRAINZ, ARCHIVE = "https://musicbrainz.org/ws/2", "https://coverartarchive.org"
"""Overridden by the environment's MUSO_MUSICBRAINZ and MUSO_COVERART."""
INTERVAL_S = 1.0
PAGE = 100


class MusicBrainz(Catalogue):
    """MusicBrainz and the Cover Art Archive. MUSO_CONTACT in the environment says who asks.

    Raises:
        UsageError: it is not there.
    """

    name: ClassVar[str] = "musicbrainz"

    def __init__(self, web: Web | None = None) -> None:
        contact = os.environ.get("MUSO_CONTACT", "")
        if not contact:
            raise UsageError(
                "MusicBrainz wants to know whom to write to: put your mail address or page into "
                "MUSO_CONTACT"
            )
        self._web = web or Web(user_agent(contact), INTERVAL_S)
        self._base = os.environ.get("MUSO_MUSICBRAINZ", MUSICBRAINZ)
        self._archive = os.environ.get("MUSO_COVERART", ARCHIVE)

    def albums(self, genre: str) -> Iterator[Album]:
        query = {"query": f'tag:"{genre}" AND primarytype:album', "fmt": "json", "limit": PAGE}
        offset, total = 0, 1
        while offset < total:
            page = self._web.ask_json(
                f"{self._base}/release-group", params=query | {"offset": offset}
            )
            groups = (page or {}).get("release-groups") or []
            if not groups:
                return
            for group in groups:
                yield self._album(group)
            offset, total = offset + len(groups), page["count"]

    def _album(self, group: dict[str, Any]) -> Album:
        credit = group.get("artist-credit") or [{}]
        tags = sorted(group.get("tags") or [], key=lambda tag: -tag.get("count", 0))
        return Album(
            key=f"musicbrainz:release-group:{group['id']}",
            title=group.get("title", ""),
            artist=credit[0].get("name", ""),
            tags=tuple(tag["name"] for tag in tags),
            picture=f"{self._archive}/release-group/{group['id']}/front-500",
        )

    def picture(self, album: Album) -> bytes | None:
        return self._web.ask_bytes(album.picture)
