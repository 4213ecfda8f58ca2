"""Reports as pictures (PNG): confusion, training curves, reliability, labels, sweeps.

Light ground, colours of Okabe and Ito's palette (told apart by the colour-blind), nothing said by
colour alone. Needs the [train] extra for matplotlib; drawn without its global state, so that a
server's threads may draw at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import CorpusError, MissingExtra
from muso.judge.confusion import ClassScore
from muso.judge.intervals import Interval
from muso.judge.metrics import BINS, Reliability
from muso.judge.report import Curves, Report
from muso.music.files import whole

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#595959"
PALETTE = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "osD^v*"
DOTS_PER_INCH = 120
ANNOTATED = 20
"""Up to this many labels a confusion cell has room for its number, a point for its marker."""
FEW_STOPS = 8
"""Up to this many values of what is varied each gets its own tick."""


def draw_report(report: Report, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Draw all pictures of a report into `folder` and return their paths.

    Raises:
        MissingExtra: matplotlib is not installed. FileError: `folder` can't be written.
    """
    inside = Path(folder)
    called = f"{report.task}, protocol {report.split.called}"
    paths = [inside / name for name in ("confusion.png", "reliability.png", "labels.png")]
    draw_confusion(report.confusion, report.labels, paths[0], title=called)
    draw_reliability(report.reliability, paths[1], title=called)
    draw_classes(report.classes, paths[2], title=called)
    if report.curves is not None:
        paths.append(inside / "training.png")
        draw_training(report.curves, paths[-1], title=f"{called}: training")
    return tuple(paths)


def draw_confusion(
    confusion: NDArray[np.int64],
    labels: Sequence[str],
    path: str | os.PathLike[str],
    *,
    title: str = "",
) -> None:
    """Draw a heatmap of what was taken for what, sorted by label, each row shared out to 1.

    Args:
        confusion: `(truth label, predicted label)` pieces. Labels without pieces have no row;
            they keep their column when something was taken for them.
        labels: `(label,)` names.
        path: of the PNG.
        title: above the picture.

    Raises:
        CorpusError: no pieces.
    """
    support = confusion.sum(axis=1)
    order = sorted(range(len(labels)), key=lambda i: labels[i].casefold())
    rows = [i for i in order if support[i]]
    if not rows:
        raise CorpusError("there are no pieces to draw")
    columns = [i for i in order if support[i] or confusion[:, i].any()]
    shares = confusion[np.ix_(rows, columns)] / support[rows][:, None]
    small = max(len(rows), len(columns)) <= ANNOTATED
    text_pt, cell_inch = (10.0, 0.62) if small else (7.5, 0.145)
    name_inch = _width_inch([labels[i] for i in columns], text_pt)
    sides = (cell_inch * len(columns) + name_inch + 2, cell_inch * len(rows) + name_inch + 1.5)
    with _drawing(path, sides) as (figure, (axes,)):
        axes.set_xticks(range(len(columns)), [_literal(labels[i]) for i in columns], rotation=90)
        axes.set_yticks(
            range(len(rows)), [f"{_literal(labels[i])}  ({support[i]:,})" for i in rows]
        )
        axes.tick_params(labelsize=text_pt, length=0, labeltop=not small)
        axes.set_xlabel("taken for")
        axes.set_ylabel("label (test pieces)")
        axes.set_title(title)
        image = _fill_cells(axes, shares, text_pt - 1 if small else 0.0)
        bar_inch = min(3.0, 0.8 * sides[1])
        figure.colorbar(
            image,
            ax=axes,
            label="share of the label's pieces",
            shrink=bar_inch / sides[1],
            aspect=bar_inch / 0.18,
            fraction=0.3 / sides[0],
            pad=0.2 / sides[0],
        )


def _fill_cells(axes: Any, shares: NDArray[np.float64], text_pt: float) -> Any:
    """Shade the cells of `shares`, `(row, column)`; with `text_pt` also write the shares."""
    from matplotlib.colors import LinearSegmentedColormap

    # White is kept for nothing at all: on a large matrix a lone mistake must still be seen.
    shades = LinearSegmentedColormap.from_list("share", ["#C6DBEF", "#6BAED6", BLUE, "#08306B"])
    image = axes.imshow(
        np.ma.masked_equal(shares, 0.0), cmap=shades, vmin=0, vmax=1, aspect="equal"
    )
    rows, columns = shares.shape
    axes.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#E8E8E8", linewidth=0.5)
    axes.tick_params(which="minor", length=0)
    for row, column in np.argwhere(shares > 0) if text_pt else ():
        share = shares[row, column]
        color = "white" if share > 0.5 else "black"
        text = f"{share:.0%}" if share >= 0.005 else "<1%"
        axes.text(column, row, text, ha="center", va="center", fontsize=text_pt, color=color)
    return image


