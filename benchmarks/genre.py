"""The genre of recordings: how fast, how good over artists, how alike by sound and by picture.

    python -m benchmarks.genre [--data FOLDER] [--rounds N] [--json]

A song of four minutes, chords over noise in stereo at 44,100 Hz as MP3, is identified by the
command, start included; the quickest of some rounds counts, for other programs run too, and
processor time stands beside it. With the pictures of GTZAN (`tracks.csv` beside `spectrograms`) the
shipped recipe is cross-validated over artists, its members weighed alike, with an interval over
artists, beside an SVM on statistics of bands. With sound too (`audio`), models that heard none of
those artists say how many of the clips they name alike by sound and by picture.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.corpus.corpus import Corpus
from muso.corpus.importers import import_corpus
from muso.corpus.manifest import read_corpus
from muso.corpus.split import TEST, folds
from muso.judge.intervals import Interval, share_interval
from muso.learn.data import Data, read_data
from muso.learn.fitting import BASELINES
from muso.learn.loop import Examples
from muso.learn.members import build_view, train_member
from muso.learn.recipe import MemberRecipe, read_recipe
from muso.music.clip import Clip, write_clip
from muso.progress import silent

Asked = tuple[Data, NDArray[np.int64]]
"""Prepared clips, and which of them."""

FOLDS, SEED = 5, 0
RATE, LENGTH_S = 44_100, 240


def song() -> Clip:
    """Four minutes of chords over noise, in stereo."""
    time_s = np.arange(RATE * LENGTH_S) / RATE
    root = 220 * 2 ** (
        np.random.default_rng(0).integers(0, 12, 2 * LENGTH_S)[(2 * time_s).astype(int)] / 12
    )
    sound = sum(np.sin(2 * np.pi * k * root * time_s) / k for k in (1, 2, 3))
    noise = np.random.default_rng(1).normal(0, 0.05, (2, len(time_s)))
    return Clip((0.2 * sound + noise).astype(np.float32), RATE)


def timed(rounds: int) -> dict[str, float]:
    """Seconds of the clock and of the processor that `muso identify` takes, at best."""
    walls, processor = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "song.mp3")
        write_clip(song(), file)
        for _ in range(rounds):
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            subprocess.run([sys.executable, "-m", "muso", "identify", "--json", str(file)],
                           check=True, capture_output=True)  # fmt: skip
            walls.append(time.monotonic() - began)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"seconds": min(walls), "processor_s": min(processor)}


def without_faults(corpus: Corpus) -> Corpus:
    """The clips that Sturm (2013) found no fault with."""
    return replace(corpus, pieces=tuple(p for p in corpus.pieces if p.split != "faulty"))


def read(corpus: Corpus, members: list[MemberRecipe]) -> Data:
    """Every clip under the view of every member."""
    return read_data(corpus, [build_view(member) for member in members], "clip")


def said_by(
    members: list[MemberRecipe], data: Data, train: NDArray[np.int64], asked: list[Asked]
) -> list[NDArray[np.float64]]:
    """For each of `asked` `(piece, label)` log probabilities, by members fitted on `train`."""
    said = [np.zeros((len(pieces), len(data.labels))) for _, pieces in asked]
    for number, member in enumerate(members):
        examples = Examples(data.prepared[number], data.target).take(train)
        with tempfile.TemporaryDirectory() as folder:
            fitted = train_member(
                member, build_view(member), examples, None, len(data.labels),
                seed=SEED, folder=Path(folder), listener=silent,
            )  # fmt: skip
        for log, (side, pieces) in zip(said, asked, strict=True):
            log += fitted.log_probability([side.prepared[number][i] for i in pieces])
    return said


def cross_validated(data: Data, members: list[MemberRecipe]) -> Interval:
    """The share of clips named rightly by models that heard nothing of their artists."""
    labels = [data.labels[t] for t in data.target]
    right = np.zeros(len(labels))
    for fold in folds(labels, data.works, FOLDS, SEED):
        train, test = np.flatnonzero(fold.side != TEST), np.flatnonzero(fold.side == TEST)
        (said,) = said_by(members, data, train, [(data, test)])
        right[test] = said.argmax(axis=1) == data.target[test]
    return share_interval(right, data.works)


def alike(data: Data, sound: Data, members: list[MemberRecipe]) -> Interval:
    """The share of clips named alike by sound and by picture."""
    track = {piece.path.stem: i for i, piece in enumerate(data.pieces)}
    pairs = [(i, track[p.path.stem]) for i, p in enumerate(sound.pieces) if p.path.stem in track]
    heard = {data.works[i] for _, i in pairs}
    train = np.array([i for i, work in enumerate(data.works) if work not in heard])
    heard_at, seen_at = np.array(pairs).T
    asked = [(sound, heard_at), (data, seen_at)]
    by_sound, by_picture = (said.argmax(axis=1) for said in said_by(members, data, train, asked))
    return share_interval(by_sound == by_picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, help="GTZAN as pictures, with sound or without")
    parser.add_argument("--rounds", type=int, default=5, help="how often the song is identified")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    found: dict[str, Any] = {"four_minutes": timed(arguments.rounds)}
    if arguments.data:
        members, rival = list(read_recipe("genre").member), [BASELINES["clip"]]
        clips = without_faults(read_corpus(arguments.data / "tracks.csv"))
        data = read(clips, members)
        found["cross_validated"] = cross_validated(data, members).as_dict()
        found["svm_on_bands"] = cross_validated(read(clips, rival), rival).as_dict()
        if (arguments.data / "audio").is_dir():
            sound = read(import_corpus("gtzan", arguments.data / "audio"), members)
            found["alike"] = alike(data, sound, members).as_dict()
    if arguments.json:
        print(json.dumps(found))
        return
    quick = found.pop("four_minutes")
    print(f"a song of four minutes: {quick['seconds']:.2f} s, {quick['processor_s']:.2f} s of "
          "processor time")  # fmt: skip
    for name, figure in found.items():
        print(f"{name.replace('_', ' ')}: {Interval.of_dict(figure)}")


if __name__ == "__main__":
    main()
