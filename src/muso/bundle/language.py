"""A language model at work: it reads and writes music step by step, in onnxruntime."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.bundle import FORMAT, MANIFEST, MAX_BYTES, Layer, read_verified
from muso.bundle.store import find_folder
from muso.errors import BundleError, FileError, UsageError
from muso.music.files import read_bytes
from muso.represent import ENCODINGS
from muso.represent.encoding import Encoding, Steps

TASK = "compose"
"""The task of every language model's bundle."""
STEP = "step.onnx"
WEIGHTS = "weights.safetensors"
MOOD = 3
"""Numbers of a condition before the collections: whether the mood is known, valence, arousal."""
READ_AT_ONCE = 512
"""Rows read in one call, to bound memory."""


@dataclass(frozen=True, eq=False)
class State:
    """What a model remembers: the values of its neurons, `(layer, piece, unit)` each.

    A state is a value: to hold neurons at values, `replace` an array by a changed copy.
    """

    hidden: NDArray[np.float32]
    cell: NDArray[np.float32]

    def take(self, pieces: NDArray[Any]) -> State:
        """The states of some pieces, in that order; the same one may come up again."""
        return State(self.hidden[:, pieces], self.cell[:, pieces])


@dataclass(frozen=True, eq=False)
class LanguageBundle:
    """A trained language model of music.

    To compose: `begin` a state, `advance` it by the encoding's begin row, and then, step after
    step, draw each field from `logits` among the words that `encoding.allowed` leaves (derived
    fields leave one), and `advance` by the row so made.

    Attributes:
        name: as it is asked for.
        folder: where it lies.
        encoding: what its steps say.
        collections: what it was trained on, by name; a condition may name one.
        layers, units: of the recurrence; `units` is also the width of what `advance` says.
        whole: whether its graph reads many rows in one call.
        settings: of the network, as its recipe gave them.
        recipe: the resolved recipe it was trained by.
        made_by: the version of muso that made it.
        about: one line for people.

    >>> bundle = find_language("muse.1")
    >>> said, state = bundle.advance(
    ...     bundle.begin(), bundle.encoding.begin[None], bundle.condition(valence=0.8, arousal=0.8)
    ... )
    >>> bundle.logits(said, np.zeros((1, 0), np.int16)).shape == (1, bundle.encoding.sizes[0])
    True
    """

    name: str
    folder: Path
    encoding: Encoding
    collections: tuple[str, ...]
    layers: int
    units: int
    whole: bool
    settings: Mapping[str, Any]
    recipe: Mapping[str, Any]
    made_by: str
    about: str
    parts: tuple[Layer, ...]
    digests: Mapping[str, str]
    task: str = TASK
    media: str = "score"
    labels: tuple[str, ...] = ()

    @cached_property
    def sessions(self) -> Mapping[str, Any]:
        """The running graphs by file name, each on one thread.

        Raises:
            BundleError: a file is missing, altered or not a graph.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        started = {}
        for file in (STEP, *self._head_files):
            content = read_verified(self.name, self.folder, file, self.digests)
            try:
                started[file] = onnxruntime.InferenceSession(
                    content, options, providers=["CPUExecutionProvider"]
                )
            except Exception as error:
                raise BundleError(
                    f"bundle {self.name}: {file} is not a graph onnxruntime can run "
                    f"({str(error).splitlines()[0]}); install the bundle again"
                ) from None
        return started

    @cached_property
    def _head_files(self) -> tuple[str, ...]:
        fields = range(len(self.encoding.fields))
        return tuple(head_file(f) for f in fields if f not in self.encoding.derived)

    @cached_property
    def weights(self) -> bytes:
        """The weights that training may go on from, as a safetensors file.

        Raises:
            BundleError: this bundle has none, or the file is missing or altered.
        """
        if WEIGHTS not in self.digests:
            raise BundleError(
                f"bundle {self.name} holds no weights to go on from; choose another one"
            )
        return read_verified(self.name, self.folder, WEIGHTS, self.digests)

    def condition(
        self,
        valence: float | None = None,
        arousal: float | None = None,
        collection: str | None = None,
        *,
        batch: int = 1,
    ) -> NDArray[np.float32]:
        """What the model is told of the music, `(piece, condition)`.

        Args:
            valence, arousal: -1…1; both None where the mood is left open.
            collection: one of `collections`; None leaves it open.
            batch: pieces.

        Raises:
            UsageError: only one coordinate, one out of range, or an unknown collection.
        """
        vector = np.zeros(MOOD + len(self.collections), np.float32)
        if (valence is None) != (arousal is None):
            raise UsageError("a mood has two coordinates; give valence and arousal")
        if valence is not None and arousal is not None:
            if not max(abs(valence), abs(arousal)) <= 1:
                raise UsageError(
                    f"valence {valence} and arousal {arousal} must lie within -1 and 1"
                )
            vector[:MOOD] = (1, valence, arousal)
        if collection is not None:
            if collection not in self.collections:
                known = ", ".join(self.collections)
                raise UsageError(
                    f"bundle {self.name} knows no collection {collection!r}; it knows {known}"
                )
            vector[MOOD + self.collections.index(collection)] = 1
        return np.tile(vector, (batch, 1))

    def begin(self, batch: int = 1) -> State:
        """The state before anything was read, of `batch` pieces."""
        zeros = np.zeros((self.layers, batch, self.units), np.float32)
        return State(zeros, zeros)

    def advance(
        self, state: State, rows: Steps, condition: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], State]:
        """Read one row a piece.

        Args:
            state: before the rows.
            rows: `(piece, field)`.
            condition: `(piece, condition)`, from `condition`.

        Returns:
            `(piece, unit)` what the last layer says, and the state after the rows. The first is
            the last layer of the state's `hidden`: who changes that one passes it on instead.
        """
        hidden, after = self._run(state, rows[None], condition)
        return hidden[0], after

    def read(
        self,
        steps: Steps,
        condition: NDArray[np.float32] | None = None,
        state: State | None = None,
    ) -> tuple[NDArray[np.float32], State]:
        """Read a whole piece, fast.

        Args:
            steps: `(step, field)`.
            condition: `(1, condition)`; nothing is told unless given.
            state: before the first step; that before a piece unless given.

        Returns:
            `(step, unit)` what the last layer says after each step, and the last state.
        """
        told = self.condition() if condition is None else condition
        state = self.begin() if state is None else state
        at_once = READ_AT_ONCE if self.whole else 1
        said = [np.zeros((0, self.units), np.float32)]
        for first in range(0, len(steps), at_once):
            hidden, state = self._run(state, steps[first : first + at_once, None], told)
            said.append(hidden[:, 0])
        return np.concatenate(said), state

    def logits(self, hidden: NDArray[np.float32], so_far: Steps) -> NDArray[np.float32]:
        """Scores of the next field's words, before any softmax.

        Args:
            hidden: `(piece, unit)` what `advance` said.
            so_far: `(piece, field made)` the first fields of the step; `(piece, 0)` at first.

        Returns:
            `(piece, word)`; zeros for a derived field.
        """
        field = so_far.shape[1]
        if field in self.encoding.derived:
            return np.zeros((len(hidden), self.encoding.sizes[field]), np.float32)
        given = {"hidden": hidden}
        if field:
            given["so_far"] = so_far.astype(np.int64)
        scores: NDArray[np.float32] = self.sessions[head_file(field)].run(["scores"], given)[0]
        return scores

    def surprise(
        self, steps: Steps, condition: NDArray[np.float32] | None = None
    ) -> tuple[float, float, int]:
        """What a piece costs the model, in nats.

        Args:
            steps: `(step, field)` from a begin row on.
            condition: `(1, condition)`; nothing is told unless given.

        Returns:
            nats of all words; nats of the notes' pitches alone, among the pitches, given all
            before them and the fields before them in their step; the number of notes.
        """
        hidden, _ = self.read(steps, condition)
        total = pitch = 0.0
        words, own = self.encoding.pitch_words, self.encoding.pitch_field
        notes = np.flatnonzero(self.encoding.pitches(steps[1:]) >= 0)
        for field in range(len(self.encoding.fields)):
            if field in self.encoding.derived:
                continue
            scores = self.logits(hidden[:-1], steps[1:, :field])
            total += float(_nats(scores, steps[1:, field]).sum())
            if field == own:
                among = scores[notes][:, words]
                pitch = float(_nats(among, steps[1:, field][notes] - words[0]).sum())
        return total, pitch, len(notes)

    def _run(
        self, state: State, rows: Steps, condition: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], State]:
        """`rows` `(step, piece, field)` to what is said `(step, piece, unit)`, and the state."""
        given = {
            "rows": rows.astype(np.int64),
            "condition": condition,
            "hidden": state.hidden,
            "cell": state.cell,
        }
        said, hidden, cell = self.sessions[STEP].run(["said", "hidden_after", "cell_after"], given)
        return said, State(hidden, cell)


def _nats(scores: NDArray[np.float32], word: NDArray[Any]) -> NDArray[np.float64]:
    """`(row,)` nats of each `word` under its row of scores."""
    wide = scores.astype(np.float64)
    log = np.logaddexp.reduce(wide, axis=1)
    return np.asarray(log - wide[np.arange(len(wide)), word.astype(np.int64)])


def head_file(field: int) -> str:
    """The graph that scores a field's words."""
    return f"head-{field}.onnx"


