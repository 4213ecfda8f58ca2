from __future__ import annotations

import csv
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from muso.errors import FileError, RecipeError
from muso.learn import loop
from muso.learn.loop import OPTIMIZERS, Examples, Fitted, fit_network, log_probability
from muso.learn.nets import build_net
from muso.learn.recipe import FitRecipe
from muso.music.score import Score
from muso.progress import Progress
from muso.represent import PianoRoll
from muso.represent.view import View

Make = Callable[..., Examples]
QUICK = {"epochs": 4, "batch": 8, "rate": 1e-2}


def fit(
    view: View,
    train: Examples,
    validation: Examples | None,
    folder: Path,
    seed: int = 0,
    listener: Callable[[Progress], None] = lambda progress: None,
    **settings: Any,
) -> Fitted:
    torch.manual_seed(seed)
    labels = int(train.target.max()) + 1
    net = build_net({"name": "dense", "hidden": [16], "drop": 0.1}, view.shape, labels)
    recipe = FitRecipe(**{**QUICK, **settings})
    return fit_network(
        net, view, train, validation, recipe, seed=seed, folder=folder, listener=listener
    )


def weights(fitted: Fitted) -> dict[str, Tensor]:
    return dict(fitted.net.state_dict())


def same(one: Fitted, other: Fitted) -> bool:
    a, b = weights(one), weights(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_the_same_seed_gives_the_same_weights_and_another_others(
    view: View, examples: Make, tmp_path: Path
) -> None:
    train, validation = examples([12] * 4), examples([4] * 4, seed=1)
    one, other, third = (
        fit(view, train, validation, tmp_path / str(n), seed, mixup=0.3)
        for n, seed in enumerate((5, 5, 6))
    )
    assert same(one, other)
    assert one.curves == other.curves
    assert not same(one, third)


def test_it_learns_and_says_how_it_went(view: View, examples: Make, tmp_path: Path) -> None:
    train, validation = examples([12] * 4), examples([8] * 4, seed=1)
    fitted = fit(view, train, validation, tmp_path, epochs=12)
    assert set(fitted.curves) == {"loss", "validation_loss", "validation_accuracy"}
    assert all(len(column) == 12 for column in fitted.curves.values())
    assert fitted.curves["validation_accuracy"][-1] > 0.8
    assert fitted.curves["loss"][-1] < fitted.curves["loss"][0]
    assert fitted.minutes > 0
    assert not fitted.net.training


class Stopped(Exception):
    """What stands in for a power cut."""


def stop_after(epochs: int, steps: int = 0) -> Callable[[Progress], None]:
    """A listener that breaks a training off when so many epochs, then steps, are told."""
    ended = 0

    def listen(progress: Progress) -> None:
        nonlocal ended
        ended += "validation_loss" in progress.values
        inside = "validation_loss" not in progress.values
        if ended >= epochs and (not steps or inside):
            raise Stopped

    return listen


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_broken_off_and_taken_up_it_ends_in_the_same_weights(
    view: View, examples: Make, tmp_path: Path, optimizer: str
) -> None:
    train, validation = examples([12] * 4), examples([4] * 4, seed=1)
    settings = {"optimizer": optimizer, "mixup": 0.3, "sampling": "balanced", "rate": 1e-3}
    straight = fit(view, train, validation, tmp_path / "straight", **settings)
    for _ in range(2):
        with pytest.raises(Stopped):
            fit(view, train, validation, tmp_path / "cut", listener=stop_after(1), **settings)
    resumed = fit(view, train, validation, tmp_path / "cut", **settings)
    assert same(straight, resumed)
    assert straight.curves == resumed.curves
    assert straight.best_epoch == resumed.best_epoch


def test_broken_off_within_an_epoch_it_takes_that_epoch_up_from_its_start(
    view: View, examples: Make, tmp_path: Path
) -> None:
    train, validation = examples([40] * 4), examples([4] * 4, seed=1)
    straight = fit(view, train, validation, tmp_path / "straight")
    with pytest.raises(Stopped):
        fit(view, train, validation, tmp_path / "cut", listener=stop_after(1, steps=10))
    assert same(straight, fit(view, train, validation, tmp_path / "cut"))


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {here!r})
import torch
from conftest import Vectors, make_examples
from muso.learn.loop import fit_network
from muso.learn.nets import build_net
from muso.learn.recipe import FitRecipe

def listen(progress):
    if progress.done == progress.total // 2 and "die" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)

