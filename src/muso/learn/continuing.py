"""Going on from an earlier run: with its best weights, on its split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from muso.bundle.bundle import Bundle
from muso.corpus.split import PROTOCOLS, Split
from muso.errors import LeakError, RecipeError
from muso.judge.report import read_report
from muso.learn.members import Trained
from muso.learn.recipe import Recipe
from muso.learn.weights import read_weights, write_weights

FILE = "weights.safetensors"
"""In a bundle whose recipe keeps weights."""
BETWEEN = "/"
"""A member's name and a weight's."""

Weights = Mapping[str, Mapping[str, Tensor]]
"""By member, what its network's `load_state_dict` takes."""


def keep_weights(members: Sequence[Trained], folder: Path) -> None:
    """Write the weights of every network among `members` into a bundle's folder."""
    arrays: dict[str, Any] = {}
    for member in members:
        if member.fitted is not None:
            state = member.fitted.net.state_dict()
            arrays |= {
                f"{member.recipe.name}{BETWEEN}{name}": w.numpy() for name, w in state.items()
            }
    write_weights(arrays, folder / FILE)


def first_weights(recipe: Recipe, bundle: Bundle, labels: Sequence[str], split: Split) -> Weights:
    """The weights that a run begins with which goes on from `bundle`.

    Args:
        recipe: of the run; its networks are those of the bundle.
        bundle: the earlier run; its recipe kept weights.
        labels: of the run, in the order of the scores.
        split: of the run.

    Raises:
        LeakError: another split than the bundle's, so that it was trained on what is tested now,
            and the protocol is not called leaky. RecipeError: the bundle kept no weights, or has
            other labels or members.
    """
    if not (bundle.folder / FILE).is_file():
        raise RecipeError(
            f"bundle {bundle.name} kept no weights to go on from; train it with --set weights=true"
        )
    if tuple(labels) != bundle.labels:
        raise RecipeError(
            f"bundle {bundle.name} knows {len(bundle.labels)} labels and this corpus has "
            f"{len(labels)}, not the same ones; go on with the corpus it was trained on"
        )
    _check_split(recipe, bundle, split)
    found: dict[str, dict[str, Tensor]] = {}
    for name, array in read_weights(bundle.folder / FILE).items():
        member, _, weight = name.partition(BETWEEN)
        found.setdefault(member, {})[weight] = torch.from_numpy(np.array(array))
    wanted = {member.name for member in recipe.member if member.network}
    if missing := sorted(wanted - set(found)):
        raise RecipeError(
            f"bundle {bundle.name} has no network {missing[0]!r} to go on from; it has "
            f"{', '.join(sorted(found)) or 'none'}"
        )
    return found


def _check_split(recipe: Recipe, bundle: Bundle, split: Split) -> None:
    if PROTOCOLS[recipe.split.protocol].leaky:
        return
    before = read_report(bundle.folder / "report.json").split
    if before.digest == split.digest:
        return
    settings = bundle.recipe.get("split", {})
    told = " ".join(f"--set split.{key}={value}" for key, value in settings.items() if value != "")
    raise LeakError(
        f"bundle {bundle.name} was trained on another split (digest {before.digest}, here "
        f"{split.digest}), so that some of what is tested now was trained on then; give its corpus "
        f"and its split ({told}), or a protocol that is called leaky"
    )
