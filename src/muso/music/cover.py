"""Album art: pixels, and the door from image files and audio tags to them."""

from __future__ import annotations

import base64
import os
import re
import warnings
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import DamagedFile, MusoError, TooLong, WrongFormat
from muso.music.files import check_size, opening, read_bytes

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""Pillow reads more, among them some that start other programs."""

MAX_BYTES = 64 * 2**20
"""A large cover as an uncompressed picture is half of that."""
MAX_PIXELS = 2**26
"""The cover of a long-playing record, scanned at 600 dots an inch, has 50 million."""
ENOUGH_PIXELS = 1024
"""JPEG files far larger than this are decoded at a half, a quarter or an eighth of their size."""

LEAST_SIDE = 16
"""Pixels. Of less than an icon there is a colour or two to go by, and no picture."""

SIGNATURE = re.compile(rb"\xff\xd8\xff|\x89PNG|RIFF....WEBP|GIF8|BM|II\*\0|MM\0\*", re.DOTALL)
"""How files of these formats start."""
TRANSPARENT = ("LA", "La", "PA", "RGBA", "RGBa")
"""Pillow's modes with an alpha channel."""

FRONT = 3
"""The front cover among the picture types of ID3 and FLAC."""
LINK = "-->"
"""ID3's media type of a picture that is only an address."""


@dataclass(frozen=True)
class Limits:
    """What a cover may at most ask for before reading it is refused."""

    bytes: int = MAX_BYTES
    pixels: int = MAX_PIXELS


