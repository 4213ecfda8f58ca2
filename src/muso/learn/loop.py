"""The one training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from muso.errors import RecipeError
from muso.learn.checkpoint import Run
from muso.learn.recipe import FitRecipe
from muso.progress import Listener, Progress, silent
from muso.represent.view import View

WARMUP = 0.05
"""Share of all steps in which the rate of the cosine schedule rises."""
CLIP_NORM = 5.0
EVALUATION_BATCH = 64
SETTLING = 2000
"""Slices, about, from which batch normalization is measured anew."""

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    # Fused: a dense layer over a whole picture has 66 million weights, gone over once, not often.
    "adam": partial(torch.optim.Adam, fused=True),
    "adamw": partial(torch.optim.AdamW, fused=True),
    "adamax": torch.optim.Adamax,
    "nadam": torch.optim.NAdam,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}


@dataclass(frozen=True, eq=False)
class Examples:
    """Prepared pieces with their targets.

    Attributes:
        prepared: `(piece,)` what the view's `prepare` gave.
        target: `(piece,)` index of the label.
    """

    prepared: Sequence[Any]
    target: NDArray[np.int64]

    def take(self, index: NDArray[np.int64]) -> Examples:
        """The examples at `index`."""
        return Examples([self.prepared[i] for i in index], self.target[index])


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network: the weights of its best epoch, and how it went there.

    Attributes:
        curves: by name, `(epoch,)`: loss, and on the validation side loss and accuracy.
        best_epoch: from 1 on.
        minutes: of training.
    """

    net: nn.Module
    curves: dict[str, tuple[float, ...]]
    best_epoch: int
    minutes: float