def draw_training(curves: Curves, path: str | os.PathLike[str], *, title: str = "") -> None:
    """Draw a training by epoch: losses above, shares below, the best epoch marked."""
    groups = {
        axis: {name: c for name, c in curves.values.items() if ("loss" in name) == losses}
        for axis, losses in (("loss", True), ("share", False))
    }
    shown = {axis: group for axis, group in groups.items() if group}
    with _drawing(path, (8.5, 2.8 * len(shown) + 0.6), panels=len(shown)) as (figure, panels):
        for axes, (axis, group) in zip(panels, shown.items(), strict=True):
            for number, (name, column) in enumerate(group.items()):
                axes.plot(
                    np.arange(1, curves.epochs + 1),
                    column,
                    "-" if "valid" in name else "--",
                    color=PALETTE[number % len(PALETTE)],
                    label=name.replace("_", " "),
                    marker="." if curves.epochs <= 50 else None,
                )
            axes.axvline(curves.best_epoch, color=GREY, linewidth=1, linestyle=":")
            axes.set_ylabel(axis)
            axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
        panels[0].annotate(
            f"best: {curves.best_epoch}",
            (curves.best_epoch, 1.0),
            (0, 2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            color=GREY,
        )
        panels[-1].set_xlabel("epoch")
        panels[-1].xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        panels[-1].set_xlim(0.5, curves.epochs + 0.5)
        figure.suptitle(title)


def draw_reliability(
    reliability: Reliability, path: str | os.PathLike[str], *, title: str = ""
) -> None:
    """Draw confidence against accuracy, and below how many pieces each bin of confidence has.

    Source: DeGroot and Fienberg 1983; Guo et al. 2017.
    """
    count = np.array(reliability.count)
    held = count > 0
    middle, width = (np.arange(BINS) + 0.5) / BINS, 1.0 / BINS
    confidence, accuracy = np.array(reliability.confidence), np.array(reliability.accuracy)
    error = float(np.abs(confidence - accuracy) @ count / max(count.sum(), 1))
    with _drawing(path, (5.4, 6.4), panels=2, heights=(3, 1)) as (figure, (above, below)):
        above.plot([0, 1], [0, 1], "--", color=GREY, linewidth=1, label="perfectly calibrated")
        above.bar(middle[held], accuracy[held], width * 0.9, color=BLUE, alpha=0.35)
        above.plot(confidence[held], accuracy[held], "o-", color=BLUE, label="this model")
        above.set_ylabel("share named rightly")
        above.set_ylim(0, 1.02)
        above.legend(frameon=False, loc="upper left")
        above.annotate(
            f"calibration error {error:.3f}", (0.97, 0.05), xycoords="axes fraction", ha="right"
        )
        below.bar(middle, count, width * 0.9, color=GREY)
        below.set_ylabel("pieces")
        below.set_xlabel("confidence (probability of the label given)")
        below.set_xlim(0, 1)
        figure.suptitle(title)


def draw_classes(
    classes: Sequence[ClassScore], path: str | os.PathLike[str], *, title: str = ""
) -> None:
    """Draw the share named rightly of each label that has test pieces, best first, with F1.

    Raises:
        CorpusError: no label has test pieces.
    """
    tested = sorted((c for c in classes if c.support), key=lambda c: (-c.recall, c.label))
    if not tested:
        raise CorpusError("there are no labels with test pieces to draw")
    rows = np.arange(len(tested))
    small = len(tested) <= ANNOTATED
    text_pt, row_inch = (10.0, 0.32) if small else (7.5, 0.17)
    sides = (6.0 + _width_inch([c.label for c in tested], text_pt), row_inch * len(tested) + 1.4)
    with _drawing(path, sides) as (_, (axes,)):
        axes.barh(rows, [c.recall for c in tested], color="#80B8D9", label="named rightly")
        axes.plot([c.f1 for c in tested], rows, "D", color=ORANGE, markersize=4, label="F1")
        axes.set_yticks(rows, [f"{_literal(c.label)}  ({c.support:,})" for c in tested])
        axes.tick_params(axis="y", labelsize=text_pt, length=0)
        axes.tick_params(axis="x", labeltop=not small)
        axes.set_ylim(len(tested) - 0.4, -0.6)
        axes.set_xlim(0, 1.02)
        axes.set_xlabel("share")
        axes.set_ylabel("label (test pieces)")
        axes.set_title(title)
        axes.grid(axis="x", color="#E8E8E8")
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def draw_sweep(
    series: Mapping[str, Sequence[tuple[float, Interval]]],
    path: str | os.PathLike[str],
    *,
    against: str,
    measured: str = "accuracy",
    title: str = "",
) -> None:
    """Draw figures with their intervals against something: excerpt length, a threshold.

    Args:
        series: by name, `(what is varied, figure)`; `inf` stands for the whole piece.
        path: of the PNG.
        against: what is varied, with its unit.
        measured: what the figures are, each 0…1.
        title: above the picture.

    Raises:
        CorpusError: no points.

    >>> import tempfile
    >>> picture = Path(tempfile.mkdtemp(), "excerpt.png")
    >>> heard = [(5.0, Interval(0.5, 0.4, 0.6)), (float("inf"), Interval(0.7, 0.6, 0.8))]
    >>> draw_sweep({"this model": heard}, picture, against="excerpt length (s)")
    >>> picture.exists()
    True
    """
    varied = np.array([at for points in series.values() for at, _ in points])
    if len(varied) == 0:
        raise CorpusError("there are no points to draw")
    finite = varied[np.isfinite(varied)]
    # The whole piece stands past the last length, a sixth of their range further.
    whole_at = float(finite.max() + max(np.ptp(finite), 1.0) / 6) if len(finite) else 0.0
    with _drawing(path, (7.5, 4.2)) as (_, (axes,)):
        for number, (name, points) in enumerate(series.items()):
            ordered = sorted(points, key=lambda point: point[0])
            at = [min(position, whole_at) for position, _ in ordered]
            color = PALETTE[number % len(PALETTE)]
            marker = MARKERS[number % len(MARKERS)] if len(at) <= ANNOTATED else None
            axes.plot(at, [f.value for _, f in ordered], color=color, marker=marker, label=name)
            low, high = [f.low for _, f in ordered], [f.high for _, f in ordered]
            axes.fill_between(at, low, high, color=color, alpha=0.15, linewidth=0)
        stops = np.unique(varied)
        if len(stops) <= FEW_STOPS or len(finite) < len(varied):
            names = [f"{stop:g}" if np.isfinite(stop) else "whole" for stop in stops]
            axes.set_xticks(np.minimum(stops, whole_at), names)
        axes.set_xlabel(against)
        axes.set_ylabel(measured)
        axes.set_ylim(0, 1.02)
        axes.grid(axis="y", color="#E8E8E8")
        axes.set_title(title)
        if len(series) > 1:
            axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _width_inch(names: Sequence[str], text_pt: float) -> float:
    """Room for the longest of `names`: a letter is about 0.6 of the text's size wide."""
    return max(map(len, names)) * text_pt * 0.6 / 72


def _literal(label: str) -> str:
    """`label` as matplotlib must be told it, lest it take what stands between $ for a formula."""
    return label.replace("$", r"\$")


@contextmanager
def _drawing(
    path: str | os.PathLike[str],
    sides_inch: tuple[float, float],
    panels: int = 1,
    heights: tuple[int, ...] | None = None,
) -> Iterator[tuple[Any, Any]]:
    """A figure and its panels, one above the other, written to `path` when the block ends."""
    with sheet(path, sides_inch) as figure:
        axes = figure.subplots(panels, 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
        for panel in axes:
            plain(panel)
        yield figure, axes


@contextmanager
def sheet(path: str | os.PathLike[str], sides_inch: tuple[float, float]) -> Iterator[Any]:
    """An empty figure, written to `path` as a PNG when the block ends."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("train", "drawing a report") from None
    figure = Figure(figsize=sides_inch, dpi=DOTS_PER_INCH, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    yield figure
    with whole(path) as unfinished:
        figure.savefig(unfinished, format="png", bbox_inches="tight", pad_inches=0.1)


def plain(panel: Any) -> None:
    """A panel with no more lines than it needs."""
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_axisbelow(True)