@dataclass(frozen=True, eq=False)
class Cover:
    """A piece of album art.

    Attributes:
        pixels: uint8 `(row, column, rgb)`, sRGB, the top row first.

    >>> import numpy as np
    >>> Cover(np.zeros((600, 400, 3), np.uint8)).resized(128).pixels.shape
    (128, 128, 3)
    """

    pixels: NDArray[np.uint8]

    @property
    def why_unseen(self) -> str:
        """Why nothing can be said of the picture; empty where something can."""
        rows, columns = self.pixels.shape[:2]
        if min(rows, columns) < LEAST_SIDE:
            return f"too small: {columns} × {rows} pixels, and it takes {LEAST_SIDE} × {LEAST_SIDE}"
        if (self.pixels == self.pixels[0, 0]).all():
            return "empty: nothing but one colour"
        return ""

    def resized(self, side: int) -> Cover:
        """The whole cover squeezed into `side` × `side` pixels, averaged or interpolated."""
        if self.pixels.shape[:2] == (side, side):
            return self
        from PIL import Image

        picture = Image.fromarray(self.pixels)
        small = picture.resize((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return Cover(np.asarray(small))


def read_cover(path: str | os.PathLike[str], limits: Limits = Limits()) -> Cover:
    """Read an image file: upright by its EXIF orientation, on white where it is transparent.

    Of an animation the first frame is taken. A JPEG whose sides are at least twice
    `ENOUGH_PIXELS` is decoded at a fraction of its size, never below `ENOUGH_PIXELS`.

    Args:
        path: JPEG, PNG, WebP, GIF, BMP or TIFF, in any colours.
        limits: what it may at most ask for; its pixels are counted before any is decoded.

    Raises:
        WrongFormat: not an image. DamagedFile: an image, but broken. TooLong: past a limit.
        EmptyFile, MissingFile, NoPermission, FileError: can't be opened.

    >>> import tempfile, pathlib
    >>> from PIL import Image
    >>> file = pathlib.Path(tempfile.mkdtemp(), "red.png")
    >>> Image.new("RGB", (3, 2), "red").save(file)
    >>> read_cover(file).pixels.shape
    (2, 3, 3)
    """
    return parse_cover(read_bytes(path, limits.bytes), path, limits)


def parse_cover(
    content: bytes, path: str | os.PathLike[str] = "<memory>", limits: Limits = Limits()
) -> Cover:
    """`read_cover` for an image already in memory; `path` names it in errors."""
    from PIL import Image, UnidentifiedImageError

    check_size(content, path, limits.bytes)
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures, odd palettes and broken EXIF; the first are refused
            # here by a limit of our own, the others are served.
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(content), formats=FORMATS) as image:
                _check_pixels(image, path, limits)
                return Cover(np.asarray(_plain(image)))
    except MusoError:
        raise
    except Image.DecompressionBombError:
        raise TooLong(path, "it claims more pixels than can be safe", "make it smaller") from None
    except Exception as error:
        # Pillow raises errors of many kinds for broken content, a few of them bare.
        if isinstance(error, UnidentifiedImageError) and not SIGNATURE.match(content):
            raise WrongFormat(path, "this is not an image", "give JPEG, PNG, WebP or GIF") from None
        cause = "its header can't be read"
        if not isinstance(error, UnidentifiedImageError):
            cause = str(error) or type(error).__name__
        raise DamagedFile(path, f"the image is damaged ({cause})", "save it again") from None


def embedded_cover(path: str | os.PathLike[str], limits: Limits = Limits()) -> Cover | None:
    """The picture inside an audio file: its front cover, or else its first; None without one.

    Reads the tags of MP3, AIFF and WAV (ID3), FLAC, Ogg Vorbis, Opus and MPEG-4.

    Raises:
        DamagedFile: tags or picture are broken. TooLong: the picture is past a limit.
        MissingFile, NoPermission, FileError: can't be opened.
    """
    import mutagen

    with opening(path), Path(path).open("rb") as file:
        try:
            tagged = mutagen.File(file)
            pictures = [] if tagged is None else _pictures(tagged)
        except Exception as error:
            # mutagen lets errors of many kinds through for broken content.
            cause = str(error) or type(error).__name__
            raise DamagedFile(path, f"its tags are damaged ({cause})", "tag it again") from None
    if not pictures:
        return None
    front = [data for kind, data in pictures if kind == FRONT]
    return parse_cover(front[0] if front else pictures[0][1], path, limits)


def _pictures(tagged: Any) -> list[tuple[int, bytes]]:
    """Picture types, as ID3 and FLAC number them, and the images."""
    if hasattr(tagged, "pictures"):
        return [(picture.type, picture.data) for picture in tagged.pictures]
    tags: Any = tagged.tags or {}
    if hasattr(tags, "getall"):
        frames = tags.getall("APIC")
        return [(frame.type, frame.data) for frame in frames if frame.mime != LINK]
    if "covr" in tags:
        return [(FRONT, bytes(data)) for data in tags["covr"]]
    from mutagen.flac import Picture

    coded = tags.get("metadata_block_picture", [])
    decoded = [Picture(base64.b64decode(text)) for text in coded]  # type: ignore[no-untyped-call]
    return [(picture.type, picture.data) for picture in decoded]


def _check_pixels(image: Image, path: str | os.PathLike[str], limits: Limits) -> None:
    columns, rows = image.size
    if columns * rows > limits.pixels:
        cause = f"it has {columns:,} × {rows:,} pixels; the limit is {limits.pixels:,} in all"
        raise TooLong(path, cause, "make it smaller")


def _plain(image: Image) -> Image:
    """The first frame, upright, as RGB, transparent parts on white."""
    from PIL import Image as images
    from PIL import ImageOps

    image.draft(None, (ENOUGH_PIXELS, ENOUGH_PIXELS))
    # Its errors are those of loading too, so it is loaded first: broken EXIF spoils no picture.
    image.load()
    with suppress(Exception):
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        image = _eight_bits(image)
    if image.mode not in TRANSPARENT and "transparency" not in image.info:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = images.new("RGBA", layer.size, "white")
    return images.alpha_composite(white, layer).convert("RGB")


def _eight_bits(image: Image) -> Image:
    """Grey of 16 bits as grey of 8: Pillow's own conversion would cut it off at 255."""
    from PIL import Image as images

    grey = np.clip(np.asarray(image).astype(np.int64), 0, 2**16 - 1)
    return images.fromarray((grey >> 8).astype(np.uint8))