def device() -> torch.device:
    """The GPU when there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fit_network(
    net: nn.Module,
    view: View,
    train: Examples,
    validation: Examples | Callable[[nn.Module], dict[str, float]] | None,
    recipe: FitRecipe,
    *,
    seed: int,
    folder: Path,
    stage: str = "training",
    listener: Listener = silent,
) -> Fitted:
    """Train `net` on slices drawn from `train`, and keep the epoch best on `validation`.

    Without a validation side the last epoch is kept. A checkpoint is written after each epoch,
    whole or not at all, with the figures so far as metrics.csv beside it; called again with the
    same folder, training goes on from there and ends in the same weights.

    Args:
        net: as built; trained in place.
        view: draws the slices.
        train, validation: prepared pieces. In place of the second, what measures the network
            after each epoch and gives at least a `validation_loss`.
        recipe: how to train.
        seed: of batches, draws and dropout.
        folder: for the checkpoint; one folder a training.
        stage: how progress calls this.
        listener: told after every few steps.

    Raises:
        RecipeError: a training that came to no figures at all.
    """
    where = device()
    # Channels last is the layout convolutions on processors are fastest in.
    net = net.to(where).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer, loss = _optimizer(net, recipe), _loss(recipe, train.target)
    run = Run(folder, optimizer)
    run.go_on(net)
    pool = np.repeat(np.arange(len(train.target)), [view.weight(p) for p in train.prepared])
    steps = max(1, len(pool) // recipe.batch)
    started, begun_at = time.monotonic(), run.epoch
    while run.epoch < recipe.epochs and not run.ended(recipe):
        rng = np.random.default_rng([seed, run.epoch])
        torch.manual_seed(seed * 100_003 + run.epoch)
        losses = []
        drawn = _shuffled(pool, train.target, recipe.sampling, rng)
        for number, (values, target) in enumerate(_batches(view, train, drawn, recipe.batch, rng)):
            _set_rate(optimizer, recipe, (run.epoch * steps + number) / (recipe.epochs * steps))
            there = values.to(where), target.to(where)
            losses.append(_step(net, optimizer, loss, recipe, *there, rng))
            done = (run.epoch - begun_at) * steps + number + 1
            if number % 10 == 9:
                step_s = (time.monotonic() - started) / done
                last = _last_epoch(recipe, steps * step_s / 60, run.epoch + 1)
                left_s = ((last - begun_at) * steps - done) * step_s
                told = {"loss": float(np.mean(losses[-50:]))}
                listener(
                    Progress(stage, begun_at * steps + done, recipe.epochs * steps, left_s, told)
                )
        row = {"loss": float(np.mean(losses))}
        _settle(net, view, train, rng)
        if validation is not None:
            even = recipe.class_weight == "adjusted"
            measured = (
                validation if callable(validation) else partial(_validate, view, validation, even)
            )
            row |= measured(net)
        if not np.isfinite(list(row.values())).all():
            raise RecipeError(
                f"{stage}: after epoch {run.epoch + 1} the loss is not a number; lower fit.rate"
            )
        run.close_epoch(net, row, (time.monotonic() - started) / 60)
        listener(Progress(stage, run.epoch * steps, recipe.epochs * steps, None, row))
    net.load_state_dict(run.best)
    net.eval()
    curves = {name: tuple(row[name] for row in run.rows) for name in run.rows[0]}
    return Fitted(net.to("cpu"), curves, run.best_epoch, run.minutes)


def log_probability(net: nn.Module, view: View, prepared: Sequence[Any]) -> NDArray[np.float64]:
    """`(piece, label)` log probabilities, the mean over each piece's slices.

    In full float32 unless the caller casts, as the exported graph will compute them: what
    weights, thresholds and parity are judged by must not carry the rounding of bfloat16.
    """
    where = next(net.parameters()).device
    net.eval()
    out = []
    with torch.inference_mode():
        for piece in prepared:
            values = torch.from_numpy(view.cut(piece).values).to(where)
            logits = torch.cat([net(part) for part in torch.split(values, EVALUATION_BATCH)])
            out.append(torch.log_softmax(logits.float(), dim=1).mean(dim=0).cpu().numpy())
    return np.array(out, np.float64)


def _last_epoch(recipe: FitRecipe, minutes_each: float, present: int) -> int:
    """The epoch after which epochs of this length end; the present one is ended in any case."""
    if recipe.minutes == 0:
        return recipe.epochs
    fit = int(recipe.minutes / max(minutes_each, 1e-9))
    return min(recipe.epochs, max(fit, present))


def _shuffled(
    pool: NDArray[np.int64], target: NDArray[np.int64], sampling: str, rng: np.random.Generator
) -> NDArray[np.int64]:
    """`(draw,)` the pieces of one epoch in their order, as many as in `pool`."""
    order = rng.permutation(pool)
    if sampling == "natural":
        return order
    label = target[order]
    counts = np.bincount(label)
    present = np.flatnonzero(counts)
    by_label = order[np.argsort(label, kind="stable")]
    turn, which = np.divmod(np.arange(len(order)), len(present))
    chosen = present[which]
    starts = np.cumsum(counts) - counts
    return rng.permutation(by_label[starts[chosen] + turn % counts[chosen]])


def _batches(
    view: View, train: Examples, order: NDArray[Any], batch: int, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of batches; a last, smaller one is left out unless it is the only one."""
    full = max(len(order) - batch + 1, 1)
    for at in range(0, full, batch):
        rows = order[at : at + batch]
        values = np.stack([view.draw(train.prepared[row], rng) for row in rows])
        yield torch.from_numpy(values), torch.from_numpy(train.target[rows])


