"""Every network keeps one contract: it fits, it exports, it computes the same at work."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax
from torch import nn

from muso.errors import RecipeError
from muso.learn.export import TOLERANCE, network_to_onnx, shrink
from muso.learn.loop import Examples, fit_network, log_probability
from muso.learn.nets import NETS, build_net
from muso.learn.recipe import FitRecipe
from muso.represent.view import Slices, View

SHAPES: dict[str, Sequence[tuple[int, ...]]] = {
    "resnet": [(2, 88, 64), (1, 13, 33), (3, 1, 40)],
    "dense": [(1,), (40,), (4, 9), (2, 3, 5)],
    "perceptron": [(40,), (3, 6, 7)],
    "pooled_cnn": [(1, 64, 64), (2, 16, 33)],
    "plain_cnn": [(3, 12, 12), (1, 5, 9)],
    "stacked_lstm": [(16, 33), (1, 4)],
    "roll_cnn": [(1, 16, 30), (2, 10, 11)],
    "narrowing_lstm": [(10, 2), (1, 4)],
    "cover_resnet": [(3, 32, 32), (1, 40, 33)],
    "small_cnn": [(3, 16, 16), (1, 5, 9)],
    "recurrent_cnn": [(3, 16, 16), (1, 5, 9)],
}
CASES = [(name, shape) for name in NETS for shape in SHAPES[name]]
each_case = pytest.mark.parametrize(("name", "shape"), CASES, ids=str)


class Given(View):
    """Slices as they are given, of any shape."""

    name = "given"
    media = "score"

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    def prepare(self, piece: Any) -> Any:
        return piece

    def cut(self, prepared: NDArray[np.float32]) -> Slices:
        at = np.arange(len(prepared), dtype=np.float64)
        return Slices(prepared, at, at + 1)


def fitted(name: str, shape: tuple[int, ...], labels: int, folder: Path) -> nn.Module:
    """The network after an epoch on a handful of pieces."""
    rng = np.random.default_rng(0)
    pieces = [rng.random((2, *shape), np.float32) for _ in range(4 * labels)]
    examples = Examples(pieces, np.arange(4 * labels) % labels)
    torch.manual_seed(0)
    net = build_net({"name": name}, shape, labels)
    recipe = FitRecipe(epochs=2, batch=4, rate=1e-2)
    return fit_network(net, Given(shape), examples, None, recipe, seed=0, folder=folder).net


def run(graph: bytes, slices: NDArray[np.float32]) -> NDArray[np.float32]:
    scores: NDArray[np.float32] = onnxruntime.InferenceSession(graph).run(
        ["scores"], {"slices": slices}
    )[0]
    return scores


def test_every_network_is_tried() -> None:
    assert set(SHAPES) == set(NETS)


@each_case
@pytest.mark.parametrize("labels", [2, 7])
def test_a_network_gives_one_score_a_label_and_learns(
    name: str, shape: tuple[int, ...], labels: int
) -> None:
    torch.manual_seed(0)
    net = build_net({"name": name}, shape, labels)
    scores = net(torch.rand(4, *shape))
    assert scores.shape == (4, labels)
    nn.functional.cross_entropy(scores, torch.arange(4) % labels).backward()
    assert all(p.grad is not None for p in net.parameters())
    assert sum(p.numel() for p in net.parameters()) > 0


@each_case
def test_exported_and_shrunk_it_says_what_it_said_in_training(
    name: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    net = fitted(name, shape, 3, tmp_path)
    slices = np.random.default_rng(1).random((9, *shape), np.float32)
    trained = log_probability(net, Given(shape), [slice_[None] for slice_ in slices])
    model = network_to_onnx(net, shape)
    exact = run(model.SerializeToString(), slices)
    np.testing.assert_allclose(log_softmax(exact, axis=1), trained, atol=1e-4)
    small = run(shrink(model), slices)
    np.testing.assert_allclose(softmax(small, axis=1), np.exp(trained), atol=TOLERANCE)


@each_case
def test_the_number_of_slices_at_once_makes_no_difference(
    name: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    graph = shrink(network_to_onnx(fitted(name, shape, 2, tmp_path), shape))
    slices = np.random.default_rng(1).random((5, *shape), np.float32)
    each = np.concatenate([run(graph, slice_[None]) for slice_ in slices])
    np.testing.assert_allclose(run(graph, slices), each, atol=1e-5)


@pytest.mark.parametrize("name", NETS)
def test_large_weights_are_stored_in_a_quarter(name: str) -> None:
    shape = (400,) if name in ("dense", "perceptron") else SHAPES[name][0]
    model = network_to_onnx(build_net({"name": name}, shape, 5), shape)
    plain = len(model.SerializeToString())
    assert len(shrink(model)) < 0.35 * plain


@pytest.mark.parametrize("name", NETS)
def test_a_setting_it_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(RecipeError, match=rf"network {name} has no setting 'colour'; it has \w+"):
        build_net({"name": name, "colour": 3}, SHAPES[name][0], 2)
    for hidden in ("shape", "labels"):
        with pytest.raises(RecipeError, match="has no setting"):
            build_net({"name": name, hidden: 3}, SHAPES[name][0], 2)


@pytest.mark.parametrize("shape", [(40,), (2, 88, 32), (2, 88)], ids=str)
def test_slices_that_a_resnet_would_shrink_to_nothing_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(RecipeError, match=r"resnet with 3 blocks takes pictures .* of 33 columns"):
        build_net({"name": "resnet"}, shape, 2)
    if len(shape) == 3:
        build_net({"name": "resnet", "blocks": 2}, shape, 2)


def test_a_network_that_does_not_exist_is_refused() -> None:
    with pytest.raises(RecipeError, match="no network 'hope'; there are resnet"):
        build_net({"name": "hope"}, (4,), 2)


def test_weights_in_int8_are_within_half_a_step_of_what_they_were() -> None:
    from onnx import numpy_helper

    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(100, 50, bias=False))
    model = network_to_onnx(net, (100,))
    before = net[0].weight.detach().numpy()
    import onnx

    stored = {
        i.name: numpy_helper.to_array(i)
        for i in onnx.load_from_string(shrink(model)).graph.initializer
    }
    ints = next(a for n, a in stored.items() if n.endswith(".int8"))
    scale = next(a for n, a in stored.items() if n.endswith(".scale"))
    assert ints.dtype == np.int8
    assert scale.size == 50
    after = ints * scale
    after = after if after.shape == before.shape else after.T
    step = np.abs(before).max(axis=1, keepdims=True) / 127
    assert (np.abs(after - before) <= step / 2 + 1e-7).all()
    assert math.prod(ints.shape) == before.size
