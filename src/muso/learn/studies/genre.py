"""The genre study: six networks on GTZAN, the last with examples that a GAN makes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from muso.corpus.corpus import Corpus
from muso.corpus.importers import import_corpus
from muso.corpus.pictures import FOLDER
from muso.errors import CorpusError
from muso.judge.intervals import Interval, number_works, resample
from muso.learn.studies.study import HONEST, Context, Experiment, NotHere, Outcome, Study
from muso.learn.studies.trials import find_corpus, outcome_of, scaled, try_each

if TYPE_CHECKING:
    from muso.learn.recipe import Recipe
    from muso.learn.training import Trial

TABLE = "tracks.csv"
PROTOCOLS = ("slice", "piece", HONEST)
PIECES = 709
"""Of the collection that costs were measured on."""
FAULTY = "faulty"
TIMBRE = ("genre-net5", "genre-net6")
DRAWN = ("split.test=''", "split.held_out=0.2", "split.validation=0.1", "ship_all=false")
"""The shipped recipe on splits drawn as for the others, not on the published sides."""


def clips_of(data: Path) -> Corpus:
    """GTZAN at `data`: its pictures where they lie beside a table, else its sound.

    Raises:
        CorpusError: it is neither.
    """
    return find_corpus(data, TABLE) if _pictured(data) else import_corpus("gtzan", data)


def _scale(data: Path) -> float:
    return len(clips_of(data)) / PIECES


def _pictured(data: Path) -> bool:
    table = data if data.is_file() else data / TABLE
    return table.is_file() and (table.parent / FOLDER).is_dir()


def _recipe(name: str, changes: tuple[str, ...], context: Context) -> Recipe:
    """A shipped recipe; where there is sound, timbre is the study's own, not read off pictures."""
    from muso.learn.recipe import read_recipe

    if name in TIMBRE and not _pictured(context.data):
        changes = ("view.name='timbre'", *changes)
    return read_recipe(name, changes)


def _net(
    name: str, changes: tuple[str, ...], protocols: tuple[str, ...], context: Context
) -> Outcome:
    """One network under the study's protocol, under the others, and under `work`."""
    recipe = _recipe(name, changes, context)
    return outcome_of(*try_each(context, recipe, clips_of(context.data), protocols))


def _gan(changes: tuple[str, ...], context: Context) -> Outcome:
    """Net6 and Net5 on the same splits, tested on real clips alone; what the GAN added."""
    with_gan, size = scaled(_recipe("genre-net6", changes, context), context.share)
    (member,) = with_gan.member
    epochs = max(1, round(member.gan.epochs * context.share))
    member = replace(member, gan=replace(member.gan, epochs=epochs))
    with_gan = replace(with_gan, member=(member,))
    if epochs < 100:
        size += f", {epochs} of 100 of the GAN"
    without = replace(with_gan, member=(replace(member, gan=replace(member.gan, share=0.0)),))
    corpus, half = clips_of(context.data), replace(context, share=1.0, minutes=context.minutes / 2)
    ours, plain = (try_each(half, one, corpus, PROTOCOLS)[0] for one in (with_gan, without))
    outcome = outcome_of(ours, with_gan, size)
    gains = {f"{name}.gain_by_gan": gain(ours[name], plain[name], context.seed) for name in ours}
    bare = {f"{name}.accuracy_without_gan": t.report.metrics.accuracy for name, t in plain.items()}
    return replace(outcome, metrics={**outcome.metrics, **gains, **bare})


def gain(ours: Trial, other: Trial, seed: int) -> Interval:
    """By how much more of the same units `ours` named rightly, -1…1, with its interval over works.

    Fair because both were asked of the very same units: what is hard for both cancels out.
    """
    hits = [trial.probability.argmax(axis=1) == trial.truth for trial in (ours, other)]
    difference = hits[0].astype(float) - hits[1]
    works = number_works(ours.works)
    found = resample(
        lambda weight: np.array([weight @ difference / weight.sum()]),
        works,
        np.random.default_rng(seed),
    )
    low, high = np.quantile(found[:, 0], [0.025, 0.975])
    return Interval(float(difference.mean()), float(low), float(high))


