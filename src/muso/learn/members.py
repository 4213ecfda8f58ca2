"""Fitting the members of a recipe, and weighing them against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from muso.bundle.views import ALL_VIEWS
from muso.errors import RecipeError
from muso.learn.classical import build_classical, fit_classical, pooled_scores
from muso.learn.classical.model import Fit
from muso.learn.export import network_to_onnx
from muso.learn.gan import with_made
from muso.learn.loop import Examples, Fitted, fit_network, log_probability
from muso.learn.nets import build_net
from muso.learn.recipe import MemberRecipe
from muso.progress import Listener
from muso.represent.view import View


def build_view(member: MemberRecipe) -> View:
    """The view that a member's recipe names.

    Raises:
        RecipeError: no such view, or a setting it does not have.
    """
    options = {key: value for key, value in member.view.items() if key != "name"}
    name = member.view.get("name", "")
    if name not in ALL_VIEWS:
        raise RecipeError(f"no view {name!r}; there are {', '.join(ALL_VIEWS)}")
    view = ALL_VIEWS[name]
    known = [setting.name for setting in fields(view) if setting.init]  # type: ignore[arg-type]
    for option in options:
        if option not in known:
            raise RecipeError(f"view {name}: no setting {option!r}; it has {', '.join(known)}")
    try:
        return view(**options)
    except TypeError as error:
        raise RecipeError(f"view {name}: its settings can't be used ({error})") from None


def check_member(recipe: MemberRecipe, view: View) -> None:
    """Build a member once for two labels, before hours are spent on reading and training.

    Raises:
        RecipeError: a network, model or setting that does not exist, or a value it can't take.
    """
    try:
        if recipe.classical:
            build_classical(recipe.classical).check(view.shape)
        else:
            build_net(recipe.network, view.shape, 2)
    except (TypeError, ValueError, IndexError, ArithmeticError, RuntimeError) as error:
        cause = str(error).splitlines()[0]
        raise RecipeError(f"member {recipe.name}: its settings can't be used ({cause})") from None


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained member.

    Attributes:
        fitted: its network and how training went; None for a classical model.
        classical: the fitted classical model; None for a network.
    """

    recipe: MemberRecipe
    view: View
    fitted: Fitted | None
    classical: Fit | None

    def log_probability(self, prepared: Sequence[Any]) -> NDArray[np.float64]:
        """`(piece, label)` log probabilities, the mean over each piece's slices."""
        if self.fitted is not None:
            return log_probability(self.fitted.net, self.view, prepared)
        assert self.classical is not None
        return pooled_scores(self.classical, self.view, prepared)

    def layers(self) -> list[dict[str, Any]]:
        """What was learnt: the name, weight shape and number of parameters of each layer."""
        if self.fitted is not None:
            return [
                {
                    "name": f"{name} {type(module).__name__}",
                    "shape": list(next(module.parameters(recurse=False)).shape),
                    "parameters": sum(p.numel() for p in module.parameters(recurse=False)),
                }
                for name, module in self.fitted.net.named_modules()
                if any(True for _ in module.parameters(recurse=False))
            ]
        assert self.classical is not None
        return [
            {"name": name, "shape": list(array.shape), "parameters": int(array.size)}
            for name, array in self.classical.arrays().items()
        ]

    def to_onnx(self) -> Any:
        """The member as an ONNX graph."""
        if self.fitted is not None:
            return network_to_onnx(self.fitted.net, self.view.shape)
        assert self.classical is not None
        return self.classical.to_onnx(self.view.shape)


def train_member(
    recipe: MemberRecipe,
    view: View,
    train: Examples,
    validation: Examples | None,
    labels: int,
    *,
    seed: int,
    folder: Path,
    listener: Listener,
    start: Trained | None = None,
    weights: Mapping[str, torch.Tensor] | None = None,
) -> Trained:
    """Fit one member; a network resumes from `folder` if it holds a checkpoint.

    A network begins with the weights of `start`, or with `weights`, where they are given.

    Raises:
        RecipeError: `weights` are those of another network.
    """
    if recipe.classical:
        return Trained(recipe, view, None, fit_classical(recipe.classical, view, train))
    if recipe.gan.share:
        made = with_made(
            train.prepared, train.target, view.shape, recipe.gan, seed=seed, listener=listener
        )
        train = Examples(*made)
    torch.manual_seed(seed)
    net: nn.Module = build_net(recipe.network, view.shape, labels)
    if start is not None and start.fitted is not None:
        net.load_state_dict(start.fitted.net.state_dict())
    elif weights is not None:
        try:
            net.load_state_dict(weights)
        except RuntimeError as error:
            cause = str(error).splitlines()[-1].strip()
            raise RecipeError(
                f"member {recipe.name}: the weights to go on from are another network's ({cause}); "
                "leave its network and view as they were"
            ) from None
    fitted = fit_network(
        net,
        view,
        train,
        validation,
        recipe.fit,
        seed=seed,
        folder=folder,
        stage=f"training {recipe.name}",
        listener=listener,
    )
    return Trained(recipe, view, fitted, None)


def refit_recipe(trained: Trained) -> MemberRecipe:
    """The recipe that trains a member on, for as long as was best before."""
    if trained.fitted is None:
        return trained.recipe
    fit = replace(trained.recipe.fit, epochs=trained.fitted.best_epoch, patience=0)
    return replace(trained.recipe, fit=fit)


def weigh(
    logs: Sequence[NDArray[np.float64]], target: NDArray[np.int64], even: bool = False
) -> tuple[float, ...]:
    """A weight a member, at least 0, that makes their weighted sum fit validation pieces best.

    The softmax of the weighted sum of log probabilities is a logarithmic opinion pool; choosing
    the weights by likelihood averages the members and calibrates them in one step (with one
    member it is temperature scaling, Guo et al. 2017; for several, Genest and Zidek 1986). The
    right labels are asked for as if a little more had been seen, and wrong (Platt 1999): a few
    pieces all named rightly must not make it as sure as can be.

    Args:
        logs: for each member `(piece, label)` log probabilities.
        target: `(piece,)` index of the right label.
        even: each label counts as much as any other, and not each piece.
    """
    stacked = torch.from_numpy(np.stack(logs))
    wanted = torch.from_numpy(target)
    doubt = 1 / (len(target) + 2)
    counts = torch.bincount(wanted, minlength=stacked.shape[2]).clamp(min=1)
    share = (1 / counts).double() if even else torch.ones(stacked.shape[2], dtype=torch.float64)
    raw = torch.zeros(len(logs), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([raw], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = (raw.exp()[:, None, None] * stacked).sum(dim=0)
        each = nn.functional.cross_entropy(total, wanted, label_smoothing=doubt, reduction="none")
        value = (share[wanted] * each).sum() / share[wanted].sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return tuple(float(w) for w in raw.detach().exp())
