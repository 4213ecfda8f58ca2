"""A described corpus as pictures (PNG): a row a label, narrow enough to be read on a phone.

Each measure is a box plot with its points. Labels past `MOST_ROWS` share the last row, so that a
hundred of them can still be read and none is left out. Needs the [train] extra for matplotlib;
drawn without its global state, so that a server's threads may draw at once.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.corpus.description import FENCE, Description, clip_outliers
from muso.errors import CorpusError, MissingExtra, shown
from muso.music.files import whole

BLUE, ORANGE, PALE = "#0072B2", "#D55E00", "#E4E4E4"
WIDTH_INCH = 4.6
"""On a phone this fills the screen, and nine points stay about as large as its own text."""
ROW_INCH, FRAME_INCH = 0.235, 1.2
DOTS_PER_INCH = 200
NAME_PT, TICK_PT, CELL_PT = 9.0, 8.5, 7.5
MOST_ROWS = 30
MOST_METERS = 7
MOST_TICKS, MOST_LOG_TICKS = 5, 8
LONGEST_NAME = 22
TALL = 15
"""Rows above which figures stand at the head too."""
DARK_SHARE = 0.5
"""From this share on a cell is dark enough for white figures."""
GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, without their whole part, never crowd: points are spread so within a row."""


@dataclass(frozen=True)
class Measure:
    """How a feature is drawn.

    Attributes:
        title: above the picture.
        axis: what the axis counts.
        per: how many of the feature's own unit one of the axis is.
        scale: of matplotlib; `symlog` where 0 is common.
        form: how a figure is written.
    """

    title: str
    axis: str
    per: float
    scale: str
    form: str


MEASURES: Mapping[str, Measure] = {
    "length_s": Measure("Length", "minutes", 60.0, "log", "{:.1f}"),
    "notes": Measure("Notes", "notes a piece", 1.0, "log", "{:,.0f}"),
    "tempo_changes": Measure("Tempo changes", "changes a piece", 1.0, "symlog", "{:,.0f}"),
    "polyphony": Measure("Polyphony", "notes at once, on average", 1.0, "linear", "{:.1f}"),
}
"""By feature."""

CLIPPED_ALWAYS = "length_s"
"""The feature that is drawn before and after clipping, asked or not."""


@dataclass(frozen=True)
class Picture:
    """A picture of a corpus.

    Attributes:
        path: of the PNG.
        title: what it shows.
        says: the same in words, with the figures that stand out, for who can't see it.
    """

    path: Path
    title: str
    says: str


def draw_corpus(
    description: Description, folder: str | os.PathLike[str], *, clip: bool = False
) -> tuple[Picture, ...]:
    """Draw every measure of a corpus, and its time signatures, into `folder`.

    Args:
        description: what was measured.
        folder: where the PNGs go; it must be there.
        clip: draw every measure a second time with the outliers of each row brought to the
            fence; the length always is.

    Raises:
        CorpusError: no piece could be measured. MissingExtra: matplotlib is not installed.
        FileError: `folder` can't be written.

    >>> import tempfile
    >>> from muso.corpus.corpus import scan_folder
    >>> from muso.corpus.description import describe
    >>> pictures = draw_corpus(describe(scan_folder("examples")), tempfile.mkdtemp())
    >>> [picture.path.stem for picture in pictures]
    ['length', 'length-clipped', 'notes', 'tempo-changes', 'polyphony', 'time-signatures']
    """
    if not any(description.features):
        raise CorpusError(f"{description.corpus.name}: no piece of it can be read as a score")
    inside = Path(folder)
    pictures = []
    for name, measure in MEASURES.items():
        stem = measure.title.lower().replace(" ", "-")
        pictures.append(draw_measure(description, name, inside / f"{stem}.png"))
        if clip or name == CLIPPED_ALWAYS:
            path = inside / f"{stem}-clipped.png"
            pictures.append(draw_measure(description, name, path, clipped=True))
    return (*pictures, draw_meters(description, inside / "time-signatures.png"))