torch.manual_seed(0)
net = build_net({{"name": "dense", "hidden": [16], "drop": 0.1}}, (4,), 4)
fitted = fit_network(
    net, Vectors(), make_examples([12] * 4), make_examples([4] * 4, seed=1),
    FitRecipe(epochs=4, batch=8, rate=1e-2, mixup=0.2), seed=0, folder=Path(sys.argv[1]),
    listener=listen,
)
torch.save(fitted.net.state_dict(), sys.argv[2])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_killed_and_started_again_it_ends_in_the_weights_of_an_unbroken_run(
    view: View, examples: Make, tmp_path: Path
) -> None:
    script = KILLED.format(here=str(Path(__file__).parent))

    def run(*arguments: str) -> int:
        command = [sys.executable, "-c", script, str(tmp_path / "run"), str(tmp_path / "w.pt")]
        return subprocess.run([*command, *arguments], check=False).returncode

    assert run("die") == -signal.SIGKILL
    assert not (tmp_path / "w.pt").exists()
    state = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
    assert state["epoch"] == 2
    assert run() == 0
    train, validation = examples([12] * 4), examples([4] * 4, seed=1)
    unbroken = weights(fit(view, train, validation, tmp_path / "unbroken", mixup=0.2))
    ended = torch.load(tmp_path / "w.pt", weights_only=True)
    assert all(torch.equal(unbroken[name], ended[name]) for name in unbroken)


