"""A trained model at rest and at work: a folder that is checked, loaded and asked."""

from __future__ import annotations

import hashlib
import io
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.prediction import UNKNOWN, UNSURE, Evidence, Prediction
from muso.bundle.sureness import sureness
from muso.errors import BundleError, FileError, UsageError, shown
from muso.music.files import read_bytes
from muso.represent.view import Slices, View, through_each

FORMAT = 1
"""Version of bundle.toml; raised whenever an older reader would misread it."""
MANIFEST = "bundle.toml"
LEARNT = "learnt.npy"
MAX_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Layer:
    """One layer of a member: its name, the shape of its weights, its number of parameters."""

    name: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class Member:
    """One model of a bundle.

    Attributes:
        name: within the bundle.
        file: its ONNX graph, `slices` to `scores`.
        view: what it looks at.
        weight: of its log probabilities in the sum; the weights together also calibrate.
        layers: what it is made of.
    """

    name: str
    file: str
    view: View
    weight: float
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, eq=False)
class Bundle:
    """A trained model.

    Each member scores the slices of its view; a member's log probabilities are averaged over the
    slices, the members' are summed by weight, and the softmax of that sum is the answer.

    Attributes:
        name: as it is asked for.
        folder: where it lies.
        task, media: what it names, of what.
        labels: `(label,)` in the order of the scores.
        members: at least one.
        threshold: of `sureness`, below which a piece is called unknown.
        recipe: the resolved recipe it was trained by.
        made_by: the version of muso that made it.
        usual: `(label,)` how sure it usually is of pieces of each; empty where nobody asked.
    """

    name: str
    folder: Path
    task: str
    media: str
    labels: tuple[str, ...]
    members: tuple[Member, ...]
    threshold: float
    recipe: Mapping[str, Any]
    made_by: str
    digests: Mapping[str, str]
    usual: tuple[float, ...] = ()

    @cached_property
    def sessions(self) -> tuple[Any, ...]:
        """A running graph a member, each on one thread: two collapse on a busy machine.

        Raises:
            BundleError: a file is missing, altered or not a graph.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        started = []
        for member in self.members:
            content = read_verified(self.name, self.folder, member.file, self.digests)
            try:
                session = onnxruntime.InferenceSession(
                    content, options, providers=["CPUExecutionProvider"]
                )
            except Exception as error:
                raise BundleError(
                    f"bundle {self.name}: {member.file} is not a graph onnxruntime can run "
                    f"({str(error).splitlines()[0]}); install the bundle again"
                ) from None
            taken, given = session.get_inputs()[0].shape[1:], session.get_outputs()[0].shape[1:]
            if taken != list(member.view.shape) or given != [len(self.labels)]:
                raise BundleError(
                    f"bundle {self.name}: {member.file} takes slices of shape {taken} and gives "
                    f"{given} scores, where view and labels have {list(member.view.shape)} and "
                    f"{len(self.labels)}; it is {self.made_by}'s: train or install it again"
                )
            started.append(session)
        return tuple(started)

    @cached_property
    def learnt(self) -> frozenset[bytes]:
        """Digests of the pieces it learnt from (`muso.corpus.works.music_digests`).

        None where the bundle doesn't tell.

        Raises:
            BundleError: the file that holds them is missing or altered.
        """
        if LEARNT not in self.digests:
            return frozenset()
        content = read_verified(self.name, self.folder, LEARNT, self.digests)
        return frozenset(row.tobytes() for row in np.load(io.BytesIO(content), allow_pickle=False))

    def predict(self, piece: Any) -> Prediction:
        """Name the label of a Score, Clip or Cover."""
        return self.predict_slices(self.slices(piece))

    def slices(self, piece: Any) -> list[Slices]:
        """What each member looks at."""
        return through_each(
            [member.view for member in self.members], lambda view: view.slices(piece)
        )

    def predict_slices(self, slices: Sequence[Slices]) -> Prediction:
        """Name the label of a piece from its slices, one `Slices` a member."""
        return self._named(slices, self.log_probabilities(slices))

    def predict_each(self, pieces: Sequence[Sequence[Slices]]) -> list[Prediction]:
        """Name the labels of pieces from the slices of each, asked about together.

        A graph reads its weights once for all of them then, which for a piece of one slice takes
        longer than the sums. For as many pieces as may lie in memory together.
        """
        if not pieces:
            return []
        logs = []
        for session, own in zip(self.sessions, zip(*pieces, strict=True), strict=True):
            ends = np.cumsum([len(slices.values) for slices in own])
            log = _log_softmax(session, np.concatenate([slices.values for slices in own]))
            logs.append(np.split(log, ends[:-1]))
        return [
            self._named(slices, said)
            for slices, said in zip(pieces, zip(*logs, strict=True), strict=True)
        ]

    def _named(self, slices: Sequence[Slices], logs: Sequence[NDArray[np.float64]]) -> Prediction:
        probability = self.average([log.mean(axis=0) for log in logs])
        order = np.argsort(-probability, kind="stable")
        # A label "unknown" is music heard in training that has no name here.
        first = next(int(i) for i in order if self.labels[i] != UNKNOWN)
        sure = self.sureness(probability) >= self.threshold
        return Prediction(
            label=self.labels[first] if sure else UNKNOWN,
            probability=float(probability[first]),
            ranking=tuple((self.labels[i], float(probability[i])) for i in order),
            bundle=self.name,
            evidence=self._evidence(slices, logs, first),
            reason="" if sure else UNSURE,
        )

    def log_probabilities(self, slices: Sequence[Slices]) -> list[NDArray[np.float64]]:
        """For each member, `(slice, label)` log probabilities."""
        return [
            _log_softmax(session, own.values)
            for session, own in zip(self.sessions, slices, strict=True)
        ]

    def average(self, logs: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Probabilities `(…, label)` from each member's mean log probabilities, same shape."""
        total = sum(m.weight * log for m, log in zip(self.members, logs, strict=True))
        total = np.asarray(total)
        return np.exp(total - np.logaddexp.reduce(total, axis=-1, keepdims=True))

    def sureness(
        self, probability: NDArray[np.float64], among: Sequence[str] | None = None
    ) -> NDArray[np.float64]:
        """`(…)` how sure it is, of `(…, label)` probabilities: what `threshold` is a bar for.

        Of the names `among` alone, where they are given; `probability` is of all labels still.
        """
        return sureness(probability, self.labels, self.usual, among)

    def _evidence(
        self, slices: Sequence[Slices], logs: Sequence[NDArray[np.float64]], best: int
    ) -> tuple[Evidence, ...]:
        """What each slice of the member with most slices said, and of the label `best`."""
        most = max(range(len(logs)), key=lambda n: len(logs[n]))
        spans = zip(slices[most].start_s, slices[most].end_s, np.exp(logs[most]), strict=True)
        return tuple(
            Evidence(
                float(start_s),
                float(end_s),
                self.labels[int(said.argmax())],
                float(said.max()),
                float(said[best]),
            )
            for start_s, end_s, said in spans
        )

    def restricted(self, labels: Sequence[str]) -> NDArray[np.int64]:
        """Indices of `labels` among the bundle's.

        Raises:
            UsageError: one that the bundle doesn't know.
        """
        unknown = [label for label in labels if label not in self.labels]
        if unknown:
            raise UsageError(f"bundle {self.name} doesn't know the label {unknown[0]!r}")
        return np.array([self.labels.index(label) for label in labels], np.int64)


