"""Writing a bundle: graphs, manifest, report, pictures and card, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from numpy.typing import NDArray

from muso.bundle.bundle import FORMAT, MANIFEST, Bundle, read_bundle
from muso.judge.markdown import card
from muso.judge.pictures import draw_report
from muso.judge.report import Report, write_report
from muso.learn.continuing import keep_weights
from muso.learn.data import Data
from muso.learn.export import shrink
from muso.learn.members import Trained
from muso.learn.recipe import Recipe
from muso.music.files import opening


def bind(
    folder: Path,
    recipe: Recipe,
    media: str,
    labels: Sequence[str],
    members: Sequence[Trained],
    weights: Sequence[float],
    threshold: float,
    usual: NDArray[np.float64],
    measure: Callable[[Bundle], Report],
    kept: Sequence[Trained] = (),
) -> tuple[Bundle, Report]:
    """Write everything into a temporary folder beside `folder`, which then takes its place.

    The report is of what is shipped: `measure` asks the exported graphs. If it raises, what stood
    at `folder` stays. The weights of the networks `kept` are written beside the graphs.
    """
    with opening(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        draft.chmod(0o755)
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
            "threshold": threshold,
            "usual": usual.tolist(),
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
        report = measure(read_bundle(draft, folder.name))
        write_report(report, draft / "report.json")
        draw_report(report, draft)
        purpose = recipe.about or f"Names the {recipe.task} of a {media}."
        (draft / "CARD.md").write_text(card(report, name=folder.name, purpose=purpose), "utf-8")
        write_manifest(draft, manifest)
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return read_bundle(folder), report


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