def test_a_checkpoint_that_can_not_be_written_leaves_the_one_before(
    view: View, examples: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = examples([8] * 4)
    with pytest.raises(Stopped):
        fit(view, train, examples([2] * 4), tmp_path, listener=stop_after(1))
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def fail(path: Path, content: object) -> int:
        with path.open("wb") as out:
            out.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(FileError, match="No space left on device; free some space; the same comm"):
        fit(view, train, examples([2] * 4), tmp_path)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.pt", "metrics.csv"]


def test_figures_of_each_epoch_are_written_down(view: View, examples: Make, tmp_path: Path) -> None:
    fitted = fit(view, examples([8] * 4), examples([4] * 4, seed=1), tmp_path)
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    for name, column in fitted.curves.items():
        assert [float(row[name]) for row in rows] == list(column)


def script_validation(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> None:
    told = iter(losses)
    monkeypatch.setattr(loop, "_validate", lambda *_: {"validation_loss": next(told)})


def test_the_best_epoch_is_kept_and_patience_ends_the_training(
    view: View, examples: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, validation = examples([8] * 4), examples([4] * 4)
    settings = {"epochs": 9, "schedule": "constant"}
    two = fit(view, train, None, tmp_path / "two", **{**settings, "epochs": 2})
    script_validation(monkeypatch, [3, 1, 2, 1.5, 1.0001, 0, 0, 0, 0])
    fitted = fit(view, train, validation, tmp_path / "x", patience=3, **settings)
    assert fitted.best_epoch == 2
    assert len(fitted.curves["loss"]) == 5
    assert same(fitted, two)


def test_minutes_that_are_up_end_the_training_after_a_whole_epoch(
    view: View, examples: Make, tmp_path: Path
) -> None:
    train = examples([20, 20])
    ended = fit(view, train, None, tmp_path / "x", epochs=5, minutes=1e-6)
    assert len(ended.curves["loss"]) == 1
    free = fit(view, train, None, tmp_path / "y", epochs=5, minutes=1e6)
    assert len(free.curves["loss"]) == 5


def test_without_patience_all_epochs_are_run_and_the_best_is_kept(
    view: View, examples: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script_validation(monkeypatch, [3, 1, 2, 1])
    fitted = fit(view, examples([8] * 4), examples([4] * 4), tmp_path)
    assert (fitted.best_epoch, len(fitted.curves["loss"])) == (2, 4)


def test_without_a_validation_side_the_last_epoch_is_kept(
    view: View, examples: Make, tmp_path: Path
) -> None:
    fitted = fit(view, examples([8] * 4), None, tmp_path)
    assert fitted.best_epoch == 4
    assert set(fitted.curves) == {"loss"}


def test_a_training_that_comes_to_nothing_says_what_to_change(
    view: View, examples: Make, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=r"not a number; lower fit\.rate"):
        fit(view, examples([8] * 4), examples([4] * 4), tmp_path, rate=1e30, optimizer="sgd")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_every_optimizer_lowers_every_loss(
    view: View, examples: Make, tmp_path: Path, optimizer: str, loss: str
) -> None:
    rate = 1e-2 if optimizer != "sgd" else 0.3 if loss == "cross_entropy" else 3.0
    # In all but adamw the decay is part of the gradient, and would drown that of a small loss.
    settings = {"optimizer": optimizer, "loss": loss, "rate": rate, "weight_decay": 0.0}
    fitted = fit(view, examples([12] * 4), None, tmp_path, epochs=10, **settings)
    assert fitted.curves["loss"][-1] < 0.9 * fitted.curves["loss"][0]


@pytest.mark.parametrize("key", ["optimizer", "loss", "schedule", "class_weight", "sampling"])
def test_what_does_not_exist_is_refused(
    view: View, examples: Make, tmp_path: Path, key: str
) -> None:
    with pytest.raises(RecipeError, match=rf"no {key} 'hope'; there are \w+, \w+"):
        fit(view, examples([8] * 4), None, tmp_path, **{key: "hope"})


def test_balanced_class_weights_lift_the_rare_label(
    view: View, examples: Make, tmp_path: Path
) -> None:
    """Labels that can't be told apart get their shares, unless these are weighed away."""
    train = examples([90, 10], apart=0.0)
    said = {}
    for name in ("none", "balanced"):
        settings = {"class_weight": name, "epochs": 10}
        fitted = fit(view, train, None, tmp_path / name, **settings)
        log = log_probability(fitted.net, view, train.prepared)
        said[name] = float(np.exp(log)[:, 1].mean())
    assert 0 < 1.5 * said["none"] < said["balanced"]


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_balanced_class_weights_are_inverse_to_counts(loss: str) -> None:
    recipe = FitRecipe(class_weight="balanced", loss=loss)
    target = np.repeat([0, 1], [30, 10])
    measure = loop._loss(recipe, target)
    logits = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    apart = [measure(logits[[n]], torch.tensor([n])) for n in (0, 1)]
    together = measure(logits, torch.tensor([0, 1]))
    mean = (apart[0] + apart[1]) / 2
    if loss == "mse":
        assert float(apart[1] / apart[0]) == pytest.approx(3)
        assert float(together) == pytest.approx(float(mean))
    else:
        # PyTorch divides by the weights, so only what is mixed shows them.
        logits = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
        low, high = nn.functional.cross_entropy(logits, torch.tensor([0, 1]), reduction="none")
        expected = (low / 3 + high) / (1 / 3 + 1)
        assert float(measure(logits, torch.tensor([0, 1]))) == pytest.approx(float(expected))


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_adjusted_learns_what_is_left_when_the_counts_of_labels_are_taken_away(loss: str) -> None:
    """Where the picture says nothing, evenly likely labels answer the counts to the last digit."""
    target = np.repeat([0, 1], [30, 10])
    labels = torch.from_numpy(target)
    plain = loop._loss(FitRecipe(loss=loss), target)
    adjusted = loop._loss(FitRecipe(class_weight="adjusted", loss=loss), target)
    even = torch.zeros(40, 2)
    shares = torch.log(torch.tensor([0.75, 0.25])).expand(40, 2)
    assert float(adjusted(even, labels)) == pytest.approx(float(plain(shares, labels)))
    nudged = [float(adjusted(even + torch.tensor([d, 0.0]), labels)) for d in (-0.3, 0.0, 0.3)]
    assert nudged[1] < min(nudged[0], nudged[2])


def test_balanced_sampling_draws_every_label_equally_often_and_every_piece_in_time() -> None:
    target = np.repeat([0, 2], [80, 20])
    pool = np.repeat(np.arange(100), 2)
    seen: Counter[int] = Counter()
    for epoch in range(12):
        drawn = loop._shuffled(pool, target, "balanced", np.random.default_rng(epoch))
        assert len(drawn) == len(pool)
        assert np.bincount(target[drawn]).tolist() == [100, 0, 100]
        assert not np.array_equal(target[drawn], np.sort(target[drawn]))
        rare = np.bincount(drawn[target[drawn] == 2], minlength=100)[80:]
        assert rare.min() >= 1
        seen.update(drawn.tolist())
    assert set(seen) == set(range(100))


def test_natural_sampling_draws_every_piece_as_often_as_its_weight() -> None:
    pool = np.repeat(np.arange(5), [1, 2, 3, 4, 5])
    drawn = loop._shuffled(pool, np.arange(5), "natural", np.random.default_rng(0))
    assert np.bincount(drawn).tolist() == [1, 2, 3, 4, 5]


def test_a_longer_piece_comes_up_more_often_in_an_epoch(
    view: View, examples: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, drawn = examples([8] * 4), Counter[int]()
    monkeypatch.setattr(
        type(view), "draw", lambda self, piece, rng: drawn.update([len(piece)]) or piece[0]
    )
    fit(view, train, None, tmp_path, epochs=1)
    assert drawn == {1: 16, 2: 32}


def test_mixed_slices_keep_the_network_from_being_sure(
    view: View, examples: Make, tmp_path: Path
) -> None:
    train = examples([24] * 4, apart=8.0)
    sure = {}
    for share in (0.0, 5.0):
        settings = {"epochs": 15, "mixup": share}
        fitted = fit(view, train, None, tmp_path / str(share), **settings)
        log = log_probability(fitted.net, view, train.prepared)
        sure[share] = float(np.exp(log).max(axis=1).mean())
        assert (log.argmax(axis=1) == train.target).mean() > 0.9
    assert sure[5.0] < sure[0.0] - 0.05


def test_the_cosine_schedule_rises_then_falls_to_nothing() -> None:
    recipe = FitRecipe(rate=1.0)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=9)
    rates = []
    for done in np.linspace(0, 1, 101):
        loop._set_rate(optimizer, recipe, float(done))
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates[0] < 0.02
    assert int(np.argmax(rates)) == 5
    assert 0.9 < max(rates) <= 1
    assert (np.diff(rates[5:]) < 0).all()
    assert rates[-1] == pytest.approx(0)


def test_progress_never_goes_back_and_ends_full(view: View, examples: Make, tmp_path: Path) -> None:
    told: list[Progress] = []
    fit(view, examples([40] * 4), examples([4] * 4), tmp_path, listener=told.append)
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert done[-1] == told[-1].total == 4 * (240 // 8)
    assert any(progress.left_s is not None and progress.left_s >= 0 for progress in told)
    assert "validation_accuracy" in told[-1].values


def test_no_time_is_promised_that_a_training_by_the_clock_does_not_take(
    view: View, examples: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that goes on by a second whenever it is asked."""
    ticks = iter(range(10**6))
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    told: list[Progress] = []
    train = examples([40] * 4)
    fitted = fit(view, train, None, tmp_path, epochs=500, minutes=0.2, listener=told.append)
    ran = len(fitted.curves["loss"])
    assert 2 < ran < 500
    left = [progress.left_s for progress in told if progress.left_s is not None]
    assert max(left) <= 60 * 0.2
    assert left[-1] < 60 * 0.2 / ran


def test_a_resumed_training_tells_progress_of_the_whole(
    view: View, examples: Make, tmp_path: Path
) -> None:
    train, validation = examples([40] * 4), examples([4] * 4)
    with pytest.raises(Stopped):
        fit(view, train, validation, tmp_path, listener=stop_after(2))
    told: list[Progress] = []
    fit(view, train, validation, tmp_path, listener=told.append)
    assert told[0].done == 2 * 30 + 10
    assert {progress.total for progress in told} == {120}
    assert told[-1].done == 120


def test_log_probabilities_are_the_mean_over_the_slices_of_a_piece(
    view: View, examples: Make, tmp_path: Path
) -> None:
    fitted = fit(view, examples([8] * 4), None, tmp_path)
    piece = np.random.default_rng(0).normal(0, 1, (130, 4)).astype(np.float32)
    found = log_probability(fitted.net, view, [piece, piece[:1]])
    with torch.inference_mode():
        each = torch.log_softmax(fitted.net(torch.from_numpy(piece)), dim=1).numpy()
    np.testing.assert_allclose(found, [each.mean(axis=0), each[0]], rtol=1e-4, atol=1e-5)


def test_pictures_are_learnt_from_as_well(tmp_path: Path) -> None:
    """Two labels: a bright upper half or a bright lower half."""
    view = PianoRoll(frames=32, pitches=32, lowest=48)
    rng = np.random.default_rng(0)
    target = np.arange(48) % 2
    pieces = [
        view.prepare(Score.of(48 + 16 * label + rng.integers(0, 16, 8), np.arange(8) / 2, 1))
        for label in target
    ]
    net = build_net({"name": "resnet", "width": 4, "blocks": 1, "drop": 0.0}, view.shape, 2)
    train = Examples(pieces, target)
    recipe = FitRecipe(epochs=10, batch=8, rate=1e-2)
    fitted = fit_network(net, view, train, None, recipe, seed=0, folder=tmp_path)
    assert (log_probability(fitted.net, view, pieces).argmax(axis=1) == target).all()


def test_batch_normalization_goes_by_slices_as_they_are(
    view: View, examples: Make, tmp_path: Path
) -> None:
    train = examples([16, 16])
    train = Examples([one[:1] for one in train.prepared], train.target)
    net = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2))
    recipe = FitRecipe(**QUICK, mixup=1.0)
    fit_network(net, replace(view, noise=30.0), train, None, recipe, seed=0, folder=tmp_path)
    whole = np.concatenate(train.prepared)
    assert np.allclose(net[0].running_mean, whole.mean(axis=0), atol=0.02)
    assert np.allclose(net[0].running_var, whole.var(axis=0), rtol=0.5)
    assert net[0].momentum == nn.BatchNorm1d(4).momentum


def test_one_piece_of_several_slices_is_enough_for_batch_normalization(
    view: View, tmp_path: Path
) -> None:
    piece = np.random.default_rng(0).normal(5, 1, (8, 4)).astype(np.float32)
    net = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2))
    train = Examples([piece], np.array([1]))
    recipe = FitRecipe(epochs=1, batch=8, rate=1e-2)
    fit_network(net, view, train, None, recipe, seed=0, folder=tmp_path)
    assert np.abs(net[0].running_mean.numpy() - 5).max() < 1.5
