"""Boxes and words, drawn as PNG by Pillow or written as SVG."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from muso.music.picture.theme import Colour

ANCHORS = {"left": ("lm", "start"), "middle": ("mm", "middle"), "right": ("rm", "end")}
"""Which point of the words stands at `x`: for Pillow and for SVG."""


UNACCENTED = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "œ": "oe", "đ": "d",
     "♯": "#", "♭": "b", "–": "-", "—": "-", "−": "-"}
)  # fmt: skip
"""Letters that Unicode takes for their own and people read as these."""
DRAWN = "“”‘’"
"""Characters beyond ASCII that the built-in font has."""

BOX = "M{:.5g} {:.5g}h{:.5g}v{:.5g}h{:.5g}z"
"""A box in an SVG path: left, top, width, height, and back."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """Filled rectangles: `edges`, `(box, 4)` left, top, right, bottom in pixels; `colours`,
    `(box, rgb)`, sorted so that boxes of a colour stand together."""

    edges: NDArray[np.float64]
    colours: NDArray[np.uint8]


@dataclass(frozen=True)
class Words:
    """One line of text; `y` is its middle."""

    x: float
    y: float
    text: str
    size: int
    colour: Colour
    anchor: str


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture of `width` by `height` pixels; what is added later lies above."""

    width: int
    height: int
    background: Colour
    boxes: list[Boxes] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)

    def fill(
        self,
        left: ArrayLike,
        top: ArrayLike,
        right: ArrayLike,
        bottom: ArrayLike,
        colour: ArrayLike,
    ) -> None:
        """Add rectangles; edges are numbers or `(box,)`, the colour `(rgb,)` or `(box, rgb)`."""
        columns = np.broadcast_arrays(*(np.asarray(e, float) for e in (left, top, right, bottom)))
        edges = np.stack(columns, axis=-1).reshape(-1, 4)
        colours = np.broadcast_to(np.asarray(colour, np.uint8), (len(edges), 3))
        order = np.lexsort(colours.T)
        self.boxes.append(Boxes(edges[order], colours[order]))

    def write(
        self, x: float, y: float, text: str, size: int, colour: Colour, anchor: str = "left"
    ) -> None:
        """Add a line of text, its middle at `y`; unprintable characters are left out."""
        shown = "".join(letter for letter in text if letter.isprintable())
        self.words.append(Words(x, y, shown, size, colour, anchor))

    def pixels(self) -> NDArray[np.uint8]:
        """The picture as `(row, column, rgb)`."""
        pixels = np.empty((self.height, self.width, 3), np.uint8)
        pixels[:] = self.background
        for group in self.boxes:
            left, top, right, bottom = np.rint(np.maximum(group.edges, 0)).astype(int).T
            # However thin, a box is seen.
            right, bottom = np.maximum(right, left + 1), np.maximum(bottom, top + 1)
            for x0, y0, x1, y1, colour in zip(left, top, right, bottom, group.colours, strict=True):
                pixels[y0:y1, x0:x1] = colour
        image = Image.fromarray(pixels)
        pen = ImageDraw.Draw(image)
        for words in self.words:
            font, anchor = ImageFont.load_default(words.size), ANCHORS[words.anchor][0]
            pen.text((words.x, words.y), drawable(words.text), words.colour, font, anchor)
        return np.array(image)

    def png(self) -> bytes:
        """The picture as a PNG file."""
        return png_bytes(Image.fromarray(self.pixels()))

    def svg(self) -> str:
        """The picture as an SVG document that scales with the page."""
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'font-family="system-ui, sans-serif" shape-rendering="crispEdges">',
            f'<rect width="{self.width}" height="{self.height}" fill="{_hex(self.background)}"/>',
        ]
        for group in self.boxes:
            lines += _paths(group)
        for words in self.words:
            lines.append(
                f'<text x="{words.x:.1f}" y="{words.y:.1f}" font-size="{words.size}" '
                f'fill="{_hex(words.colour)}" text-anchor="{ANCHORS[words.anchor][1]}" '
                f'dominant-baseline="central">{escape(words.text)}</text>'
            )
        return "\n".join([*lines, "</svg>", ""])


def drawable(text: str) -> str:
    """`text` in letters that Pillow's built-in font has: without accents, else a question mark.

    >>> drawable("Fauré: Après un rêve")
    'Faure: Apres un reve'
    """
    letters = unicodedata.normalize("NFKD", text.translate(UNACCENTED))
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() or letter in DRAWN else "?" for letter in letters)


def text_width(text: str, size: int) -> float:
    """Pixels that `text` takes in a PNG; in an SVG about as many."""
    return float(ImageFont.load_default(size).getlength(drawable(text)))


def fitting(text: str, size: int, width: float) -> str:
    """`text`, cut short if it is wider than `width` pixels."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[: int(len(text) * 0.9)]
    return text + "…"


def png_bytes(image: Image.Image) -> bytes:
    """`image` as a PNG file."""
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def _paths(group: Boxes) -> list[str]:
    """One path a colour: a box takes some 20 bytes where an element of its own would take 60."""
    if len(group.edges) == 0:
        return []
    width = np.maximum(group.edges[:, 2] - group.edges[:, 0], 1)
    height = np.maximum(group.edges[:, 3] - group.edges[:, 1], 1)
    rows = np.column_stack([group.edges[:, :2], width, height, -width])
    starts = np.flatnonzero(np.append(True, np.any(np.diff(group.colours, axis=0), axis=1)))
    paths = []
    for start, end in zip(starts, np.append(starts[1:], len(rows)), strict=True):
        turns = "".join(BOX.format(*row) for row in rows[start:end].tolist())
        paths.append(f'<path fill="{_hex(group.colours[start])}" d="{turns}"/>')
    return paths


def _hex(colour: Colour | NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{int(value):02x}" for value in colour)
