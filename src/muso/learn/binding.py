"""Writing a bundle: graphs, manifest, report, pictures and card, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from numpy.typing import NDArray

from muso.bundle.bundle import FORMAT, MANIFEST, Bundle, read_bundle
from muso.corpus.split import folds
from muso.judge.markdown import card
from muso.judge.pictures import draw_report
from muso.judge.report import Report, Unknown, read_report, write_report
from muso.learn.continuing import keep_weights
from muso.learn.data import Data
from muso.learn.export import shrink
from muso.learn.members import Trained
from muso.learn.recipe import Recipe
from muso.learn.refusing import Bar, passed_apart
from muso.music.files import opening

REPORT = "report.json"
FOLDS = 5
"""By which it is measured how many pieces reach a bar that they found themselves."""


def bind(
    folder: Path,
    recipe: Recipe,
    media: str,
    labels: Sequence[str],
    members: Sequence[Trained],
    weights: Sequence[float],
    bar: Bar,
    measure: Callable[[Bundle], Report],
    kept: Sequence[Trained] = (),
) -> tuple[Bundle, Report]:
    """Write everything into a temporary folder beside `folder`, which then takes its place.

    The report is of what is shipped: `measure` asks the exported graphs. If it raises, what stood
    at `folder` stays. The weights of the networks `kept` are written beside the graphs.
    """
    with _draft(folder) as draft:
        for member in members:
            graph = shrink(member.to_onnx())
            (draft / f"{member.recipe.name}.onnx").write_bytes(graph)
        if kept:
            keep_weights(kept, draft)
        manifest = {
            "format": FORMAT,
            "task": recipe.task,
            "media": media,
            "made_by": f"muso {version('muso')}",
            "threshold": bar.threshold,
            "usual": bar.usual.tolist(),
            "labels": list(labels),
            "member": [
                {
                    "name": member.recipe.name,
                    "file": f"{member.recipe.name}.onnx",
                    "weight": weight,
                    "view": {"name": member.view.name, **member.view.settings()},
                    "layer": member.layers(),
                }
                for member, weight in zip(members, weights, strict=True)
            ],
            "recipe": recipe.as_dict(),
        }
        write_manifest(draft, manifest)
        bundle = read_bundle(draft, folder.name)
        report = measure(bundle)
        draw_report(report, draft)
        _tell(report, bundle, draft)
        write_manifest(draft, manifest)
    return read_bundle(folder), report


def set_bar(
    bundle: Bundle,
    said: NDArray[np.float64],
    target: NDArray[np.int64],
    works: Sequence[str],
    folder: Path,
) -> Bundle:
    """Write a copy of a bundle whose bar is found again; its report and card say so.

    For a bundle whose members were fitted again on the pieces that they had been chosen by. Names
    and probabilities stay as they are. How many pieces reach the bar is measured by folds, for
    the pieces are those that found it.

    Args:
        bundle: to copy.
        said: `(piece, label)` probabilities it gives pieces that it was not trained on.
        target: `(piece,)` index of the right label.
        works: `(piece,)` the work of each.
        folder: of the copy; it may be the bundle's own.
    """
    bar = Bar.of(said, target, bundle.labels)
    parts = folds([bundle.labels[t] for t in target], works, FOLDS, seed=0)
    share = passed_apart(said, target, bundle.labels, parts)
    report = replace(
        read_report(bundle.folder / REPORT),
        unknown=Unknown(bar.threshold, share, of_usual=True, by_folds=True),
    )
    manifest = tomllib.loads((bundle.folder / MANIFEST).read_text("utf-8"))
    del manifest["files"]
    manifest |= {"threshold": bar.threshold, "usual": bar.usual.tolist()}
    with _draft(folder) as draft:
        shutil.copytree(bundle.folder, draft, dirs_exist_ok=True)
        _tell(report, bundle, draft)
        write_manifest(draft, manifest)
    return read_bundle(folder, bundle.name)


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` once all went well."""
    with opening(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        yield draft
        draft.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _tell(report: Report, bundle: Bundle, draft: Path) -> None:
    """Write the report of a bundle, and the card."""
    write_report(report, draft / REPORT)
    purpose = str(bundle.recipe["about"]) or f"Names the {bundle.task} of a {bundle.media}."
    (draft / "CARD.md").write_text(card(report, name=bundle.name, purpose=purpose), "utf-8")


def write_manifest(draft: Path, manifest: Mapping[str, Any]) -> None:
    """The manifest, with a hash of every other file that is there."""
    files = sorted(p.name for p in draft.iterdir() if p.name != MANIFEST)
    hashes = {f: hashlib.sha256((draft / f).read_bytes()).hexdigest() for f in files}
    (draft / MANIFEST).write_text(tomli_w.dumps({**manifest, "files": hashes}), "utf-8")


def ask(bundle: Bundle, data: Data, index: NDArray[np.int64]) -> NDArray[np.float64]:
    """`(piece, label)` probabilities that a bundle gives the pieces at `index`."""
    said = []
    for i in index:
        slices = [m.view.cut(data.prepared[n][i]) for n, m in enumerate(bundle.members)]
        logs = [log.mean(axis=0) for log in bundle.log_probabilities(slices)]
        said.append(bundle.average(logs))
    return np.array(said)
