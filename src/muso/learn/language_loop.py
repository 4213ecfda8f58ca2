"""Training a language model: truncated back-propagation through whole pieces."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from muso.errors import RecipeError
from muso.learn.checkpoint import Run
from muso.learn.language import LanguageNet
from muso.learn.language_data import Library, Streams
from muso.learn.loop import (
    CLIP_NORM,
    OPTIMIZERS,
    Fitted,
    autocast,
    device,
)
from muso.progress import Listener, Progress, silent
from muso.represent.encoding import PAD, Encoding

TOLD_EVERY = 10
"""Batches between two words of progress."""


@dataclass(frozen=True)
class LanguageFit:
    """How a language model is trained.

    Attributes:
        epochs: at most.
        epoch_batches: batches an epoch; 0 for as many as go over the pieces once.
        batch: streams read side by side.
        length: steps that are back-propagated through at once.
        optimizer: a name in `OPTIMIZERS`.
        rate: learning rate, at its highest.
        warm_up: batches in which the rate rises.
        decay: share of all batches at the end in which the rate falls to 0, 0…1.
        weight_decay: of weights, 0 for none.
        patience: epochs without a better held-out loss until it stops; 0 never stops early.
        shares: by collection, how often its pieces come up in one pass over the data.
    """

    epochs: int = 20
    epoch_batches: int = 0
    batch: int = 32
    length: int = 128
    optimizer: str = "adam"
    rate: float = 2e-3
    warm_up: int = 100
    decay: float = 0.3
    weight_decay: float = 0.0
    patience: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        least = {"epochs": 1, "epoch_batches": 0, "batch": 1, "length": 1}
        least |= dict.fromkeys(("warm_up", "decay", "weight_decay", "patience"), 0)
        for name, lowest in least.items():
            if not getattr(self, name) >= lowest:
                found = getattr(self, name)
                raise RecipeError(f"{name} is {found}; it must be at least {lowest}")
        if not self.rate > 0:
            raise RecipeError(f"rate is {self.rate}; it must be above 0")
        if self.optimizer not in OPTIMIZERS:
            raise RecipeError(f"no optimizer {self.optimizer!r}; there are {', '.join(OPTIMIZERS)}")

    def rate_at(self, done: float, batches: int) -> float:
        """The rate after `done` of `batches` batches: it rises, holds, and falls to 0."""
        risen = min(1.0, (done + 1) / max(self.warm_up, 1))
        left = (batches - done) / max(self.decay * batches, 1)
        return self.rate * risen * min(1.0, max(left, 0.0) if self.decay else 1.0)


def fit_language(
    net: LanguageNet,
    encoding: Encoding,
    train: Library,
    validation: Library | None,
    fit: LanguageFit,
    *,
    seed: int,
    folder: Path,
    stage: str = "training",
    minutes: float = math.inf,
    clock: Callable[[], float] = time.monotonic,
    listener: Listener = silent,
) -> Fitted:
    """Train `net` and keep the epoch best on `validation`.

    The state is carried over from chunk to chunk of a piece. A checkpoint is written after each
    epoch, whole or not at all, with the figures so far as metrics.csv beside it; called again
    with the same folder, training goes on from there.

    Args:
        net: as built, or with weights to go on from; trained in place.
        encoding: what the pieces are written in.
        train, validation: pieces; without a validation side the last epoch is kept.
        fit: how to train.
        seed: of order, variation, noise and dropout.
        folder: for the checkpoint; one folder a training.
        stage: how progress calls this.
        minutes: after which no further epoch is begun, earlier runs counted in.
        clock: that they are read from, in seconds.
        listener: told after every few batches.

    Raises:
        RecipeError: the loss is not a number. DamagedFile: the checkpoint can't be read.
    """
    net.to(device())
    streams = Streams(train, encoding, dict(fit.shares), fit.batch, fit.length, seed)
    optimizer = OPTIMIZERS[fit.optimizer](
        net.parameters(), lr=fit.rate, weight_decay=fit.weight_decay
    )
    run = _Run(folder, optimizer, state=net.begin(fit.batch), streams=streams)
    run.go_on(net)
    batches = fit.epoch_batches or streams.pass_chunks
    started, counted = clock(), run.minutes
    while run.epoch < fit.epochs and not run.out_of_patience(fit.patience):
        if run.minutes >= minutes:
            break
        torch.manual_seed(seed * 100_003 + run.epoch)
        losses: list[float] = []
        begun = clock()
        for number in range(batches):
            done = run.epoch * batches + number
            run.optimizer.param_groups[0]["lr"] = fit.rate_at(done, fit.epochs * batches)
            losses.append(_step(net, run, streams))
            if number % TOLD_EVERY == TOLD_EVERY - 1:
                each_s = (clock() - begun) / (number + 1)
                left_s = min(
                    (fit.epochs * batches - done - 1) * each_s,
                    max((minutes - run.minutes) * 60 - (clock() - begun), 0.0),
                )
                told = {"loss": float(np.mean(losses[-50:]))}
                listener(Progress(stage, done + 1, fit.epochs * batches, left_s, told))
        row = {"loss": float(np.mean(losses))}
        if validation is not None:
            row |= measure_loss(net, encoding, validation)
        if not np.isfinite(list(row.values())).all():
            raise RecipeError(
                f"{stage}: after epoch {run.epoch + 1} the loss is not a number; lower fit.rate"
            )
        spent = (clock() - started) / 60
        run.close_epoch(net, row | {"minutes": counted + spent}, spent)
        listener(Progress(stage, run.epoch * batches, fit.epochs * batches, None, row))
    if run.best:
        net.load_state_dict(run.best)
    net.eval()
    curves = {name: tuple(r[name] for r in run.rows) for name in (run.rows or [{}])[0]}
    net.to("cpu")
    return Fitted(net, curves, run.best_epoch, run.minutes)


def measure_loss(
    net: nn.Module, encoding: Encoding, library: Library, batch: int = 32, length: int = 256
) -> dict[str, float]:
    """What pieces cost the model that it knows nothing of, told what is known of them.

    Returns:
        `validation_loss`: nats a note, of all words; `validation_pitch_loss`: nats of a note's
        pitch alone, among the pitches, given all before it and the fields before it in its step.
    """
    nats, pitch, notes = losses_of_pieces(net, encoding, library, batch, length)
    return {
        "validation_loss": float(nats.sum() / notes.sum()),
        "validation_pitch_loss": float(pitch.sum() / notes.sum()),
    }


def losses_of_pieces(
    net: nn.Module, encoding: Encoding, library: Library, batch: int = 32, length: int = 256
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """`(piece,)` nats of all words, nats of the pitches among pitches, and the number of notes."""
    assert isinstance(net, LanguageNet)
    net.eval()
    nats, pitch = np.zeros(len(library)), np.zeros(len(library))
    notes = np.array([(encoding.pitches(steps) >= 0).sum() for steps in library.steps])
    order = np.argsort([-len(steps) for steps in library.steps], kind="stable")
    known = torch.from_numpy(library.conditions())
    where = next(net.parameters()).device
    for first in range(0, len(order), batch):
        chosen = order[first : first + batch]
        most = len(library.steps[chosen[0]])
        rows = np.full((most, len(chosen), len(encoding.fields)), PAD, np.int64)
        for column, piece in enumerate(chosen):
            rows[: len(library.steps[piece]), column] = library.steps[piece]
        state = None
        for at in range(0, most - 1, length):
            part = torch.from_numpy(rows[at : at + length + 1]).to(where)
            with torch.inference_mode(), autocast(where):
                hidden, state = net(part[:-1], known[chosen].to(where), state)
                target = part[1:].reshape(-1, part.shape[2])
                lost, own = _nats(net, encoding, hidden.reshape(len(target), -1), target)
            shape = (part.shape[0] - 1, len(chosen))
            nats[chosen] += lost.reshape(shape).sum(0).double().cpu().numpy()
            pitch[chosen] += own.reshape(shape).sum(0).double().cpu().numpy()
    return nats, pitch, notes


def _nats(
    net: LanguageNet, encoding: Encoding, hidden: Tensor, rows: Tensor
) -> tuple[Tensor, Tensor]:
    """`(row,)` nats of all words, and of the pitch among pitches where there is one."""
    there = rows[:, 0] != PAD
    words = torch.from_numpy(encoding.pitch_words).to(rows.device)
    field = encoding.pitch_field
    scores = net.logits(field, hidden, rows[:, :field]).float()[:, words]
    own = rows[:, field] - words[0]
    is_note = (own >= 0) & (own < len(words)) & there
    told = nn.functional.cross_entropy(scores, own.clamp(0, len(words) - 1), reduction="none")
    return net.losses(hidden, rows).sum(1) * there, told * is_note


@dataclass
class _Run(Run):
    """A training that carries a state over and goes through streams of pieces."""

    state: tuple[Tensor, Tensor] = field(kw_only=True)
    streams: Streams = field(kw_only=True)

    def beside(self) -> dict[str, Any]:
        return {
            "position": self.streams.position,
            "hidden": self.state[0],
            "cell": self.state[1],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.streams.go_to(state["position"])
        self.state = (state["hidden"], state["cell"])


def _step(net: LanguageNet, run: _Run, streams: Streams) -> float:
    """One batch; the mean loss of a step."""
    net.train()
    chunk = streams.chunk()
    where = run.state[0].device
    rows = torch.from_numpy(chunk.rows).to(where)
    keep = torch.from_numpy(~chunk.fresh).to(where)[None, :, None]
    state = (run.state[0] * keep, run.state[1] * keep)
    target = rows[1:].reshape(-1, rows.shape[2])
    there = target[:, 0] != PAD
    with autocast(where):
        hidden, state = net(rows[:-1], torch.from_numpy(chunk.condition).to(where), state)
        lost = net.losses(hidden.reshape(len(target), -1)[there], target[there])
        loss = lost.sum(1).mean()
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(net.parameters(), CLIP_NORM)
    run.optimizer.step()
    run.state = (state[0].detach().float(), state[1].detach().float())
    return float(loss.detach())
