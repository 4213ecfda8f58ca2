"""What every catalogue gives: albums, with a way to their covers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Album:
    """An album that may have a cover.

    Attributes:
        key: the catalogue's own name for it, such as `spotify:album:4aawyAB9vmqN3uQ7FjRGTy`.
        title, artist: as they are spelled there.
        tags: genres as they are spelled there, the likeliest first; may be empty.
        picture: where its cover is: an address, or a path.
        source: where the cover came from first, where that is told; else the catalogue.
    """

    key: str
    title: str
    artist: str
    tags: tuple[str, ...]
    picture: str
    source: str = ""


class Catalogue(ABC):
    """A place that lists albums by genre."""

    name: ClassVar[str]

    @abstractmethod
    def albums(self, genre: str) -> Iterator[Album]:
        """Albums of a genre as the catalogue spells it, page by page.

        Raises:
            CatalogueError: it gives no answer, or refuses.
        """

    @abstractmethod
    def picture(self, album: Album) -> bytes | None:
        """The image file of an album's cover; None where it has none.

        Raises:
            CatalogueError: it gives no answer, or refuses.
        """