def is_language(folder: Path) -> bool:
    """Whether the bundle in `folder` is a language model; false where its manifest is damaged."""
    try:
        table = tomllib.loads(read_bytes(folder / MANIFEST, MAX_BYTES).decode())
    except (FileError, ValueError):
        return False
    return "encoding" in table


def read_language(folder: str | os.PathLike[str], name: str | None = None) -> LanguageBundle:
    """Read a language model's manifest; its graphs are checked and loaded when first asked.

    Raises:
        BundleError: no bundle there, another kind of bundle, a newer format, or damage.
    """
    from muso.bundle.memory import RememberingBundle, memory_of

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
    if "encoding" not in table:
        raise BundleError(f"bundle {name} names things, it doesn't compose; choose another one")
    try:
        bundle = LanguageBundle(
            name=name,
            folder=path,
            encoding=_encoding(table["encoding"]),
            collections=tuple(table["collections"]),
            layers=int(table["layers"]),
            units=int(table["units"]),
            whole=bool(table["whole"]),
            settings=table["network"],
            recipe=table["recipe"],
            made_by=table["made_by"],
            about=table["about"],
            parts=tuple(
                Layer(part["name"], tuple(part["shape"]), part["parameters"])
                for part in table["layer"]
            ),
            digests=table["files"],
        )
        memory = memory_of(bundle.recipe)
        return bundle if memory is None else RememberingBundle.of(bundle, memory)
    except UsageError as error:
        raise BundleError(f"bundle {name}: {error}; update muso") from None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(
            f"bundle {name}: its {MANIFEST} is damaged ({type(error).__name__}: {error})"
        ) from None


@lru_cache(maxsize=4)
def _loaded(folder: Path, changed_ns: int) -> LanguageBundle:
    return read_language(folder)


def find_language(name: str) -> LanguageBundle:
    """The language model of that name, or in that folder; asked again, the same one.

    Raises:
        UsageError: there is none. BundleError: it can't be read, or is no language model.
    """
    folder = find_folder(name)
    return _loaded(folder, (folder / MANIFEST).stat().st_mtime_ns)


def _encoding(settings: Mapping[str, Any]) -> Encoding:
    options = {key: value for key, value in settings.items() if key != "name"}
    name = settings["name"]
    if name not in ENCODINGS:
        raise UsageError(f"this muso has no encoding {name!r}")
    return ENCODINGS[name](**options)
