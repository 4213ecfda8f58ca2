"""The networks of the composer study: their layers, how weights begin, fences, their views."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from muso.errors import RecipeError, UsageError
from muso.learn.nets import build_net
from muso.learn.nets.narrowing_lstm import Fences
from muso.music.score import Score
from muso.represent.descriptor_steps import DescriptorSteps


def test_the_cnn_has_the_layers_of_the_study() -> None:
    net = build_net({"name": "roll_cnn"}, (1, 128, 150), 4)
    shapes = [tuple(m.weight.shape) for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    assert shapes == [(32, 1, 3, 3), (64, 32, 3, 3), (128, 64 * 30 * 36), (4, 128)]
    assert sum(isinstance(m, nn.MaxPool2d) for m in net.modules()) == 2
    assert sum(isinstance(m, nn.Dropout) for m in net.modules()) == 3


def test_the_lstm_narrows_from_128_to_64() -> None:
    net = build_net({"name": "narrowing_lstm"}, (10, 2), 4)
    assert [m.hidden_size for m in net.modules() if isinstance(m, nn.LSTM)] == [128, 64]


def test_weights_begin_as_asked_for() -> None:
    torch.manual_seed(0)
    layers = {
        how: build_net({"name": "roll_cnn", "initialization": how}, (1, 40, 40), 4).body[4].weight
        for how in ("glorot_uniform", "he_normal")
    }
    bound = (6 / (32 * 9 + 64 * 9)) ** 0.5
    assert layers["glorot_uniform"].abs().max() <= bound
    assert layers["glorot_uniform"].abs().max() > 0.98 * bound
    assert float(layers["he_normal"].detach().std()) == pytest.approx(
        (2 / (32 * 9)) ** 0.5, rel=0.03
    )


def test_forget_gates_begin_open() -> None:
    net = build_net({"name": "narrowing_lstm"}, (10, 2), 4)
    bias = net.first.bias_ih_l0 + net.first.bias_hh_l0  # type: ignore[operator,union-attr]
    assert bias.reshape(4, 128).mean(dim=1).tolist() == [0, 1, 0, 0]


def test_an_initialization_that_does_not_exist_is_refused() -> None:
    with pytest.raises(RecipeError, match="no initialization 'luck'; there are glorot_uniform"):
        build_net({"name": "roll_cnn", "initialization": "luck"}, (1, 40, 40), 4)


@pytest.mark.parametrize(
    ("name", "shape"), [("roll_cnn", (40,)), ("roll_cnn", (1, 9, 40)), ("narrowing_lstm", (40,))]
)
def test_slices_of_the_wrong_shape_are_refused(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(RecipeError, match=f"{name} takes"):
        build_net({"name": name}, shape, 2)


def test_fences_clip_what_lies_beyond_one_and_a_half_interquartile_ranges() -> None:
    fences = Fences(1)
    values = torch.arange(101.0).reshape(1, 101, 1)
    assert torch.equal(fences.eval()(values * 1e6), values * 1e6)
    fences.train()(values)
    clipped = fences.eval()(torch.tensor([[[-1000.0], [50.0], [1000.0]]]))
    # Quartiles 25 and 75: fences at 25 - 75 and 75 + 75.
    assert clipped.flatten().tolist() == [-50.0, 50.0, 150.0]


def test_steps_describe_each_span_and_leave_silence_zero() -> None:
    score = Score.of([60, 62, 72], [0, 1, 12], 1, tempo_bpm=60)
    view = DescriptorSteps(step_s=5, steps=4)
    slices = view.slices(score)
    assert slices.values.shape == (1, *view.shape)
    spoken = np.abs(slices.values[0]).sum(axis=1) > 0
    assert spoken.tolist() == [True, False, True, False]
    assert slices.end_s.tolist() == [13.0]


def test_a_long_piece_is_cut_into_no_more_runs_than_asked_for() -> None:
    score = Score.of(np.tile([60, 64], 200), np.arange(400), 1, tempo_bpm=60)
    slices = DescriptorSteps(step_s=5, steps=4, most=3).slices(score)
    assert slices.start_s.tolist() == [0, 190, 380]


def test_steps_of_no_length_are_refused() -> None:
    with pytest.raises(UsageError, match="step_s is 0; it must be at least"):
        DescriptorSteps(step_s=0)