def draw_measure(
    description: Description, name: str, path: str | os.PathLike[str], *, clipped: bool = False
) -> Picture:
    """Draw one feature by label: box, whiskers, every piece a point, outliers apart.

    The box holds the middle half, the line in it is the median, the whiskers reach to the last
    piece within 1.5 interquartile ranges of the box. Before clipping the axis fits the outliers,
    after it the rest.

    Args:
        description: what was measured; of at least one piece.
        name: in `MEASURES`.
        path: of the PNG.
        clipped: bring the outliers of each row to the fence first.

    Source: Tukey, Exploratory Data Analysis, 1977.
    """
    measure = MEASURES[name]
    by_label = {label: own / measure.per for label, own in description.values(name).items()}
    rows = _rows(description)
    values = [np.concatenate([by_label[label] for label in labels]) for _, labels in rows]
    if clipped:
        values = [clip_outliers(own) for own in values]
    title = f"{measure.title} by label" + (", outliers clipped" if clipped else "")
    with _drawing(path, [row for row, _ in rows], title) as axes:
        for at, own in enumerate(values):
            _draw_box(axes, at, own)
        pooled = np.concatenate(values)
        # Without outliers there is room for an axis that shows twice as twice as far.
        straight = measure.scale == "log" and (clipped or not pooled.min() > 0)
        _set_scale(axes, "linear" if straight else measure.scale, pooled)
        axes.set_xlabel(measure.axis)
        # Where rows are many, its foot is far from most.
        axes.tick_params(axis="x", labeltop=len(rows) > TALL)
        axes.grid(axis="x", color=PALE)
    return Picture(Path(path), title, _say(title, measure, by_label, values))


def draw_meters(description: Description, path: str | os.PathLike[str]) -> Picture:
    """Draw the share of each label's pieces in each meter, in per cent.

    Args:
        description: what was measured; of at least one piece.
        path: of the PNG.
    """
    meters = description.meters
    overall: Counter[str] = Counter()
    for own in meters.values():
        overall.update(own)
    common = [meter for meter, _ in overall.most_common() if meter][:MOST_METERS]
    rows = _rows(description)
    names = [*common, "other", "none"]
    # The last row is of all labels together.
    table = np.zeros((len(rows) + 1, len(names)))
    for row, labels in enumerate([*(labels for _, labels in rows), tuple(meters)]):
        for label in labels:
            for meter, count in meters[label].items():
                column = "none" if not meter else meter if meter in common else "other"
                table[row, names.index(column)] += count
    shares = table / table.sum(axis=1, keepdims=True)
    title = "Time signatures by label"
    with _drawing(path, [row for row, _ in rows], f"{title}, % of its pieces") as axes:
        _fill_cells(axes, shares[:-1])
        axes.set_xticks(range(len(names)), names)
        axes.tick_params(length=0, labeltop=True)
        axes.spines[:].set_visible(False)
    parts = ", ".join(f"{name} {s:.0%}" for name, s in zip(names, shares[-1], strict=True) if s)
    return Picture(Path(path), title, f"Table of time signatures by label. Of all pieces: {parts}.")


def _rows(description: Description) -> list[tuple[str, tuple[str, ...]]]:
    """The rows of every picture, the largest first: a name, and the labels that share it."""
    counts = {label: len(own) for label, own in description.values("notes").items()}
    order = sorted(counts, key=lambda label: (-counts[label], label))
    alone = order if len(order) <= MOST_ROWS + 1 else order[:MOST_ROWS]
    rows: list[tuple[str, tuple[str, ...]]] = [
        (f"{_short(label)}  {counts[label]:,}", (label,)) for label in alone
    ]
    rest = tuple(order[len(alone) :])
    if rest:
        rows.append((f"{len(rest):,} others  {sum(counts[label] for label in rest):,}", rest))
    return rows


def _draw_box(axes: Any, at: int, values: NDArray[np.float64]) -> None:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    reach = FENCE * (high - low)
    is_outlier = (values < low - reach) | (values > high + reach)
    inner = values[~is_outlier]
    spread = at + 0.56 * (np.arange(len(values)) * GOLDEN % 1 - 0.5)
    # Many points would hide each other and the box, few would go unseen.
    alpha = float(np.clip(8 / len(values) ** 0.5, 0.25, 0.8))
    size = float(np.clip(150 / len(values), 3, 15))
    axes.scatter(inner, spread[~is_outlier], size, color=BLUE, alpha=alpha, linewidths=0)
    style = {"color": ORANGE, "marker": "d", "alpha": max(alpha, 0.6), "linewidths": 0}
    axes.scatter(values[is_outlier], spread[is_outlier], size + 2, **style)
    axes.hlines(at, inner.min(), inner.max(), color="black", linewidth=0.7)
    axes.barh(at, high - low, 0.62, low, facecolor="none", edgecolor="black", linewidth=0.8)
    axes.vlines(middle, at - 0.31, at + 0.31, color="black", linewidth=1.8)