def _sound(context: Context) -> Outcome:
    """Net6 in the domain of sound: the GAN makes segments of 66,000 samples.

    Said to work, and no more: where few clips of few artists are at hand, their accuracy tells
    nothing of other music.

    Raises:
        NotHere: there is no sound at hand.
    """
    from muso.learn.gan import with_made
    from muso.learn.loop import Examples, fit_network
    from muso.learn.nets import build_net
    from muso.learn.recipe import GanRecipe, read_recipe
    from muso.represent.timbre import Timbre, timbre

    try:
        corpus = import_corpus("gtzan", context.data)
    except CorpusError as error:
        raise NotHere(str(error)) from None
    corpus = replace(corpus, pieces=tuple(p for p in corpus.pieces if p.split != FAULTY))
    labels = corpus.labels
    if len(labels) < 2:
        raise CorpusError(f"{corpus.name}: the GAN of sound needs clips of two genres or more")
    view = Timbre()
    sound = [_segments(piece.path, view.segment) for piece in corpus.pieces]
    target = np.array([labels.index(piece.label) for piece in corpus.pieces])
    epochs = max(1, round(100 * context.share))
    recipe = GanRecipe(share=0.5, epochs=epochs)
    made, wanted = with_made(
        sound, target, sound[0].shape[1:], recipe, seed=context.seed, listener=context.listener
    )
    features = [timbre(segments, view.n_fft, view.hop) for segments in made]
    fit = replace(read_recipe("genre-net6").member[0].fit, epochs=max(1, round(50 * context.share)))
    net = build_net({"name": "stacked_lstm"}, view.shape, len(labels))
    fitted = fit_network(
        net, view, Examples(features, wanted), None, fit,
        seed=context.seed, folder=context.folder / "net6-sound", listener=context.listener,
    )  # fmt: skip
    losses = fitted.curves["loss"]
    size = (
        f"{epochs} of 100 epochs of the GAN on {len(corpus)} clips; {len(made) - len(sound)} "
        f"segments made; the loss of Net5 on both fell from {losses[0]:.2f} to {losses[-1]:.2f}; "
        "no accuracy is claimed"
    )
    return Outcome({"gan": vars(recipe)}, {}, {}, size)


def _segments(path: Path, length: int) -> NDArray[np.float32]:
    """`(segment, sample)` of a clip."""
    from muso.music.clip import read_clip
    from muso.represent.spectrum import mono_blocks, windows

    return np.concatenate(list(windows(mono_blocks(read_clip(path)), length, length)))


NETS = (
    ("net1", "fully connected, coloured pictures of 180 × 180", "0.39 to 0.71", 7),
    ("net2", "convolutional, the same pictures", "0.39 to 0.71", 50),
    ("net3", "with batch normalization", "0.39 to 0.71", 56),
    ("net4", "the same under RMSprop", "0.39 to 0.71", 56),
)

GENRE = Study(
    name="genre",
    says="what genre a recording is of: six networks on GTZAN",
    experiments=(
        *(
            Experiment(
                name, says, claim, "piece", minutes,
                partial(_net, f"genre-{name}", (), ("piece", HONEST)), scale=_scale,
            )
            for name, says, claim, minutes in NETS
        ),
        Experiment(
            "net5", "two LSTM layers of 128 on timbre, ten segments a clip", "0.85", "slice", 6,
            partial(_net, "genre-net5", (), PROTOCOLS), scale=_scale,
        ),
        Experiment(
            "net5-rmsprop", "the same under RMSprop", "0.83", "slice", 6,
            partial(_net, "genre-net5", ("fit.optimizer='rmsprop'",), PROTOCOLS), scale=_scale,
        ),
        Experiment(
            "net6", "Net5 with a GAN's features", "0.92", "slice", 40, partial(_gan, ()),
            scale=_scale,
        ),
        Experiment(
            "net6-rmsprop", "the same under RMSprop", "", "slice", 40,
            partial(_gan, ("fit.optimizer='rmsprop'",)), scale=_scale,
        ),
        Experiment(
            "net6-sound", "Net5 with a GAN's sound: shown to work", "0.80, RMSprop 0.76", "slice",
            60, _sound,
        ),
        Experiment(
            "muso", "the shipped recipe", "", "piece", 8,
            partial(_net, "genre", DRAWN, ("piece", HONEST)), scale=_scale,
        ),
    ),
    notes=(
        "The study named neither its split nor its artists; its segments were most likely "
        "shuffled, so that parts of one clip stood on both sides: the protocol `slice`.",
        "Net1 to Net4 look at whole clips: for them `slice` is `piece`.",
        "On pictures of spectrograms the timbre is coarse: 129 bins, one frame in six.",
        "Of the pictures faulty clips (Sturm 2013) are left out, and under `work` no artist is on "
        "two sides. GTZAN's own folders tell neither: there `work` keeps only copies together.",
    ),
)  # fmt: skip
