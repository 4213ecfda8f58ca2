"""The networks, by name. Each is built from the shape of a slice and the number of labels."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from muso.errors import RecipeError
from muso.learn.nets.cover_resnet import CoverResNet
from muso.learn.nets.dense import Dense
from muso.learn.nets.narrowing_lstm import NarrowingLSTM
from muso.learn.nets.perceptron import Perceptron
from muso.learn.nets.plain_cnn import PlainCNN
from muso.learn.nets.pooled_cnn import PooledCNN
from muso.learn.nets.resnet import ResNet
from muso.learn.nets.roll_cnn import RollCNN
from muso.learn.nets.small_cnn import RecurrentCNN, SmallCNN
from muso.learn.nets.stacked_lstm import StackedLSTM

NETS: dict[str, Callable[..., nn.Module]] = {
    "resnet": ResNet,
    "dense": Dense,
    "perceptron": Perceptron,
    "plain_cnn": PlainCNN,
    "pooled_cnn": PooledCNN,
    "stacked_lstm": StackedLSTM,
    "roll_cnn": RollCNN,
    "narrowing_lstm": NarrowingLSTM,
    "cover_resnet": CoverResNet,
    "small_cnn": SmallCNN,
    "recurrent_cnn": RecurrentCNN,
}
"""Every network by name. A new one is a file and an entry here."""


def build_net(settings: Mapping[str, Any], shape: tuple[int, ...], labels: int) -> nn.Module:
    """The network that a recipe names, for slices of `shape` and `labels` labels.

    Raises:
        RecipeError: no such network, or a setting it does not have.

    >>> sum(p.numel() for p in build_net({"name": "dense", "hidden": [8]}, (4,), 3).parameters())
    67
    """
    options = {key: value for key, value in settings.items() if key != "name"}
    name = settings.get("name", "")
    if name not in NETS:
        raise RecipeError(f"no network {name!r}; there are {', '.join(NETS)}")
    known = list(inspect.signature(NETS[name]).parameters)[2:]
    for key in options:
        if key not in known:
            raise RecipeError(f"network {name} has no setting {key!r}; it has {', '.join(known)}")
    return NETS[name](shape, labels, **options)
