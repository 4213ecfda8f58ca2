"""The one training loop."""

from __future__ import annotations

import copy
import csv
import io
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from muso.errors import DamagedFile, FileError, RecipeError
from muso.learn.recipe import FitRecipe
from muso.music.files import whole
from muso.progress import Listener, Progress, silent
from muso.represent.view import View

WARMUP = 0.05
"""Share of all steps in which the rate of the cosine schedule rises."""
CLIP_NORM = 5.0
EVALUATION_BATCH = 64

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
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
        RecipeError: an optimizer, loss, schedule, weighting or sampling that does not exist, or
            a training that came to no figures at all.
    """
    where = device()
    # Channels last is the layout convolutions on processors are fastest in.
    net = net.to(where).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    run = _Run.begin(net, recipe, train.target, folder)
    pool = np.repeat(np.arange(len(train.target)), [view.weight(p) for p in train.prepared])
    steps = max(1, len(pool) // recipe.batch)
    started, begun_at = time.monotonic(), run.epoch
    while run.epoch < recipe.epochs and not run.ended(recipe):
        rng = np.random.default_rng([seed, run.epoch])
        torch.manual_seed(seed * 100_003 + run.epoch)
        losses = []
        drawn = _shuffled(pool, train.target, recipe.sampling, rng)
        for number, (values, target) in enumerate(_batches(view, train, drawn, recipe.batch, rng)):
            _set_rate(run.optimizer, recipe, (run.epoch * steps + number) / (recipe.epochs * steps))
            losses.append(_step(net, run, recipe, values.to(where), target.to(where), rng))
            done = (run.epoch - begun_at) * steps + number + 1
            total = (recipe.epochs - begun_at) * steps
            if number % 10 == 9:
                left_s = (total - done) * (time.monotonic() - started) / done
                told = {"loss": float(np.mean(losses[-50:]))}
                listener(
                    Progress(stage, begun_at * steps + done, recipe.epochs * steps, left_s, told)
                )
        row = {"loss": float(np.mean(losses))}
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

    In full float32, as the exported graph will compute them: what weights, thresholds and
    parity are judged by must not carry the rounding of bfloat16.
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


def save_checkpoint(state: Mapping[str, Any], file: Path) -> None:
    """Write the state of a training, whole or not at all.

    Raises:
        FileError: the disk is full or may not be written; the checkpoint before it is kept.
    """
    content = io.BytesIO()
    # Written straight to a disk that is full, PyTorch raises an error that tells of no disk.
    torch.save(state, content)
    try:
        with whole(file) as unfinished:
            unfinished.write_bytes(content.getbuffer())
    except FileError as error:
        remedy = "free some space; the same command goes on from the last checkpoint"
        raise type(error)(error.path, error.cause, remedy) from None


@dataclass
class _Run:
    """The state of a training between epochs: all that a checkpoint holds."""

    folder: Path
    optimizer: torch.optim.Optimizer
    loss: Callable[[Tensor, Tensor], Tensor]
    epoch: int = 0
    best_epoch: int = 0
    best: dict[str, Tensor] = field(default_factory=dict)
    rows: list[dict[str, float]] = field(default_factory=list)
    minutes: float = 0.0
    counted: float = 0.0

    @classmethod
    def begin(
        cls, net: nn.Module, recipe: FitRecipe, target: NDArray[np.int64], folder: Path
    ) -> _Run:
        if recipe.optimizer not in OPTIMIZERS:
            raise RecipeError(
                f"no optimizer {recipe.optimizer!r}; there are {', '.join(OPTIMIZERS)}"
            )
        optimizer = OPTIMIZERS[recipe.optimizer](
            net.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay
        )
        run = cls(folder, optimizer, _loss(recipe, target))
        folder.mkdir(parents=True, exist_ok=True)
        if run.file.exists():
            try:
                state = torch.load(run.file, map_location=device(), weights_only=True)
                net.load_state_dict(state["net"])
                optimizer.load_state_dict(state["optimizer"])
                for name in ("epoch", "best_epoch", "best", "rows", "minutes"):
                    setattr(run, name, state[name])
            except Exception as error:
                # PyTorch raises whatever its unpickler stumbles over.
                raise DamagedFile(
                    run.file,
                    f"the checkpoint is damaged ({type(error).__name__})",
                    "delete it to train from the start",
                ) from None
        return run

    @property
    def file(self) -> Path:
        return self.folder / "checkpoint.pt"

    def ended(self, recipe: FitRecipe) -> bool:
        """Whether patience is at its end, or another epoch as long as those before takes too long.

        Nothing is before the first epoch, so that there are always weights.
        """
        if self.epoch == 0:
            return False
        late = 0 < recipe.minutes < self.minutes * (self.epoch + 1) / self.epoch
        return late or 0 < recipe.patience <= self.epoch - self.best_epoch

    def close_epoch(self, net: nn.Module, row: dict[str, float], minutes: float) -> None:
        """Note the epoch's figures, keep its weights if they are the best, write it all down."""
        self.epoch += 1
        self.rows.append(row)
        self.minutes += minutes - self.counted
        self.counted = minutes
        figures = [r.get("validation_loss", -number) for number, r in enumerate(self.rows)]
        if int(np.argmin(figures)) == self.epoch - 1:
            self.best_epoch = self.epoch
            self.best = copy.deepcopy(net.state_dict())
        state = {
            "net": net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            **{n: getattr(self, n) for n in ("epoch", "best_epoch", "best", "rows", "minutes")},
        }
        save_checkpoint(state, self.file)
        with (
            whole(self.folder / "metrics.csv") as unfinished,
            unfinished.open("w", newline="") as out,
        ):
            writer = csv.DictWriter(out, ["epoch", *row])
            writer.writeheader()
            writer.writerows({"epoch": n, **r} for n, r in enumerate(self.rows, 1))


