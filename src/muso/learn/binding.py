"""Writing a bundle: graphs, manifest, report, pictures and card, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from numpy.typing import NDArray

from muso.bundle.bundle import FORMAT, LEARNT, MANIFEST, Bundle, read_bundle
from muso.corpus.corpus import Piece
from muso.corpus.works import music_digests
from muso.judge.markdown import card
from muso.judge.pictures import draw_report
from muso.judge.report import Report, write_report
from muso.learn.continuing import keep_weights
from muso.learn.data import Data
from muso.learn.export import shrink
from muso.learn.members import Trained
from muso.learn.recipe import Recipe
from muso.learn.refusing import Bar
from muso.music.files import opening

REPORT = "report.json"


def bind(
    folder: Path,
    recipe: Recipe,
    media: str,
    labels: Sequence[str],
    members: Sequence[Trained],
    weights: Sequence[float],
    bar: Bar,
    measure: Callable[[Bundle], Report],
    learnt: Sequence[Piece],
    kept: Sequence[Trained] = (),
) -> tuple[Bundle, Report]:
    """Write everything into a temporary folder beside `folder`, which then takes its place.

    The report is of what is shipped: `measure` asks the exported graphs. If it raises, what stood
    at `folder` stays. Digests of the pieces `learnt` from, and the weights of the networks
    `kept`, are written beside the graphs.
    """
    with drafting(folder) as draft:
        for member in members:
            graph = shrink(member.to_onnx())
            (draft / f"{member.recipe.name}.onnx").write_bytes(graph)
        found = music_digests(sorted({piece.path for piece in learnt}))
        digests = sorted({digest for digest in found if digest is not None})
        np.save(draft / LEARNT, np.array([list(digest) for digest in digests], np.uint8))
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


@contextmanager
def drafting(folder: Path) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` once all went well.

    What stood there is moved aside for that and removed last, so that a kill at any moment
    leaves one of the two on the disk, whole.

    Raises:
        FileError: a file can't be written, or the place not be taken; what stood there stays.

    >>> place = Path(tempfile.mkdtemp(), "toy.1")
    >>> with drafting(place) as draft:
    ...     _ = (draft / "CARD.md").write_text("# toy.1")
    >>> [path.name for path in place.iterdir()]
    ['CARD.md']
    """
    with opening(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
        try:
            yield draft
            draft.chmod(0o755)
            _replace(folder, draft)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _replace(folder: Path, draft: Path) -> None:
    """Give a draft the place of a folder that may be there."""
    old = folder.with_name(f".old-{folder.name}{draft.name}")
    try:
        if folder.exists():
            folder.rename(old)
        draft.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


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
