"""What a training is between epochs, and how it is kept: it goes on from there after a kill."""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from muso.errors import DamagedFile, FileError
from muso.learn.recipe import FitRecipe
from muso.music.files import whole

KEPT = ("epoch", "best_epoch", "best", "rows", "minutes")
"""What of a run a checkpoint holds under the same names."""


@dataclass
class Run:
    """The state of a training between epochs: all that a checkpoint holds."""

    folder: Path
    optimizer: torch.optim.Optimizer
    epoch: int = 0
    best_epoch: int = 0
    best: dict[str, Tensor] = field(default_factory=dict)
    rows: list[dict[str, float]] = field(default_factory=list)
    minutes: float = 0.0
    counted: float = 0.0

    def go_on(self, net: nn.Module) -> None:
        """Take up what a checkpoint in the folder holds, where there is one.

        Raises:
            DamagedFile: the checkpoint can't be read, or is another network's.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.file.exists():
            return
        try:
            state = torch.load(
                self.file, map_location=next(net.parameters()).device, weights_only=True
            )
            net.load_state_dict(state["net"])
            self.optimizer.load_state_dict(state["optimizer"])
            for name in KEPT:
                setattr(self, name, state[name])
            self.restore(state)
        except Exception as error:
            # PyTorch raises whatever its unpickler stumbles over.
            raise DamagedFile(
                self.file,
                f"the checkpoint is damaged ({type(error).__name__})",
                "delete it to train from the start",
            ) from None

    def beside(self) -> dict[str, Any]:
        """What else a checkpoint of this kind of training holds."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `beside` gave."""

    @property
    def file(self) -> Path:
        """The checkpoint."""
        return self.folder / "checkpoint.pt"

    def ended(self, recipe: FitRecipe) -> bool:
        """Whether patience is at its end, or another epoch as long as those before takes too long.

        Nothing is before the first epoch, so that there are always weights.
        """
        if self.epoch == 0:
            return False
        late = 0 < recipe.minutes < self.minutes * (self.epoch + 1) / self.epoch
        return late or self.out_of_patience(recipe.patience)

    def out_of_patience(self, patience: int) -> bool:
        """Whether the best epoch is `patience` epochs ago; with 0 never."""
        return 0 < patience <= self.epoch - self.best_epoch

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
            **{name: getattr(self, name) for name in KEPT},
            **self.beside(),
        }
        save_checkpoint(state, self.file)
        with (
            whole(self.folder / "metrics.csv") as unfinished,
            unfinished.open("w", newline="") as out,
        ):
            writer = csv.DictWriter(out, ["epoch", *row])
            writer.writeheader()
            writer.writerows({"epoch": n, **r} for n, r in enumerate(self.rows, 1))


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
