"""The earlier system's network: trained as it was, and asked what muso's own model is asked.

Its windows ran across the ends of songs and nothing was held out; here whole pieces are, so that
what it learnt can be told from what it knows by heart.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from muso.learn.loop import Examples, fit_network
from muso.learn.nets.next_word import NextWord
from muso.learn.recipe import FitRecipe, Recipe, read_recipe
from muso.learn.style_measure import WINDOW, Asked, Background, opening
from muso.learn.style_tokens import Token, read_tokens
from muso.music.files import whole
from muso.music.score import Score
from muso.progress import Listener, silent
from muso.represent.view import Slices, View

EARLIER = ("style-lstm", "style-bidirectional", "style-attention")
"""The shipped recipes of the earlier system and its variants."""
UNSEEN = 0
"""The index of every word that training never saw."""
EVALUATION_BATCH = 128
KEPT_BACK = 512
"""Windows of the training pieces left out of training, drawn at random; at most a tenth."""
TRIED_STEPS, WARMING = 5, 3
"""Steps timed before a training, to know how many fit into its minutes; and untimed ones before
them, in which memory is found and kernels are chosen: they take twice as long."""


class Windows(View):
    """Windows of word indices, one a piece."""

    name = "windows"
    media = "score"

    @property
    def shape(self) -> tuple[int, ...]:
        """The words of a window."""
        return (WINDOW,)

    def prepare(self, piece: Any) -> Any:
        """A window as it is."""
        return piece

    def cut(self, prepared: NDArray[np.float32]) -> Slices:
        """The window itself."""
        return Slices(np.asarray(prepared, np.float32)[None], np.zeros(1), np.ones(1))


@dataclass(frozen=True, eq=False)
class Earlier:
    """The earlier system after training.

    Attributes:
        net: gives each next word a score.
        words: its vocabulary; the first stands for all that training never saw.
        background: what is expected of notes that the network can't name.
        curves: by name, `(epoch,)`.
        size: how much of the full size was run.
        minutes: that training took.
    """

    net: nn.Module
    words: tuple[str, ...]
    background: Background
    curves: dict[str, tuple[float, ...]]
    size: str
    minutes: float = 0.0

    def ask(self, score: Score) -> Asked:
        """What it thinks of every note of `score` but those of the first window."""
        tokens = read_tokens(score)
        windows, _ = _windows([_indices(tokens, self.words)])
        return self.background.score(tokens[WINDOW:], _log_probability(self.net, windows))

    def ask_windows(self, windows: NDArray[np.float32], tokens: Sequence[Token]) -> list[Asked]:
        """What it thinks of each of the `tokens`, `(window,)`, that follow `windows`."""
        log = _log_probability(self.net, windows)
        return [
            self.background.score([token], row[None])
            for token, row in zip(tokens, log, strict=True)
        ]

    def generate(self, starts: Sequence[Sequence[Token]], count: int) -> list[list[str]]:
        """`count` words after each of `starts`, always the likeliest one, as it chose them."""
        windows = np.stack([_window(_indices(start, self.words)) for start in starts])
        made = []
        for _ in range(count):
            log = _log_probability(self.net, windows.astype(np.float32))
            log[:, UNSEEN] = -np.inf
            best = log.argmax(axis=1)
            made.append(best)
            windows = np.column_stack([windows[:, 1:], best])
        return [[self.words[index] for index in piece] for piece in np.stack(made, 1).tolist()]


def read_earlier(name: str, changes: Sequence[str] = ()) -> Recipe:
    """A recipe of the earlier system, one of `EARLIER`.

    >>> read_earlier("style-lstm").member[0].fit.batch
    64
    """
    path = resources.files("muso") / "recipes" / "style" / f"{name}.toml"
    return read_recipe(str(path), changes)


@dataclass(frozen=True, eq=False)
class Lesson:
    """A training of the earlier system, laid out: what is read and how often.

    Attributes:
        recipe: one of `read_earlier`.
        fit: the recipe's, with the epochs that fit into the minutes.
        words: the vocabulary; the first stands for all that training never saw.
        background: counted over the training pieces.
        windows, following: `(window, step)` words and `(window,)` the word after each.
        kept_back: windows of the training pieces that are not trained on, and what follows them:
            what the earlier system would have held out.
        size: how much of the full size this is.
    """

    recipe: Recipe
    fit: FitRecipe
    words: tuple[str, ...]
    background: Background
    windows: NDArray[np.float32]
    following: NDArray[np.int64]
    kept_back: tuple[NDArray[np.float32], tuple[Token, ...]]
    size: str

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        training: Sequence[Score],
        minutes: float,
        least_epochs: int = 1,
        pace: Path | None = None,
    ) -> Lesson:
        """Plan a training.

        Where not `least_epochs` over all windows fit, so many windows are drawn at random that
        they do.

        Args:
            recipe: one of `read_earlier`.
            training: scores with at least one note.
            minutes: of processor time, above 0.
            least_epochs: passes that must fit, 1 and more.
            pace: a file that keeps how long a step took, so that an interrupted training is laid
                out again as it was.
        """
        tokens = [read_tokens(score) for score in training]
        words = ("", *sorted({token.word for piece in tokens for token in piece}))
        # Windows run across the ends of pieces, as they did.
        joined = [token for piece in tokens for token in piece]
        windows, following = _windows([_indices(joined, words)])
        order = np.random.default_rng(recipe.seed).permutation(len(windows))
        aside = min(KEPT_BACK, len(order) // 10)
        back, order = order[:aside], order[aside:]
        fit = recipe.member[0].fit
        if pace is None or not pace.exists():
            net = _build(recipe, words)
            step_s = _time_step(net, windows[: fit.batch], following[: fit.batch])
            if pace is not None:
                with whole(pace) as unfinished:
                    unfinished.write_text(str(step_s), "utf-8")
        else:
            step_s = float(pace.read_text("utf-8"))
        steps = max(1, int(60.0 * minutes / step_s))
        each = max(1, min(len(order) // fit.batch, steps // least_epochs))
        epochs = min(fit.epochs, max(1, steps // each))
        kept = np.sort(order[: each * fit.batch])
        size = f"{epochs} of {fit.epochs} epochs over {len(kept):,} of {len(windows):,} windows"
        return cls(
            recipe,
            replace(fit, epochs=epochs),
            words,
            Background.of(tokens, words),
            windows[kept],
            following[kept],
            (windows[back], tuple(joined[int(n) + WINDOW] for n in back)),
            size,
        )

    def learn(
        self,
        validation: Sequence[Score],
        folder: Path,
        *,
        epochs: int | None = None,
        choose: bool = True,
        listener: Listener = silent,
    ) -> Earlier:
        """Train.

        Args:
            validation: pieces that choose the mix, and the best epoch.
            folder: for checkpoints; called again with the same one it goes on.
            epochs: all of the lesson's unless given.
            choose: keep the epoch best on `validation`, which flatters it: it kept the one best
                in training; False keeps the last.
            listener: told of progress.
        """
        torch.manual_seed(self.recipe.seed)
        held_out = [read_tokens(opening(score)) for score in validation]
        theirs, _ = _windows([_indices(piece, self.words) for piece in held_out])
        later = [token for piece in held_out for token in piece[WINDOW:]]
        net = _build(self.recipe, self.words)

        def validate(net: nn.Module) -> dict[str, float]:
            asked = self.background.score(later, _log_probability(net, theirs))
            return {"validation_loss": asked.nats / max(asked.notes, 1)}

        fitted = fit_network(
            net,
            Windows(),
            Examples(list(self.windows), self.following),
            validate if choose and len(theirs) else None,
            replace(self.fit, epochs=epochs or self.fit.epochs),
            seed=self.recipe.seed,
            folder=folder,
            stage=f"training {self.recipe.name}",
            listener=listener,
        )
        background = self.background.mixed(later, _log_probability(fitted.net, theirs))
        return Earlier(fitted.net, self.words, background, fitted.curves, self.size, fitted.minutes)


def _build(recipe: Recipe, words: Sequence[str]) -> nn.Module:
    settings = {k: v for k, v in recipe.member[0].network.items() if k != "name"}
    return NextWord(len(words), **settings)


def _window(indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """The last words as a whole window, the first one repeated where there are too few."""
    last = indices[-WINDOW:]
    return np.pad(last, (WINDOW - len(last), 0), mode="edge")


def _time_step(net: nn.Module, windows: NDArray[np.float32], following: NDArray[np.int64]) -> float:
    """Seconds of processor time of a training step; the weights stay as they are."""
    x, y = torch.from_numpy(windows), torch.from_numpy(following)
    took = []
    for _ in range(WARMING + TRIED_STEPS):
        started = time.process_time()
        with torch.autocast("cpu", torch.bfloat16, torch.ops.mkldnn._is_mkldnn_bf16_supported()):
            loss = nn.functional.cross_entropy(net(x).float(), y)
        loss.backward()  # type: ignore[no-untyped-call]
        took.append(time.process_time() - started)
    net.zero_grad(set_to_none=True)
    return float(np.median(took[WARMING:]))


def _indices(tokens: Sequence[Token], words: Sequence[str]) -> NDArray[np.int64]:
    """`(token,)` the index of each token's word."""
    known = {word: index for index, word in enumerate(words)}
    return np.array([known.get(token.word, UNSEEN) for token in tokens], np.int64)