def _settle(net: nn.Module, view: View, train: Examples, rng: np.random.Generator) -> None:
    """Measure anew what batch normalization goes by, on slices as they will be asked about.

    Masked and mixed ones vary less, and a network that goes by those is wrong about whole ones.

    Source: the same is done where weights are averaged, Izmailov et al., "Averaging weights leads
    to wider optima and better generalization", 2018.
    """
    norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    pieces = [train.prepared[i] for i in rng.permutation(len(train.prepared))]
    ends = np.cumsum([view.weight(piece) for piece in pieces])
    if ends[-1] < 2:
        return
    usual = [norm.momentum for norm in norms]
    net.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean of all batches
        norm.train()
    where = next(net.parameters()).device
    pieces = pieces[: 1 + int(np.searchsorted(ends, SETTLING))]
    batches = min(max(int(min(ends[-1], SETTLING)) // EVALUATION_BATCH, 1), len(pieces))
    with torch.no_grad(), autocast(where):
        for part in np.array_split(np.arange(len(pieces)), batches):
            values = np.concatenate([view.cut(pieces[i]).values for i in part])
            if len(values) > 1:
                net(_laid_out(torch.from_numpy(values).to(where)))
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum


def _laid_out(values: Tensor) -> Tensor:
    return values.to(memory_format=torch.channels_last) if values.dim() == 4 else values


def _step(
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    measure: Callable[[Tensor, Tensor], Tensor],
    recipe: FitRecipe,
    values: Tensor,
    target: Tensor,
    rng: np.random.Generator,
) -> float:
    net.train()
    values = _laid_out(values)
    share, other = 1.0, target
    if recipe.mixup > 0:
        share = float(rng.beta(recipe.mixup, recipe.mixup))
        order = torch.from_numpy(rng.permutation(len(target))).to(target.device)
        values, other = share * values + (1 - share) * values[order], target[order]
    with autocast(values.device):
        logits = net(values).float()
        loss = share * measure(logits, target) + (1 - share) * measure(logits, other)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(net.parameters(), CLIP_NORM)
    optimizer.step()
    return float(loss.detach())


def _optimizer(net: nn.Module, recipe: FitRecipe) -> torch.optim.Optimizer:
    return OPTIMIZERS[recipe.optimizer](
        net.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay
    )


def _loss(recipe: FitRecipe, target: NDArray[np.int64]) -> Callable[[Tensor, Tensor], Tensor]:
    if recipe.class_weight == "adjusted":
        plain = _loss(replace(recipe, class_weight="none"), target)
        counts = np.maximum(np.bincount(target), 1)
        common = torch.tensor(np.log(counts / counts.sum()), dtype=torch.float).to(device())
        return lambda logits, labels: plain(logits + common, labels)
    weight = None
    if recipe.class_weight == "balanced":
        counts = np.bincount(target)
        weight = torch.tensor(
            len(target) / (len(counts) * np.maximum(counts, 1)), dtype=torch.float
        )
        weight = weight.to(device())
    if recipe.loss == "cross_entropy":
        return nn.CrossEntropyLoss(weight, label_smoothing=recipe.label_smoothing)

    def squared(logits: Tensor, labels: Tensor) -> Tensor:
        wanted = nn.functional.one_hot(labels, logits.shape[1]).float()
        error = (logits.softmax(dim=1) - wanted).square()
        return (error if weight is None else error * weight[labels, None]).mean()

    return squared


def _set_rate(optimizer: torch.optim.Optimizer, recipe: FitRecipe, done: float) -> None:
    """The learning rate when a share `done` of all steps is done."""
    rate = recipe.rate
    if recipe.schedule == "cosine":
        rate *= min(1.0, done / WARMUP + 0.01) * (0.5 + 0.5 * math.cos(math.pi * done))
    for group in optimizer.param_groups:
        group["lr"] = rate


def _validate(view: View, validation: Examples, even: bool, net: nn.Module) -> dict[str, float]:
    # Rounded as in training: enough to choose an epoch by and to draw a curve of.
    with autocast(device()):
        log = log_probability(net, view, validation.prepared)
    log = log - np.log(np.exp(log).sum(axis=1, keepdims=True))
    right = log.argmax(axis=1) == validation.target
    own = log[np.arange(len(log)), validation.target]
    share = 1 / np.bincount(validation.target)[validation.target] if even else None
    loss = -float(np.average(own, weights=share))
    return {"validation_loss": loss, "validation_accuracy": float(right.mean())}


def autocast(where: torch.device) -> torch.autocast:
    """bfloat16 where the hardware computes in it, else plain float32."""
    able = where.type == "cuda" or _cpu_has_bf16()
    return torch.autocast(where.type, torch.bfloat16, enabled=able)


def _cpu_has_bf16() -> bool:
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