def _set_scale(axes: Any, scale: str, values: NDArray[np.float64]) -> None:
    from matplotlib.ticker import MaxNLocator, NullLocator, StrMethodFormatter

    axes.set_xscale(scale)
    least, largest = float(values.min()), float(values.max())
    if scale == "log":
        axes.set_xticks(_log_ticks(least / 2, largest * 2))
        axes.xaxis.set_minor_locator(NullLocator())
    elif scale == "symlog":
        axes.set_xticks([0, *_log_ticks(1, largest * 2)])
        axes.set_xlim(-0.25, max(1.0, largest) * 1.5)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS))
        # A little room on the left of 0, lest the points that stand there be cut in half.
        axes.set_xlim(left=-0.015 * largest)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))


def _log_ticks(least: float, largest: float) -> list[float]:
    """1, 2, 5, 10 and so on; over a wide range the powers of ten alone."""
    powers = 10.0 ** np.arange(-2, 8)
    fine = np.multiply.outer(powers, [1.0, 2.0, 5.0]).ravel()
    inside = fine[(fine >= least) & (fine <= largest)]
    if len(inside) > MOST_LOG_TICKS:
        inside = powers[(powers >= least) & (powers <= largest)]
    return [float(tick) for tick in inside]


def _fill_cells(axes: Any, shares: NDArray[np.float64]) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    # White is kept for nothing at all.
    shades = LinearSegmentedColormap.from_list("share", ["#DEEBF7", "#6BAED6", BLUE, "#08306B"])
    axes.imshow(np.ma.masked_equal(shares, 0.0), cmap=shades, vmin=0, vmax=1, aspect="auto")
    for row, column in np.argwhere(shares > 0):
        share = shares[row, column]
        color = "white" if share >= DARK_SHARE else "black"
        text = f"{100 * share:.0f}" if share >= 0.005 else "<1"
        axes.text(column, row, text, ha="center", va="center", fontsize=CELL_PT, color=color)


def _say(
    title: str,
    measure: Measure,
    by_label: Mapping[str, NDArray[np.float64]],
    values: Sequence[NDArray[np.float64]],
) -> str:
    """A picture of a measure in words; `values` are its rows."""
    pooled = np.concatenate(values)
    told = [measure.form.format(value) for value in np.quantile(pooled, [0.5, 0.0, 1.0])]
    said = (
        f"Box plot of {title[0].lower()}{title[1:]}, in {measure.axis}: "
        f"median {told[0]} over all, {told[1]} to {told[2]}."
    )
    medians = {label: float(np.median(own)) for label, own in by_label.items()}
    low, high = min(medians, key=medians.__getitem__), max(medians, key=medians.__getitem__)
    if medians[low] < medians[high]:
        said += (
            f" Medians of labels run from {measure.form.format(medians[low])} ({shown(low)}) "
            f"to {measure.form.format(medians[high])} ({shown(high)})."
        )
    outliers = sum(int(np.sum(clip_outliers(own) != own)) for own in values)
    return said + (f" {outliers:,} of {len(pooled):,} pieces are outliers." if outliers else "")


def _short(label: str) -> str:
    """A label with its middle left out where it is long: names often begin, or end, alike."""
    text = shown(label)
    kept = (LONGEST_NAME - 1) // 2
    return text if len(text) <= LONGEST_NAME else f"{text[:kept]}…{text[-kept:]}"


def _literal(name: str) -> str:
    """`name` as matplotlib must be told it, lest it take what stands between $ for a formula."""
    return name.replace("$", r"\$")


@contextmanager
def _drawing(path: str | os.PathLike[str], rows: Sequence[str], title: str) -> Iterator[Any]:
    """Axes with a row for each of `rows`, written to `path` when the block ends."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("train", "drawing a corpus") from None
    sides = (WIDTH_INCH, ROW_INCH * len(rows) + FRAME_INCH)
    figure = Figure(figsize=sides, dpi=DOTS_PER_INCH, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    yield axes
    axes.set_yticks(range(len(rows)), [_literal(name) for name in rows], fontsize=NAME_PT)
    axes.tick_params(axis="x", labelsize=TICK_PT)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    figure.suptitle(title, fontsize=NAME_PT + 1)
    with whole(path) as unfinished, warnings.catch_warnings():
        # Names in scripts that matplotlib's font lacks are boxes; the table has them in full.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        figure.savefig(unfinished, format="png")
