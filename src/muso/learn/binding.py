"""Writing a bundle: graphs, manifest, report, pictures and card, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import tomli_w
from numpy.typing import NDArray

from muso.bundle.bundle import FORMAT, MANIFEST, Bundle, read_bundle
from muso.judge.markdown import card
from muso.judge.pictures import draw_report
from muso.judge.report import Report, write_report
from muso.learn.data import Data
from muso.learn.export import check_parity, shrink
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
    report: Report,
    check: Callable[[Bundle], object],
) -> Bundle:
    """Write everything into a temporary folder beside `folder`, which then takes its place.

    Before it does, `check` is asked; if it raises, what stood at `folder` stays.
    """
    with opening(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        draft.chmod(0o755)
        for member in members:
            graph = shrink(member.to_onnx())
            (draft / f"{member.recipe.name}.onnx").write_bytes(graph)
        write_report(report, draft / "report.json")
        draw_report(report, draft)
        purpose = recipe.about or f"Names the {recipe.task} of a {media}."
        (draft / "CARD.md").write_text(card(report, name=folder.name, purpose=purpose), "utf-8")
        files = sorted(p.name for p in draft.iterdir())
        manifest = {
            "format": FORMAT,
            "task": recipe.task,
            "media": media,
            "made_by": f"muso {version('muso')}",
            "threshold": threshold,
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
            "files": {f: hashlib.sha256((draft / f).read_bytes()).hexdigest() for f in files},
        }
        (draft / MANIFEST).write_text(tomli_w.dumps(manifest), "utf-8")
        check(read_bundle(draft, folder.name))
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return read_bundle(folder)


def check_bundle(
    bundle: Bundle, data: Data, index: NDArray[np.int64], expected: NDArray[np.float64]
) -> float:
    """Ask the bundle about the pieces at `index` and compare with what training computed.

    Raises:
        ExportError: it says something else.
    """
    said = []
    for i in index:
        slices = [m.view.cut(data.prepared[n][i]) for n, m in enumerate(bundle.members)]
        logs = [log.mean(axis=0) for log in bundle.log_probabilities(slices)]
        said.append(bundle.average(logs))
    return check_parity(f"bundle {bundle.name}", np.array(said), expected)