def _windows(
    pieces: Sequence[NDArray[np.int64]],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Every window within each piece, `(window, step)`, and the word after it, `(window,)`."""
    long = [piece for piece in pieces if len(piece) > WINDOW]
    if not long:
        return np.zeros((0, WINDOW), np.float32), np.zeros(0, np.int64)
    cut = [np.lib.stride_tricks.sliding_window_view(piece, WINDOW)[:-1] for piece in long]
    following = np.concatenate([piece[WINDOW:] for piece in long])
    return np.concatenate(cut).astype(np.float32), following


def _log_probability(net: nn.Module, windows: NDArray[np.float32]) -> NDArray[np.float64]:
    """`(window, word)` log probabilities of the next word."""
    net.eval()
    out = [np.zeros((0, 1))]
    with torch.inference_mode():
        for at in range(0, len(windows), EVALUATION_BATCH):
            part = torch.from_numpy(windows[at : at + EVALUATION_BATCH])
            where = next(net.parameters()).device
            able = where.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
            with torch.autocast(where.type, torch.bfloat16, enabled=able):
                scores = net(part.to(where)).float()
            out.append(torch.log_softmax(scores, dim=1).double().cpu().numpy())
    return np.concatenate(out[1:]) if len(windows) else np.zeros((0, 1))