def _log_softmax(session: Any, values: NDArray[np.float32]) -> NDArray[np.float64]:
    """`(slice, label)` log probabilities of slices, by a running graph."""
    scores = session.run(["scores"], {"slices": values})[0].astype(np.float64)
    return np.asarray(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))


def read_verified(name: str, folder: Path, file: str, digests: Mapping[str, str]) -> bytes:
    """The content of a bundle's file.

    Raises:
        BundleError: it is missing, or not the file that the bundle was made with.
    """
    try:
        content = read_bytes(folder / file, MAX_BYTES)
    except FileError as error:
        raise BundleError(f"bundle {name}: {error}; install the bundle again") from None
    if hashlib.sha256(content).hexdigest() != digests.get(file):
        raise BundleError(
            f"bundle {name}: {shown(folder / file)} is not the file it was made "
            "with; install the bundle again"
        )
    return content


def read_bundle(folder: str | os.PathLike[str], name: str | None = None) -> Bundle:
    """Read a bundle's manifest; its graphs are checked and loaded when first asked.

    Raises:
        BundleError: no bundle there, a newer format, or a damaged manifest.
    """
    path = Path(folder)
    name = name or path.name
    try:
        table = tomllib.loads(read_bytes(path / MANIFEST, MAX_BYTES).decode())
    except FileError as error:
        raise BundleError(f"bundle {name}: {error}") from None
    except ValueError as error:
        raise BundleError(f"bundle {name}: its {MANIFEST} is damaged ({error})") from None
    if table.get("format") != FORMAT:
        raise BundleError(
            f"bundle {name}: format {table.get('format')}, this muso reads {FORMAT}; update muso"
        )
    if "encoding" in table:
        raise BundleError(f"bundle {name} composes, it doesn't name things; choose another one")
    try:
        members = tuple(
            Member(
                name=m["name"],
                file=m["file"],
                view=_view(m["view"]),
                weight=float(m["weight"]),
                layers=tuple(
                    Layer(layer["name"], tuple(layer["shape"]), layer["parameters"])
                    for layer in m["layer"]
                ),
            )
            for m in table["member"]
        )
        return Bundle(
            name=name,
            folder=path,
            task=table["task"],
            media=table["media"],
            labels=tuple(table["labels"]),
            members=members,
            threshold=float(table["threshold"]),
            recipe=table["recipe"],
            made_by=table["made_by"],
            digests=table["files"],
            usual=_usual(table),
        )
    except UsageError as error:
        raise BundleError(f"bundle {name}: {error}; update muso") from None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(
            f"bundle {name}: its {MANIFEST} is damaged ({type(error).__name__}: {error})"
        ) from None


def _usual(table: Mapping[str, Any]) -> tuple[float, ...]:
    found = tuple(float(share) for share in table.get("usual", ()))
    if found and (len(found) != len(table["labels"]) or not min(found) > 0):
        raise ValueError("usual must hold a number above 0 for each label")
    return found


def _view(settings: Mapping[str, Any]) -> View:
    options = {key: value for key, value in settings.items() if key != "name"}
    # Here, for some views ask bundles themselves.
    from muso.bundle.views import ALL_VIEWS

    name = settings["name"]
    if name not in ALL_VIEWS:
        raise UsageError(f"this muso has no view {name!r}")
    return ALL_VIEWS[name](**options)