def _shuffled(
    pool: NDArray[np.int64], target: NDArray[np.int64], sampling: str, rng: np.random.Generator
) -> NDArray[np.int64]:
    """`(draw,)` the pieces of one epoch in their order, as many as in `pool`."""
    order = rng.permutation(pool)
    if sampling == "natural":
        return order
    if sampling != "balanced":
        raise RecipeError(f"no sampling {sampling!r}; there are natural, balanced")
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


def _step(
    net: nn.Module,
    run: _Run,
    recipe: FitRecipe,
    values: Tensor,
    target: Tensor,
    rng: np.random.Generator,
) -> float:
    net.train()
    if values.dim() == 4:
        values = values.to(memory_format=torch.channels_last)
    share, other = 1.0, target
    if recipe.mixup > 0:
        share = float(rng.beta(recipe.mixup, recipe.mixup))
        order = torch.from_numpy(rng.permutation(len(target))).to(target.device)
        values, other = share * values + (1 - share) * values[order], target[order]
    with autocast(values.device):
        logits = net(values).float()
        loss = share * run.loss(logits, target) + (1 - share) * run.loss(logits, other)
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(net.parameters(), CLIP_NORM)
    run.optimizer.step()
    return float(loss.detach())


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
    elif recipe.class_weight != "none":
        raise RecipeError(
            f"no class_weight {recipe.class_weight!r}; there are none, balanced, adjusted"
        )
    if recipe.loss == "cross_entropy":
        return nn.CrossEntropyLoss(weight, label_smoothing=recipe.label_smoothing)
    if recipe.loss == "mse":

        def squared(logits: Tensor, labels: Tensor) -> Tensor:
            wanted = nn.functional.one_hot(labels, logits.shape[1]).float()
            error = (logits.softmax(dim=1) - wanted).square()
            return (error if weight is None else error * weight[labels, None]).mean()

        return squared
    raise RecipeError(f"no loss {recipe.loss!r}; there are cross_entropy, mse")


def _set_rate(optimizer: torch.optim.Optimizer, recipe: FitRecipe, done: float) -> None:
    """The learning rate when a share `done` of all steps is done."""
    if recipe.schedule == "cosine":
        rate = recipe.rate * min(1.0, done / WARMUP + 0.01) * (0.5 + 0.5 * math.cos(math.pi * done))
    elif recipe.schedule == "constant":
        rate = recipe.rate
    else:
        raise RecipeError(f"no schedule {recipe.schedule!r}; there are cosine, constant")
    for group in optimizer.param_groups:
        group["lr"] = rate


def _validate(view: View, validation: Examples, even: bool, net: nn.Module) -> dict[str, float]:
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
