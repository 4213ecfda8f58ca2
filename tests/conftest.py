"""What the tests of several rooms share: composers by rule, and models that know or imitate."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from muso.bundle.bundle import Bundle
from muso.bundle.language import State
from muso.music.midi import write_score
from muso.music.score import Score
from muso.represent.notes import Notes

# Where tests run in the background, interrupts may be ignored, and children would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no failure.
settings.register_profile("muso", deadline=None)
settings.load_profile("muso")

WORKS = 12

RECIPE = """
name = "toy"
task = "composer"
seed = 1

[split]
held_out = 0.25
validation = 0.25

[[member]]
name = "patterns"
view = { name = "ngrams", bits = 8 }
classical = { name = "linear_svm" }

[[member]]
name = "roll"
network = { name = "resnet", width = 4, blocks = 1, drop = 0.0 }

[member.view]
name = "pianoroll"
frames = 64
channels = ["sounding", "onset"]
lowest = 21
pitches = 88
most = 3

[member.fit]
epochs = 3
batch = 8
rate = 1e-2

[[member]]
name = "descriptors"
network = { name = "dense", hidden = [16], drop = 0.0 }
view = { name = "descriptors", groups = ["rate", "interval", "duration"] }
fit = { epochs = 6, batch = 8, rate = 1e-2 }
"""


def walker(rng: np.random.Generator) -> Score:
    """One voice that goes by step, in even notes."""
    pitch = 60 + np.cumsum(rng.choice([-2, -1, 1, 2], 64)) % 24
    return Score.of(pitch, np.arange(64) / 2, np.full(64, 0.5), rng.integers(40, 90, 64))


def leaper(rng: np.random.Generator) -> Score:
    """One voice that leaps, long notes and short ones in turn."""
    pitch = 48 + np.cumsum(rng.choice([-11, -9, -7, 7, 9, 11], 64)) % 36
    onset = np.cumsum(np.tile([0.75, 0.25], 32)) - 0.75
    return Score.of(pitch, onset, np.tile([0.75, 0.25], 32), rng.integers(40, 90, 64))


def chorder(rng: np.random.Generator) -> Score:
    """Slow triads under a tune of their own."""
    roots = 48 + np.cumsum(rng.choice([-5, -3, 2, 4, 5], 24)) % 14
    pitch = np.concatenate([roots, roots + 4, roots + 7, roots + rng.choice([12, 15, 17, 19], 24)])
    return Score.of(pitch, np.tile(np.arange(24) * 2, 4), np.full(96, 2.0), 64)


COMPOSERS: dict[str, Callable[[np.random.Generator], Score]] = {
    "Chorder": chorder,
    "Leaper": leaper,
    "Walker": walker,
}


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A muso home of the tests' own, so that nobody's is touched."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUSO_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three composers by rule, 12 works each, a folder a composer. Not to be written to."""
    folder = tmp_path_factory.mktemp("corpus")
    for number, (name, compose) in enumerate(COMPOSERS.items()):
        (folder / name).mkdir()
        for work in range(WORKS):
            write_score(
                compose(np.random.default_rng([number, work])), folder / name / f"{work:02}.mid"
            )
    return folder


@pytest.fixture(scope="session")
def recipe_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe with one member of each kind, small enough for a few seconds."""
    file = tmp_path_factory.mktemp("recipe") / "toy.toml"
    file.write_text(RECIPE)
    return file


@pytest.fixture(scope="session")
def bundle(home: Path, corpus_folder: Path, recipe_file: Path) -> Bundle:
    """The bundle `toy.1`, trained on the composers by rule. Not to be written to."""
    from muso import service

    return service.train(recipe_file, corpus_folder, name="toy.1").bundle


@pytest.fixture
def own_home(tmp_path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one test's own, where the toy bundle stands in for the default `composer.1`."""
    folder = tmp_path / "home"
    shutil.copytree(bundle.folder, folder / "bundles" / "composer.1")
    monkeypatch.setenv("MUSO_HOME", str(folder))
    return folder


LIKELY = {"4/4": 9.0, "t_119": 9.0, "g_12": 5.0, "g_24": 4.0, "g_0": 3.0, "end": 1.0}
WHITE = (0, 2, 4, 5, 7, 9, 11)


@dataclass
class Rambler:
    """A model that composes by rule: in white keys near the last, louder for more arousal.

    Attributes:
        stuck: says nothing but the same four notes, as a model caught in a loop would.
    """

    name: str = "rambler.1"
    encoding: Notes = field(default_factory=Notes)
    collections: tuple[str, ...] = ("emopia",)
    stuck: bool = False
    folder: Path = Path("rambler.1")
    digests: Mapping[str, str] = field(default_factory=dict)

    def condition(
        self,
        valence: float | None = None,
        arousal: float | None = None,
        collection: str | None = None,
    ) -> NDArray[np.float32]:
        return np.array([[valence is not None, valence or 0, arousal or 0]], np.float32)

    def begin(self, batch: int = 1) -> State:
        nothing = np.zeros((1, batch, 8), np.float32)
        return State(nothing, nothing)

    def advance(
        self, state: State, rows: NDArray[np.int16], condition: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], State]:
        heard = np.where(rows > 0, rows, state.hidden[0, :, :5])
        said = np.concatenate([heard, condition], axis=1).astype(np.float32)
        return said, State(said[None], said[None])

    def read(self, steps: NDArray[np.int16]) -> tuple[NDArray[np.float32], State]:
        state, said = self.begin(), []
        for row in steps:
            hidden, state = self.advance(state, row[None], self.condition())
            said.append(hidden)
        return np.concatenate(said), state

    def logits(self, hidden: NDArray[np.float32], so_far: NDArray[np.int16]) -> NDArray[np.float32]:
        words = self.encoding.words[so_far.shape[1]]
        if so_far.shape[1] == 0:
            return np.tile([LIKELY.get(word, -9.0) for word in words], (len(hidden), 1))
        number = np.array([int(word[2:]) if word[1:2] == "_" else 0 for word in words])
        if so_far.shape[1] != 2:
            middle = 12 + 0 * hidden[:, :1] if so_far.shape[1] == 3 else 70 + 30 * hidden[:, -1:]
            return np.asarray(-abs(number - middle) / 8.0)
        last = np.where(hidden[:, 2] > 0, hidden[:, 2] + 20, 60)[:, None]
        if self.stuck:
            after = {60: 64, 64: 67, 67: 62, 62: 60}
            wanted = np.array([after.get(int(pitch), 60) for pitch in last[:, 0]])
            return np.where(number == wanted[:, None], 20.0, 0.0)
        return np.where(np.isin(number % 12, WHITE), 3.0, -3.0) - abs(number - last) / 3.0


@pytest.fixture
def rambler() -> Rambler:
    """A model that composes by rule."""
    return Rambler()


@pytest.fixture
def stuck() -> Rambler:
    """One that is caught in a loop."""
    return Rambler(stuck=True)


@pytest.fixture
def composing(rambler: Rambler, monkeypatch: pytest.MonkeyPatch) -> Rambler:
    """Whatever is asked to compose is the model by rule, and moods are heard by loudness alone."""
    from muso.service import composing, judging

    def hear(score: Score) -> dict[str, float]:
        loud = float(np.clip(score.velocity.mean() / 128, 0, 1))
        return {"sad": (1 - loud) / 2, "calm": (1 - loud) / 2, "angry": loud / 2, "happy": loud / 2}

    monkeypatch.setattr("muso.bundle.language.find_language", lambda name: rambler)
    for room in (composing, judging):
        monkeypatch.setattr(room, "mood_ear", lambda bundle="": hear)
    return rambler
