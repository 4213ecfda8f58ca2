"""The earlier system learnt from one's own folder: a report to hold a style against.

Its network names notes and chords without rhythm, length or loudness, so it is no model that
composes: what comes of it is a report, its curve, and pieces as it wrote them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from muso.bundle.language import LanguageBundle
from muso.bundle.store import home
from muso.corpus.digest import short_digest
from muso.corpus.split import TEST, TRAIN, VALIDATION
from muso.errors import RecipeError, shown
from muso.judge.intervals import Interval
from muso.judge.markdown import table
from muso.judge.pictures import draw_training
from muso.judge.report import Curves
from muso.learn.style import build_on
from muso.learn.style_earlier import Earlier, Lesson, read_earlier
from muso.learn.style_folder import Folder
from muso.learn.style_measure import WINDOW, ask_model, opening, pitch_loss
from muso.learn.style_tokens import read_tokens, write_tokens
from muso.music.files import opening as writing
from muso.music.files import whole
from muso.music.midi import write_score
from muso.progress import Listener, silent

MINUTES = 10.0
"""Of processor time, unless `minutes=` says otherwise: as the shipped recipe has."""
SAMPLES, WORDS = 3, 200


@dataclass(frozen=True)
class Rival:
    """What came of the earlier system.

    Attributes:
        folder: with REPORT.md, training.png and samples.
        report: as REPORT.md has it.
        losses: by who was asked, nats a note of the pitch class of the next note of pieces held
            out; the earlier network first.
        size: how much of its recipe was run.
        samples: pieces as it wrote them.
    """

    folder: Path
    report: str
    losses: dict[str, Interval]
    size: str
    samples: tuple[Path, ...]


def train_rival(
    name: str,
    changes: Sequence[str],
    folder: Folder,
    base: LanguageBundle,
    target: Path,
    listener: Listener = silent,
) -> Rival:
    """Train the earlier system on a folder and report what it knows of the pieces held out.

    Args:
        name: of its recipe, one of `EARLIER`.
        changes: `key=value` each, over the recipe's; `minutes=` is the time it may take.
        folder: what to learn.
        base: muso's own model, asked beside it before it has learnt anything.
        target: folder of the report.
        listener: told of progress. Interrupted, the same call goes on.

    Raises:
        RecipeError: an unknown key, or a value of the wrong kind.
    """
    minutes, others = _minutes(changes)
    recipe = read_earlier(name, others)
    told = [repr(recipe), repr(minutes), folder.digest, target.name]
    run = home() / "runs" / f"style-{target.name}-{short_digest(told)}"
    with writing(run):
        run.mkdir(parents=True, exist_ok=True)
    sides = {side: [folder.scores[n] for n in folder.on(side)] for side in (0, 1, 2)}
    lesson = Lesson.of(recipe, sides[TRAIN], minutes, pace=run / "step_s.txt")
    earlier = lesson.learn(sides[VALIDATION], run, listener=listener)
    asked = [opening(score) for score in sides[TEST]]
    works = [folder.pieces[n].work for n in folder.on(TEST)]
    chance = replace(earlier.background, mix=1.0)
    by_count = [
        chance.score(later, np.zeros((len(later), len(earlier.words))))
        for later in (read_tokens(score)[WINDOW:] for score in asked)
    ]
    own = ask_model(build_on(base, {}), base.encoding, asked)
    losses = {
        name: pitch_loss([earlier.ask(score) for score in asked], works),
        "its words by frequency alone": pitch_loss(by_count, works),
        f"{base.name}, before it learnt anything": pitch_loss(own, works),
    }
    report = _report(recipe.name, folder, earlier, losses)
    samples = _write(target, report, recipe.name, folder, earlier)
    shutil.rmtree(run, ignore_errors=True)
    return Rival(target, report, losses, earlier.size, samples)


def _minutes(changes: Sequence[str]) -> tuple[float, list[str]]:
    """The time that changes ask for, and the other changes."""
    others = [change for change in changes if not change.startswith("minutes=")]
    asked = [change.partition("=")[2] for change in changes if change.startswith("minutes=")]
    try:
        minutes = float(asked[-1]) if asked else MINUTES
    except ValueError:
        raise RecipeError(f"minutes is {asked[-1]!r}; it must be a number") from None
    if not minutes > 0:
        raise RecipeError(f"minutes is {minutes:g}; it must be above 0")
    return minutes, others


def _report(name: str, folder: Folder, earlier: Earlier, losses: dict[str, Interval]) -> str:
    parts = [
        f"# {name} on {shown(folder.name)}",
        "The surprise of the pitch class of the next note, in nats a note of held-out pieces "
        "(lower is better), with 95% intervals over works.",
        table(["", "the next note"], [[who, str(loss)] for who, loss in losses.items()]),
        f"Run: {earlier.size}, {earlier.minutes:,.1f} minutes.",
        "It names notes and chords without rhythm, length or loudness, always the likeliest "
        "one; it is there to be compared with, and does not compose.",
    ]
    return "\n\n".join(parts) + "\n"


def _write(
    target: Path, report: str, name: str, folder: Folder, earlier: Earlier
) -> tuple[Path, ...]:
    """Write report, curve and samples; the paths of the samples."""
    with writing(target):
        target.mkdir(parents=True, exist_ok=True)
    with whole(target / "REPORT.md") as unfinished:
        unfinished.write_text(report, "utf-8")
    held_out = earlier.curves.get("validation_loss", earlier.curves["loss"])
    curves = Curves(earlier.curves, 1 + int(np.argmin(held_out)))
    draw_training(curves, target / "training.png", title=name)
    learnt = [read_tokens(folder.scores[n])[:WINDOW] for n in folder.on(TRAIN)[:SAMPLES]]
    paths = []
    for number, words in enumerate(earlier.generate(learnt, WORDS), 1):
        paths.append(target / f"sample-{number}.mid")
        write_score(write_tokens(words), paths[-1])
    return tuple(paths)
