"""Web catalogues that covers can be collected from, by name."""

from muso.corpus.catalogues.album import Catalogue
from muso.corpus.catalogues.musicbrainz import MusicBrainz
from muso.corpus.catalogues.spotify import Spotify

CATALOGUES: dict[str, type[Catalogue]] = {c.name: c for c in (Spotify, MusicBrainz)}
"""Every catalogue by name. A new one is one file and one entry here."""
